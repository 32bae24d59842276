package dev.percept;

import org.jspecify.annotations.Nullable;

/**
 * Where a backbone's weights came from.
 *
 * @param source an address and revision, a file's name, {@code random:SEED}, or a reason why there are none
 * @param sha256 digest of the file they were read from, in lower-case hex, if known
 * @param licence SPDX identifier, if known
 * @param random true if nobody trained them: such scores mean nothing, and every result says so
 */
public record WeightsSpec(
        String source, @Nullable String sha256, @Nullable String licence, boolean random) {
    /** For a foreign model that doesn't say. */
    static final WeightsSpec UNKNOWN = new WeightsSpec("unknown", null, null, false);
}
