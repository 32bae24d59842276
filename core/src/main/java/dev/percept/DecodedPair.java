package dev.percept;

import dev.percept.image.Picture;
import dev.percept.image.Pixels;
import org.jspecify.annotations.Nullable;

/**
 * A pair's pictures, or why there are none.
 *
 * @param reference of the pair, or null if it failed
 * @param candidate of the same size, or null if it failed
 * @param error what failed, or null
 */
record DecodedPair(
        @Nullable Picture reference,
        @Nullable Picture candidate,
        @Nullable PerceptException error) {
    /** Bytes of the candidate and, counted as large, its reference. */
    long bytes() {
        return candidate == null
                ? 0
                : 2 * candidate.views().stream().mapToLong(Pixels::bytes).sum();
    }
}
