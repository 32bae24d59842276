package dev.percept.terminal;

import dev.percept.Backbone;
import dev.percept.CudaOptions;
import dev.percept.LossOptions;
import dev.percept.Precision;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** In which numbers a model computes, and how it runs on a GPU: a mixin for every command that scores. */
public final class GpuOptions {
    private static final String EXPORT_FP16 = "percept export vgg19 --precision fp16";

    @Option(
            names = "--precision",
            paramLabel = "P",
            converter = Precisions.class,
            completionCandidates = Precisions.class,
            description =
                    "fp32, tf32 or fp16; default: the model's own. tf32 is faster and less exact; fp16 needs a model"
                            + " that was exported so.")
    private @Nullable Precision precision;

    @Option(
            names = "--gpu-memory",
            paramLabel = "SIZE",
            converter = ByteSize.class,
            description = "The most GPU memory that the model may take, such as 8G; 0, the default, is no limit.")
    private @Nullable Long memory;

    @Option(
            names = "--gpu-batch",
            paramLabel = "SIZE",
            converter = ByteSize.class,
            description = "About how much GPU memory the activations of one run may take; default: 4G.")
    private @Nullable Long batch;

    @Option(
            names = "--gpu-arena",
            paramLabel = "GROWTH",
            converter = Arenas.class,
            completionCandidates = Arenas.class,
            description = "How GPU memory grows: same-as-requested, the default, or next-power-of-two.")
    private CudaOptions.@Nullable Arena arena;

    @Option(
            names = "--cudnn-search",
            paramLabel = "SEARCH",
            converter = Searches.class,
            completionCandidates = Searches.class,
            description =
                    "How cuDNN chooses kernels: heuristic, the default; exhaustive, slower at each change of size and"
                            + " perhaps faster after it; or default, which runs everywhere and may be very slow.")
    private CudaOptions.@Nullable ConvolutionSearch search;

    @Option(names = "--nhwc", description = "On a GPU, run convolutions with channels last. Not in fp32.")
    private boolean nhwc;

    @Option(
            names = "--tensorrt",
            description = "On a GPU, let TensorRT run what it can: minutes at each new size, then faster. Not in fp32.")
    private boolean tensorRt;

    /**
     * These options with the given ones.
     *
     * @throws IllegalArgumentException if one has a value that it can't have
     */
    public LossOptions applyTo(LossOptions options) {
        CudaOptions cuda = options.cuda().withNhwc(nhwc).withTensorRt(tensorRt);
        if (memory != null) {
            cuda = cuda.withMemoryBytes(memory);
        }
        if (batch != null) {
            if (batch == 0) {
                throw new IllegalArgumentException("--gpu-batch takes a size from 1, not 0");
            }
            cuda = cuda.withBatchBytes(batch);
        }
        if (arena != null) {
            cuda = cuda.withArena(arena);
        }
        if (search != null) {
            cuda = cuda.withConvolutionSearch(search);
        }
        LossOptions changed = options.withCuda(cuda);
        return precision == null ? changed : changed.withPrecision(precision);
    }

    /**
     * Makes sure that a model can run so.
     *
     * @throws IllegalArgumentException if it can't; the message says which option is wrong, and what to do
     */
    public void requireFit(Backbone backbone) {
        requireFit(backbone.name(), backbone.precision());
    }

    void requireFit(String model, Precision own) {
        Precision wanted = precision == null ? own : precision;
        if (wanted == Precision.FP16 && own != Precision.FP16) {
            throw new IllegalArgumentException("--precision fp16: the model " + model + " is in " + own.id()
                    + ", and only one that was exported in fp16 runs so; write one: " + EXPORT_FP16);
        }
        if (wanted != Precision.FP16 && own == Precision.FP16) {
            throw new IllegalArgumentException("--precision " + wanted.id() + ": the model " + model
                    + " is in fp16; leave the option out, or write a model in fp32: percept export vgg19");
        }
        if (tensorRt && wanted == Precision.FP32) {
            throw new IllegalArgumentException("--tensorrt: TensorRT has no switch for TF32 and so can't keep to fp32;"
                    + " add --precision tf32, or use a model in fp16: " + EXPORT_FP16);
        }
        if (nhwc && wanted == Precision.FP32) {
            throw new IllegalArgumentException("--nhwc: with channels last cuDNN may compute in TF32 without saying so;"
                    + " add --precision tf32, or use a model in fp16: " + EXPORT_FP16);
        }
    }

    /** {@code --precision}. */
    static final class Precisions extends Choice<Precision> {
        private static final long serialVersionUID = 1L;

        Precisions() {
            super(Precision.class);
        }
    }

    /** {@code --gpu-arena}. */
    static final class Arenas extends Choice<CudaOptions.Arena> {
        private static final long serialVersionUID = 1L;

        Arenas() {
            super(CudaOptions.Arena.class);
        }
    }

    /** {@code --cudnn-search}. */
    static final class Searches extends Choice<CudaOptions.ConvolutionSearch> {
        private static final long serialVersionUID = 1L;

        Searches() {
            super(CudaOptions.ConvolutionSearch.class);
        }
    }
}
