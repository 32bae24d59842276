package dev.percept.benchmarks.gpu;

import dev.percept.Backbone;
import dev.percept.CudaOptions;
import dev.percept.Device;
import dev.percept.LossOptions;
import dev.percept.PerceptualLoss;
import dev.percept.Precision;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What is measured, and how much of it.
 *
 * @param gpu whether the device is a GPU; speeds are not judged on the CPU
 * @param model in fp32
 * @param fp16Model the same in fp16, or null
 * @param side of most pictures, in pixels
 * @param paritySizes width and height of the pairs whose scores are compared
 * @param batches pairs in one call
 * @param rounds of each timing; the fastest counts
 * @param shapes that are run once, when memory is watched
 * @param cycles of loading and closing
 * @param alternations between two models
 * @param files pairs of JPEG files of each size
 */
record Plan(
        boolean gpu,
        Path model,
        @Nullable Path fp16Model,
        int side,
        List<int[]> paritySizes,
        List<Integer> batches,
        int rounds,
        int shapes,
        int cycles,
        int alternations,
        int files) {
    /** As {@code percept.graph} names it: on the CPU the graph for GPUs is what is to be accepted. */
    private static final String GRAPH = "percept.graph";

    static Plan of(boolean gpu, boolean quick, Path model, @Nullable Path fp16Model) {
        if (gpu && !quick) {
            List<int[]> sizes =
                    List.of(new int[] {224, 224}, new int[] {301, 225}, new int[] {64, 96}, new int[] {512, 384});
            return new Plan(true, model, fp16Model, 224, sizes, List.of(1, 8, 32, 64, 128), 10, 200, 50, 1000, 512);
        }
        int side = gpu ? 224 : 64;
        List<int[]> sizes = List.of(new int[] {64, 64}, new int[] {97, 75});
        return quick
                ? new Plan(gpu, model, fp16Model, side, sizes, List.of(1, 2), 2, 10, 5, 20, 4)
                : new Plan(false, model, fp16Model, side, sizes, List.of(1, 2, 8), 5, 200, 50, 1000, 32);
    }

    /** A way to run on the device that is to be accepted. */
    enum Variant {
        FP32("fp32", Precision.FP32, false),
        TF32("tf32", Precision.TF32, false),
        FP16("fp16", Precision.FP16, false),
        FP16_NHWC("fp16 nhwc", Precision.FP16, true);

        final String label;
        final Precision precision;
        final boolean nhwc;

        Variant(String label, Precision precision, boolean nhwc) {
            this.label = label;
            this.precision = precision;
            this.nhwc = nhwc;
        }
    }

    /** The variants that this device and these models have. */
    List<Variant> variants() {
        return List.of(Variant.values()).stream()
                .filter(variant -> gpu || (variant.precision != Precision.TF32 && !variant.nhwc))
                .filter(variant -> fp16Model != null || variant.precision != Precision.FP16)
                .toList();
    }

    /** Loads a variant on the device. */
    PerceptualLoss load(Variant variant) {
        Path file = variant.precision == Precision.FP16 && fp16Model != null ? fp16Model : model;
        LossOptions options = LossOptions.defaults()
                .withDevice(gpu ? new Device.Cuda(0) : Device.CPU)
                .withPrecision(variant.precision)
                .withCuda(CudaOptions.defaults().withNhwc(variant.nhwc));
        System.setProperty(GRAPH, "fused");
        try {
            return PerceptualLoss.load(Backbone.open(file), options);
        } finally {
            System.clearProperty(GRAPH);
        }
    }

    /** Loads what everything is compared with: fp32 on the CPU, as it is on any machine. */
    PerceptualLoss loadReference() {
        return PerceptualLoss.load(Backbone.open(model), LossOptions.defaults().withDevice(Device.CPU));
    }
}
