package dev.percept.onnx;

import ai.onnxruntime.OrtException;
import java.util.function.Predicate;

/** How many pictures go into one run on a GPU. */
final class Batches {
    private Batches() {}

    /** Part of a batch: runs {@code count} rows from {@code from} on. */
    interface Part {
        void run(int from, int count) throws OrtException;
    }

    /**
     * How many rows a run has. ONNX Runtime chooses cuDNN's kernels anew whenever a convolution's shape is another than the last one
     * (microsoft/onnxruntime#23006), which costs more than some repeated rows: so as many as the last run had, if a quarter of
     * them would be used at least, and else a power of two.
     *
     * @param needed rows, at least 1
     * @param last rows of the last run of pictures of this size, or 0
     */
    static int rows(int needed, int last) {
        if (needed <= last && last <= 4 * needed) {
            return last;
        }
        int below = Integer.highestOneBit(needed);
        return below == needed ? needed : 2 * below;
    }

    /**
     * Runs a batch, in halves where it doesn't fit, and those in halves again.
     *
     * @param rows of the batch
     * @param doesNotFit tells whether an error means that a smaller part may succeed
     * @return the most rows that were run at once
     * @throws OrtException any other error, or that a single row doesn't fit
     */
    static int run(int rows, Predicate<OrtException> doesNotFit, Part part) throws OrtException {
        return run(0, rows, doesNotFit, part);
    }

    private static int run(int from, int count, Predicate<OrtException> doesNotFit, Part part) throws OrtException {
        try {
            part.run(from, count);
            return count;
        } catch (OrtException e) {
            if (count == 1 || !doesNotFit.test(e)) {
                throw e;
            }
        }
        int half = (count + 1) / 2;
        int fitted = run(from, half, doesNotFit, part);
        // What was too much for the first half is not tried again.
        int done = half;
        while (done < count) {
            int next = Math.min(fitted, count - done);
            fitted = Math.min(fitted, run(from + done, next, doesNotFit, part));
            done += next;
        }
        return fitted;
    }
}
