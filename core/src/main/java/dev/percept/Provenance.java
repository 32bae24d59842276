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
 * @param width of both pictures as they were compared, in pixels
 * @param height of both pictures as they were compared, in pixels
 * @param bits of each sample as they were compared: 8, or 16 if either picture has more than 8
 * @param images how pictures were read and made comparable
 * @param background the one that gave the worse score, under {@link Alpha#WORST}; null under every other, and where nothing
 *     is transparent
 * @param reference what was found in the reference
 * @param candidate what was found in the candidate
 * @param evaluation whether pictures were evaluated as a whole, in windows, in two stages, where they differ, or not at all
 * @param evaluationRemark why pictures above the memory budget were evaluated as a whole, or null
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
        int bits,
        ImageOptions images,
        @Nullable Alpha background,
        ImageFacts reference,
        ImageFacts candidate,
        Evaluation evaluation,
        @Nullable String evaluationRemark,
        String percept) {

    /**
     * Where and how a model runs.
     *
     * @param requested the device asked for
     * @param provider the execution provider in use: {@code cpu}, {@code cuda:N} or {@code tensorrt:N}
     * @param fallback why {@code auto} did not take the GPU, or took it no longer, or null if it did or wasn't asked
     * @param precision the numbers that were computed in
     * @param kernels that evaluated 3 × 3 convolutions: {@code plain}, {@code winograd} or {@code winograd-blocked};
     *     {@code none} where both pictures are the same, so that nothing ran; as long as nothing was scored, {@code plain}
     * @param threads used inside an operator on the CPU
     * @param runtime name and version of the runtime
     */
    public record Execution(
            Device requested,
            String provider,
            @Nullable String fallback,
            Precision precision,
            String kernels,
            int threads,
            String runtime) {
        /** The same on other kernels. */
        Execution withKernels(String others) {
            return others.equals(kernels)
                    ? this
                    : new Execution(requested, provider, fallback, precision, others, threads, runtime);
        }
    }
}
