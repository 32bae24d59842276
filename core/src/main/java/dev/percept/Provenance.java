package dev.percept;

import org.jspecify.annotations.Nullable;

/**
 * What a score came from; without it, two numbers can't be compared.
 *
 * @param model the name in the model's spec
 * @param modelSha256 digest of the ONNX file
 * @param weights where the weights came from
 * @param precision what the model's file says of its own numbers, with its error against fp32; null for 32-bit
 *     floats, where the file says nothing, and where layers, weights or distances were not the model's own
 * @param execution where and how the model ran
 * @param width of both pictures, in pixels
 * @param height of both pictures, in pixels
 * @param percept version of this library
 */
public record Provenance(
        String model,
        String modelSha256,
        WeightsSpec weights,
        @Nullable PrecisionSpec precision,
        Execution execution,
        int width,
        int height,
        String percept) {

    /** How transparent pictures are treated: composited on white. */
    public static final String ALPHA = "white";

    /** What pictures are converted to before the model sees them: sRGB, 8 bits a channel. */
    public static final String COLOUR = "srgb-8";

    /** What happens to a candidate of another size than its reference: an error. */
    public static final String SIZE_MISMATCH = "error";

    /**
     * Where and how a model runs.
     *
     * @param requested the device asked for
     * @param provider the execution provider in use: {@code cpu}, {@code cuda:N} or {@code tensorrt:N}
     * @param fallback why {@code auto} did not take the GPU, or took it no longer, or null if it did or wasn't asked
     * @param precision the numbers that were computed in
     * @param threads used inside an operator on the CPU
     * @param runtime name and version of the runtime
     */
    public record Execution(
            Device requested,
            String provider,
            @Nullable String fallback,
            Precision precision,
            int threads,
            String runtime) {}
}
