package dev.percept;

import java.util.Objects;

/**
 * How models run on an NVIDIA GPU; without effect on the CPU. Immutable.
 *
 * @param memoryBytes the most GPU memory that one model's arena may hold, in bytes, or 0 for no limit (the default). A batch
 *     that doesn't fit is split.
 * @param batchBytes about how much GPU memory the activations of one run may take, in bytes; 4 GiB by default
 * @param arena how the arena grows; {@link Arena#SAME_AS_REQUESTED} by default
 * @param convolutionSearch how cuDNN chooses its kernels; {@link ConvolutionSearch#HEURISTIC} by default
 * @param nhwc whether convolutions run with channels last, which tensor cores like best in fp16; false by default. Refused with
 *     {@link Precision#FP32}, since kernels that don't use TF32 may be lacking then, and ONNX Runtime takes others silently.
 * @param tensorRt whether TensorRT runs what it can; false by default. It must be installed, builds an engine for each shape,
 *     which takes minutes, and computes in TF32 at least: it is refused with {@link Precision#FP32}.
 */
public record CudaOptions(
        long memoryBytes,
        long batchBytes,
        Arena arena,
        ConvolutionSearch convolutionSearch,
        boolean nhwc,
        boolean tensorRt) {

    /** The default of {@link #batchBytes}. */
    public static final long DEFAULT_BATCH_BYTES = 4L << 30;

    private static final CudaOptions DEFAULTS =
            new CudaOptions(0, DEFAULT_BATCH_BYTES, Arena.SAME_AS_REQUESTED, ConvolutionSearch.HEURISTIC, false, false);

    /** How ONNX Runtime's arena asks the driver for more memory. */
    public enum Arena implements Identified {
        /** Exactly what is missing: memory stays close to what is used. */
        SAME_AS_REQUESTED("kSameAsRequested"),
        /** In powers of two: fewer requests, up to twice the memory. */
        NEXT_POWER_OF_TWO("kNextPowerOfTwo");

        private final String option;

        Arena(String option) {
            this.option = option;
        }

        /** ONNX Runtime's name for it. */
        public String option() {
            return option;
        }
    }

    /**
     * How cuDNN chooses the kernel of a convolution, which it does again whenever the shape is another than the last one. The names
     * are ONNX Runtime's.
     */
    public enum ConvolutionSearch implements Identified {
        /** cuDNN's quick heuristics. */
        HEURISTIC,
        /** Its thorough ones, or all kernels tried, as the version has it: slower at each change of shape. */
        EXHAUSTIVE,
        /** Kernels that run everywhere, and may be very slow: for finding out whether a kernel is at fault. */
        DEFAULT
    }

    public CudaOptions {
        if (memoryBytes < 0) {
            throw new IllegalArgumentException("memoryBytes must be 0 or more, not " + memoryBytes);
        }
        if (batchBytes < 1) {
            throw new IllegalArgumentException("batchBytes must be at least 1, not " + batchBytes);
        }
        Objects.requireNonNull(arena, "arena");
        Objects.requireNonNull(convolutionSearch, "convolutionSearch");
    }

    /** No limit on memory, everything else as its parameter says. */
    public static CudaOptions defaults() {
        return DEFAULTS;
    }

    /** These options with another limit on GPU memory, in bytes; 0 is none. */
    public CudaOptions withMemoryBytes(long newMemoryBytes) {
        return new CudaOptions(newMemoryBytes, batchBytes, arena, convolutionSearch, nhwc, tensorRt);
    }

    /** These options with another memory budget for one run, in bytes. */
    public CudaOptions withBatchBytes(long newBatchBytes) {
        return new CudaOptions(memoryBytes, newBatchBytes, arena, convolutionSearch, nhwc, tensorRt);
    }

    /** These options with another way for the arena to grow. */
    public CudaOptions withArena(Arena newArena) {
        return new CudaOptions(memoryBytes, batchBytes, newArena, convolutionSearch, nhwc, tensorRt);
    }

    /** These options with another way to choose kernels. */
    public CudaOptions withConvolutionSearch(ConvolutionSearch newSearch) {
        return new CudaOptions(memoryBytes, batchBytes, arena, newSearch, nhwc, tensorRt);
    }

    /** These options with channels last or not. */
    public CudaOptions withNhwc(boolean newNhwc) {
        return new CudaOptions(memoryBytes, batchBytes, arena, convolutionSearch, newNhwc, tensorRt);
    }

    /** These options with TensorRT or without. */
    public CudaOptions withTensorRt(boolean newTensorRt) {
        return new CudaOptions(memoryBytes, batchBytes, arena, convolutionSearch, nhwc, newTensorRt);
    }
}
