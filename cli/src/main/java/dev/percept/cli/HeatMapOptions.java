// SPDX-License-Identifier: Apache-2.0
package dev.percept.cli;

import dev.percept.LayerSpec;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The options of {@code percept score} that ask for heat maps. */
final class HeatMapOptions {
    private static final String ALL = "all";

    @Option(
            names = "--heatmap",
            paramLabel = "FILE",
            description =
                    "Write where a candidate differs: FILE.png, and its numbers beside it as FILE.npy; or FILE.npy alone."
                            + " With several candidates, FILE-CANDIDATE for each.")
    private @Nullable String file;

    @Option(
            names = "--heatmap-layer",
            paramLabel = "LAYER",
            description = "Write this layer's map too, as FILE-LAYER; can be given again, or all.")
    private List<String> layers = new ArrayList<>();

    @Option(
            names = "--heatmap-max",
            paramLabel = "M",
            description = "The value at the light end of the colours, so that maps can be compared; default: each map's"
                    + " largest.")
    private @Nullable Double scaleEnd;

    /**
     * The files to write, or null if there are none.
     *
     * @param spec the layers that are scored
     * @throws UsageException if the options contradict each other or what there is
     */
    @Nullable
    HeatMapFiles files(List<LayerSpec> spec, Path reference, List<Path> candidates) {
        if (file == null) {
            if (scaleEnd != null || !layers.isEmpty()) {
                throw new UsageException(
                        (scaleEnd != null ? "--heatmap-max" : "--heatmap-layer") + " needs --heatmap FILE");
            }
            return null;
        }
        if (scaleEnd != null && !(Double.isFinite(scaleEnd) && scaleEnd > 0)) {
            throw new UsageException("--heatmap-max takes a finite number above 0, not " + scaleEnd);
        }
        return HeatMapFiles.of(path(file), chosen(spec), scaleEnd, reference, candidates);
    }

    private static Path path(String file) {
        try {
            return Path.of(file);
        } catch (InvalidPathException e) {
            throw new UsageException("--heatmap: '" + file + "' is not a path (" + e.getReason() + ")", e);
        }
    }

    private List<String> chosen(List<LayerSpec> spec) {
        List<String> possible = spec.stream()
                .filter(layer -> layer.layout().hasPlaces())
                .map(LayerSpec::name)
                .toList();
        List<String> chosen = new ArrayList<>();
        for (String layer : layers) {
            if (layer.equals(ALL)) {
                chosen.addAll(possible);
            } else if (possible.contains(layer)) {
                chosen.add(layer);
            } else {
                throw new UsageException("--heatmap-layer: no scored layer '" + layer + "' has places in the picture; "
                        + (possible.isEmpty()
                                ? "none has"
                                : "there are " + possible.stream().collect(Collectors.joining(", "))));
            }
        }
        return chosen.stream().distinct().toList();
    }
}
