package dev.percept.onnx;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * The folders in which Linux's loader looks for a library that another one is linked to.
 *
 * @param searched in the loader's order
 * @param usual folders that it doesn't look into, but where installations of CUDA often lie
 */
record LoaderFolders(List<Path> searched, List<Path> usual) {
    private static final Path CONFIGURATION = Path.of("/etc/ld.so.conf");
    private static final List<Path> DEFAULT = List.of(
            Path.of("/lib/x86_64-linux-gnu"),
            Path.of("/usr/lib/x86_64-linux-gnu"),
            Path.of("/lib/aarch64-linux-gnu"),
            Path.of("/usr/lib/aarch64-linux-gnu"),
            Path.of("/lib64"),
            Path.of("/usr/lib64"),
            Path.of("/lib"),
            Path.of("/usr/lib"));
    private static final List<Path> USUAL = List.of(
            Path.of("/usr/local/cuda/lib64"),
            Path.of("/usr/local/cuda/targets/x86_64-linux/lib"),
            Path.of("/usr/lib/wsl/lib"),
            Path.of("/usr/local/nvidia/lib64"));
    private static final int DEEPEST_INCLUDE = 8;

    /**
     * The folders on this machine.
     *
     * @param ofLibrary those that the library itself names
     */
    static LoaderFolders of(List<Path> ofLibrary) {
        return of(System.getenv().getOrDefault("LD_LIBRARY_PATH", ""), ofLibrary, CONFIGURATION, USUAL);
    }

    static LoaderFolders of(String libraryPath, List<Path> ofLibrary, Path configuration, List<Path> usual) {
        Set<Path> searched = new LinkedHashSet<>();
        if (!libraryPath.isEmpty()) {
            for (String folder : libraryPath.split("[:;]", -1)) {
                // An empty entry is the working folder.
                searched.add(Path.of(folder).toAbsolutePath().normalize());
            }
        }
        searched.addAll(ofLibrary);
        include(configuration, searched, 0);
        searched.addAll(DEFAULT);
        Set<Path> known = new HashSet<>();
        // Many a /lib is a link to /usr/lib.
        searched.removeIf(folder -> !Files.isDirectory(folder) || !known.add(real(folder)));
        List<Path> others = new ArrayList<>(usual);
        others.removeIf(folder -> !Files.isDirectory(folder) || searched.contains(folder));
        return new LoaderFolders(List.copyOf(searched), List.copyOf(others));
    }

    /** What matches a pattern in the folders that are searched; each is read once. */
    List<Path> files(String pattern) {
        return searched.stream()
                .flatMap(folder -> matches(folder.resolve(pattern)).stream())
                .toList();
    }

    private static Path real(Path folder) {
        try {
            return folder.toRealPath();
        } catch (IOException e) {
            return folder;
        }
    }

    /** What {@code ldconfig} reads when it makes the loader's cache. */
    private static void include(Path configuration, Collection<Path> folders, int depth) {
        List<String> lines;
        try {
            lines = Files.readAllLines(configuration, StandardCharsets.ISO_8859_1);
        } catch (IOException e) {
            // Not every Linux has one.
            return;
        }
        for (String line : lines) {
            String words = line.replaceFirst("#.*", "").strip();
            if (words.startsWith("include") && depth < DEEPEST_INCLUDE) {
                for (String pattern :
                        words.substring("include".length()).strip().split("\\s+", -1)) {
                    matches(configuration.resolveSibling(pattern)).forEach(file -> include(file, folders, depth + 1));
                }
            } else if (words.startsWith("/")) {
                folders.add(Path.of(words).normalize());
            }
        }
    }

    private static List<Path> matches(Path pattern) {
        List<Path> files = new ArrayList<>();
        try (DirectoryStream<Path> found =
                Files.newDirectoryStream(pattern.toAbsolutePath().getParent(), String.valueOf(pattern.getFileName()))) {
            found.forEach(files::add);
        } catch (IOException e) {
            return List.of();
        }
        files.sort(null);
        return files;
    }
}
