package dev.percept.onnx;

import dev.percept.Precision;
import dev.percept.ReferenceCacheUse;
import dev.percept.image.Pixels;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * A loaded backbone that compares pictures. Thread-safe, except that nothing may run once {@link #close()} has begun: whoever
 * owns it sees to that.
 */
public interface Engine extends AutoCloseable {
    /** References that candidates are compared with: one for all of them, or one for each. Closed by whoever asked for it. */
    interface References extends AutoCloseable {
        @Override
        void close();
    }

    /**
     * What a comparison gives.
     *
     * @param sums for each layer, for each candidate, the sum of squared or absolute differences
     * @param values for each layer, the number of values in one picture's feature, N
     * @param kernels that both pictures' convolutions ran on: {@code plain}, {@code winograd} or {@code winograd-blocked}
     */
    @SuppressWarnings("ArrayRecordComponent") // Read once, never compared.
    record Sums(double[][] sums, long[] values, String kernels) {
        /** Those of comparisons on the same kernels, one after the other. */
        static Sums of(List<Sums> parts) {
            double[][] all = new double[parts.get(0).sums.length][];
            for (int layer = 0; layer < all.length; layer++) {
                int of = layer;
                all[layer] = parts.stream()
                        .flatMapToDouble(part -> Arrays.stream(part.sums[of]))
                        .toArray();
            }
            return new Sums(all, parts.get(0).values, parts.get(0).kernels);
        }
    }

    /** Computes features; the caller closes them. Pictures are of one size, at most {@link #rows} many. */
    FeatureBatch features(List<Pixels> pictures);

    /**
     * Takes references of one size, as many as {@link #rows} at most.
     *
     * @throws dev.percept.PerceptException if the model fails on them
     */
    References references(List<Pixels> pictures);

    /**
     * What {@link #references} would answer for one reference, if that is there already: it was computed for an earlier call. Closed by
     * whoever asked for it.
     *
     * @return null if it isn't
     */
    default @Nullable References known(Pixels reference) {
        return null;
    }

    /** How references' features were used again. */
    default ReferenceCacheUse cacheUse() {
        return ReferenceCacheUse.NONE;
    }

    /**
     * Compares candidates with references. The future may be complete already; if the model or the device fails, it holds a
     * {@link dev.percept.PerceptException}. The references must stay open until it is complete.
     *
     * @param references one, or as many as there are candidates
     * @param candidates of the references' size and depth, at most {@link #rows} many
     */
    CompletableFuture<Sums> compare(References references, List<Pixels> candidates);

    /**
     * How a pair is best evaluated: as a whole unless that takes too much memory, or less than the whole differs.
     *
     * @param reference of the candidate's size and depth
     * @param memoryBytes that evaluating one picture, or one window of it, may take, roughly
     * @param wholeRuns how many pictures must be evaluated if it is done as a whole: 2, or less if the reference is shared
     */
    default Parts parts(Pixels reference, Pixels candidate, long memoryBytes, double wholeRuns) {
        return Parts.WHOLE;
    }

    /**
     * Compares parts of a pair. The sums are those of the whole, but for rounding.
     *
     * @param parts that {@link #parts} gave for them, which are not the whole
     * @throws dev.percept.PerceptException if the model fails
     */
    default Sums compare(Pixels reference, Pixels candidate, Parts parts) {
        throw new UnsupportedOperationException("pictures are compared as a whole here");
    }

    /**
     * Compares a pair place by place.
     *
     * @param reference of the candidate's size and depth
     * @param memoryBytes that evaluating one picture, or one window of it, may take, roughly
     * @throws dev.percept.PerceptException if the model fails
     */
    Differences differences(Pixels reference, Pixels candidate, long memoryBytes);

    /**
     * How many candidates are compared at once.
     *
     * @param size one of the pictures, of which width, height and depth matter
     * @param references for each candidate: 1, or 0 where one reference serves all
     */
    int rows(Pixels size, int references);

    /**
     * How many pairs are worth decoding ahead while others are compared. On the CPU, comparing needs the processors itself, but leaves them alone
     * between its runs, and needs none of them for pictures that are the same, or nearly so.
     */
    int decodeAhead();

    /** The execution provider in use: {@code cpu}, {@code cuda:N} or {@code tensorrt:N}. */
    String provider();

    /** What is computed in. */
    Precision precision();

    /** Why nothing can be run any more: the GPU has been lost. Null while all is well. */
    @Nullable
    String lost();

    @Override
    void close();
}
