package dev.percept.onnx;

import dev.percept.image.Pixels;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * References' features, and the pictures that they were computed from. Features are compared with such only as came from the same
 * kernels; where candidates run on others, the references are run on these as well. For one thread.
 */
final class ReferenceFeatures implements Engine.References {
    private final List<Pixels> pictures;
    private final Map<String, FeatureBatch> byKernels = new HashMap<>();

    ReferenceFeatures(List<Pixels> pictures, FeatureBatch features) {
        this.pictures = List.copyOf(pictures);
        byKernels.put(features.kernels(), features);
    }

    int size() {
        return pictures.size();
    }

    /**
     * The features from some kernels, of one row, if there is one reference, or of as many as given.
     *
     * @param rows of the candidates' features
     * @param run computes them if need be, in as many rows, or returns null if it can't
     */
    @Nullable
    FeatureBatch by(String kernels, int rows, Function<List<Pixels>, @Nullable FeatureBatch> run) {
        FeatureBatch known = byKernels.get(kernels);
        if (known != null && (known.rows() == rows || (known.rows() == 1 && size() == 1))) {
            return known;
        }
        FeatureBatch features = run.apply(pictures);
        if (features != null) {
            byKernels.put(kernels, features);
            if (known != null) {
                known.close();
            }
        }
        return features;
    }

    @Override
    public void close() {
        byKernels.values().forEach(FeatureBatch::close);
    }
}
