// SPDX-License-Identifier: Apache-2.0
package dev.percept.cli;

import dev.percept.HeatMap;
import dev.percept.HeatMaps;
import dev.percept.PerceptException;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The files that heat maps are written to.
 *
 * @param folder that they lie in
 * @param drawn whether there are drawings, {@code .png}, besides the numbers, {@code .npy}
 * @param names for each candidate, without the ending
 * @param layers that are written beside the combined map
 * @param scaleEnd value at the light end of drawings, or null for the largest of each
 */
record HeatMapFiles(
        Path folder,
        boolean drawn,
        List<String> names,
        List<String> layers,
        @Nullable Double scaleEnd) {
    private static final String PNG = ".png";
    private static final String NPY = ".npy";

    /** What names of layers may have that names of files may not, on any system. */
    private static final String UNFIT = "[^\\p{L}\\p{N}._=+-]";

    /**
     * Plans the files, and checks that they can be written, each to a place of its own and to that of no picture.
     *
     * @param file as the user wrote it
     * @throws UsageException if it is not so
     */
    static HeatMapFiles of(
            Path file, List<String> layers, @Nullable Double scaleEnd, Path reference, List<Path> candidates) {
        String name = file.getFileName() == null ? "" : file.getFileName().toString();
        String lower = name.toLowerCase(Locale.ROOT);
        if (!lower.endsWith(PNG) && !lower.endsWith(NPY)) {
            throw new UsageException("--heatmap takes a file that ends in .png or .npy, not " + file);
        }
        Path folder = file.toAbsolutePath().normalize().getParent();
        if (folder == null || !Files.isDirectory(folder)) {
            throw new UsageException("--heatmap: there is no folder " + folder + " to write " + name + " into");
        }
        String stem = name.substring(0, name.length() - PNG.length());
        List<String> names = candidates.size() == 1
                ? List.of(stem)
                : candidates.stream()
                        .map(candidate -> stem + "-" + stem(candidate))
                        .toList();
        HeatMapFiles files = new HeatMapFiles(folder, lower.endsWith(PNG), names, List.copyOf(layers), scaleEnd);
        files.requireDistinct(Stream.concat(Stream.of(reference), candidates.stream())
                .map(picture -> picture.toAbsolutePath().normalize())
                .toList());
        return files;
    }

    /** A picture's name without its ending. */
    private static String stem(Path picture) {
        String name = picture.getFileName() == null ? "" : picture.getFileName().toString();
        int dot = name.lastIndexOf('.');
        return dot > 0 ? name.substring(0, dot) : name.equals("-") ? "stdin" : name;
    }

    private void requireDistinct(List<Path> pictures) {
        Set<Path> written = new HashSet<>();
        for (int candidate = 0; candidate < names.size(); candidate++) {
            for (Path file : files(candidate)) {
                if (!written.add(file)) {
                    throw new UsageException("two heat maps would be written to " + file
                            + ": give candidates of different names, or fewer layers");
                }
                if (pictures.contains(file)) {
                    throw new UsageException("the heat map would be written over the picture " + file);
                }
            }
        }
    }

    private List<Path> files(int candidate) {
        List<Path> files = new ArrayList<>();
        Stream.concat(Stream.of(""), layers.stream().map(HeatMapFiles::suffix)).forEach(suffix -> {
            if (drawn) {
                files.add(file(candidate, suffix, PNG));
            }
            files.add(file(candidate, suffix, NPY));
        });
        return files;
    }

    private static String suffix(String layer) {
        return "-" + layer.replaceAll(UNFIT, "_");
    }

    private Path file(int candidate, String suffix, String ending) {
        return folder.resolve(names.get(candidate) + suffix + ending);
    }

    /**
     * Writes one candidate's.
     *
     * @throws PerceptException if there is no memory for them
     * @throws IOException if they can't be written
     */
    void write(HeatMaps maps, int candidate) throws IOException {
        write(maps.combined(), candidate, "");
        for (String layer : layers) {
            write(maps.layer(layer), candidate, suffix(layer));
        }
    }

    private void write(HeatMap map, int candidate, String suffix) throws IOException {
        write(file(candidate, suffix, NPY), map::writeNpy);
        if (drawn) {
            double end = scaleEnd == null ? Math.max(0, map.maximum()) : scaleEnd;
            write(file(candidate, suffix, PNG), out -> map.writePng(end, out));
        }
    }

    /** What is written to a file. */
    private interface Content {
        void to(OutputStream out) throws IOException;
    }

    /** Writes beside, and then moves, so that nobody finds half a file. */
    private static void write(Path file, Content content) throws IOException {
        Path part = file.resolveSibling(
                "." + file.getFileName() + "-" + ProcessHandle.current().pid() + ".part");
        try {
            try (OutputStream out = new BufferedOutputStream(
                    Files.newOutputStream(part, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE))) {
                content.to(out);
            }
            Files.move(part, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } finally {
            Files.deleteIfExists(part);
        }
    }
}
