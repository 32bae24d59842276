package dev.percept.onnx;

import dev.percept.image.Pixels;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * References' features, and the pictures that they were computed from. Features are compared with such only as came from the same
 * kernels; where candidates run on others, the references are run on these as well.
 *
 * <p>Thread-safe, and perhaps used by several: it is freed when the last of them has closed it, and until then keeps whatever was computed,
 * since others may be comparing with it.
 */
final class ReferenceFeatures implements Engine.References {
    private final List<Pixels> pictures;
    private final List<FeatureBatch> batches = new ArrayList<>();
    private volatile long bytes;
    private int users = 1;

    /** @param pictures of one size, whose samples nobody changes while this is used */
    ReferenceFeatures(List<Pixels> pictures, FeatureBatch features) {
        this.pictures = List.copyOf(pictures);
        this.bytes = pictures.stream().mapToLong(Pixels::bytes).sum();
        add(features);
    }

    private ReferenceFeatures(Pixels picture) {
        this.pictures = List.of(picture);
        this.bytes = picture.bytes();
    }

    int size() {
        return pictures.size();
    }

    /** The one that a candidate is compared with, to be closed as well; if there are several, without features as yet. */
    ReferenceFeatures of(int candidate) {
        if (size() == 1) {
            share();
            return this;
        }
        return new ReferenceFeatures(pictures.get(candidate));
    }

    /** The first of the pictures. */
    Pixels picture() {
        return pictures.get(0);
    }

    /** Bytes of the features in native memory, and of the pictures. */
    long bytes() {
        return bytes;
    }

    /**
     * The features from some kernels, of one row, if there is one reference, or of as many as given.
     *
     * @param rows of the candidates' features
     * @param run computes them if need be, in as many rows, or returns null if it can't
     */
    synchronized @Nullable FeatureBatch by(
            String kernels, int rows, Function<List<Pixels>, @Nullable FeatureBatch> run) {
        for (FeatureBatch known : batches) {
            if (known.kernels().equals(kernels) && (known.rows() == rows || (known.rows() == 1 && size() == 1))) {
                return known;
            }
        }
        FeatureBatch features = run.apply(pictures);
        if (features != null) {
            add(features);
        }
        return features;
    }

    private synchronized void add(FeatureBatch features) {
        batches.add(features);
        bytes += features.bytes();
    }

    /** Has one more user, which closes it like the others. */
    synchronized void share() {
        users++;
    }

    @Override
    public synchronized void close() {
        users--;
        if (users == 0) {
            batches.forEach(FeatureBatch::close);
        }
    }
}
