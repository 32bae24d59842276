package dev.percept.onnx;

import org.jspecify.annotations.Nullable;

/**
 * The execution provider that was chosen for a device, and why.
 *
 * @param gpu index of the GPU, or null for the CPU
 * @param fallback why {@code auto} did not take the GPU, or null
 */
record Execution(@Nullable Integer gpu, @Nullable String fallback) {
    /** The CPU, where no GPU was asked for. */
    static final Execution CPU = new Execution(null, null);
}
