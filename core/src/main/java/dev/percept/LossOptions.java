package dev.percept;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * How a model is run and its layers are weighed. Immutable; {@link #defaults()} takes everything from the model's spec.
 *
 * <pre>{@code
 * LossOptions options = LossOptions.defaults()
 *         .withDevice(Device.of("cuda:1"))
 *         .withLayers(List.of("relu2_1", "relu4_1"))
 *         .withWeight("relu4_1", 0.5);
 * }</pre>
 *
 * @param device where to run; {@link Device#AUTO} by default
 * @param threads inside an operator on the CPU; by default one for each processor the JVM may use
 * @param batchBytes about how much memory the activations of one run may take, in bytes; 256 MiB by default. More
 *     candidates than fit are run one batch after the other, and never more than {@code memoryBytes} allows. On a GPU, {@link CudaOptions#batchBytes} is in force instead.
 * @param memoryBytes about how much memory evaluating one picture may take on the CPU, in bytes: one above it is evaluated
 *     window by window, if the model's graph allows that (docs/library.md). {@link #DEFAULT_MEMORY}, the default, is half of the memory that the machine or
 *     container leaves beside the largest Java heap, but at least 256 MiB, and at most 1 GiB, from which on windows cost
 *     little.
 * @param referenceCacheBytes how many bytes of references' features are kept on the CPU for later calls with the same reference, in
 *     memory; 256 MiB by default, 0 for none. A reference is the same if all its pixels are. It concerns references that are evaluated
 *     as a whole; the least recently used go first.
 * @param precision the numbers to compute in, or null for the model's own: {@link Precision#FP32}, unless its file was
 *     exported in another
 * @param cuda how to run on a GPU
 * @param kernels for convolutions, on the CPU
 * @param images how pictures are read and made comparable
 * @param layers the layers to score, in this order, or null for all in the spec
 * @param weights per layer, instead of the spec's
 * @param distances per layer, instead of the spec's
 */
public record LossOptions(
        Device device,
        int threads,
        long batchBytes,
        long memoryBytes,
        long referenceCacheBytes,
        @Nullable Precision precision,
        CudaOptions cuda,
        Kernels kernels,
        ImageOptions images,
        @Nullable List<String> layers,
        Map<String, Double> weights,
        Map<String, Distance> distances) {

    /** The most {@link #threads}. Each has a stack and buffers of its own; more than there are processors only cost. */
    public static final int MAXIMUM_THREADS = 512;

    /** The default of {@link #batchBytes}. */
    public static final long DEFAULT_BATCH_BYTES = 256L << 20;

    /** The {@link #memoryBytes} that stands for what the machine or container allows. */
    public static final long DEFAULT_MEMORY = 0;

    /** The default of {@link #referenceCacheBytes}. */
    public static final long DEFAULT_REFERENCE_CACHE = 256L << 20;

    public LossOptions {
        Objects.requireNonNull(device, "device");
        Objects.requireNonNull(cuda, "cuda");
        Objects.requireNonNull(kernels, "kernels");
        Objects.requireNonNull(images, "images");
        if (threads < 1 || threads > MAXIMUM_THREADS) {
            throw new IllegalArgumentException("threads must be 1 to " + MAXIMUM_THREADS + ", not " + threads);
        }
        if (batchBytes < 1) {
            throw new IllegalArgumentException("batchBytes must be at least 1, not " + batchBytes);
        }
        if (memoryBytes < 0) {
            throw new IllegalArgumentException("memoryBytes can't be negative, such as " + memoryBytes);
        }
        if (referenceCacheBytes < 0) {
            throw new IllegalArgumentException("referenceCacheBytes can't be negative, such as " + referenceCacheBytes);
        }
        if (layers != null) {
            layers = List.copyOf(layers);
            if (layers.isEmpty()) {
                throw new IllegalArgumentException("layers must name at least one layer");
            }
        }
        weights = Map.copyOf(weights);
        weights.forEach((layer, weight) -> {
            if (!Double.isFinite(weight)) {
                throw new IllegalArgumentException("the weight of " + layer + " must be finite, not " + weight);
            }
        });
        distances = Map.copyOf(distances);
    }

    /** Everything as the model's spec has it, on {@link Device#AUTO}, on all processors. */
    public static LossOptions defaults() {
        return new LossOptions(
                Device.AUTO,
                Math.min(Runtime.getRuntime().availableProcessors(), MAXIMUM_THREADS),
                DEFAULT_BATCH_BYTES,
                DEFAULT_MEMORY,
                DEFAULT_REFERENCE_CACHE,
                null,
                CudaOptions.defaults(),
                Kernels.AUTO,
                ImageOptions.defaults(),
                null,
                Map.of(),
                Map.of());
    }

    /** These options on another device. */
    public LossOptions withDevice(Device newDevice) {
        Draft draft = new Draft(this);
        draft.device = newDevice;
        return draft.options();
    }

    /** These options with another number of threads, 1 to {@link #MAXIMUM_THREADS}. */
    public LossOptions withThreads(int newThreads) {
        Draft draft = new Draft(this);
        draft.threads = newThreads;
        return draft.options();
    }

    /** These options with another memory budget for one run, in bytes. */
    public LossOptions withBatchBytes(long newBatchBytes) {
        Draft draft = new Draft(this);
        draft.batchBytes = newBatchBytes;
        return draft.options();
    }

    /** These options with another memory budget for one picture, in bytes. */
    public LossOptions withMemoryBytes(long newMemoryBytes) {
        Draft draft = new Draft(this);
        draft.memoryBytes = newMemoryBytes;
        return draft.options();
    }

    /** These options, keeping so many bytes of references' features for later calls; 0 for none. */
    public LossOptions withReferenceCacheBytes(long newReferenceCacheBytes) {
        Draft draft = new Draft(this);
        draft.referenceCacheBytes = newReferenceCacheBytes;
        return draft.options();
    }

    /** These options, computing in other numbers. */
    public LossOptions withPrecision(Precision newPrecision) {
        Draft draft = new Draft(this);
        draft.precision = newPrecision;
        return draft.options();
    }

    /** These options, running otherwise on a GPU. */
    public LossOptions withCuda(CudaOptions newCuda) {
        Draft draft = new Draft(this);
        draft.cuda = newCuda;
        return draft.options();
    }

    /** These options, evaluating convolutions otherwise on the CPU. */
    public LossOptions withKernels(Kernels newKernels) {
        Draft draft = new Draft(this);
        draft.kernels = newKernels;
        return draft.options();
    }

    /** These options, reading pictures otherwise. */
    public LossOptions withImages(ImageOptions newImages) {
        Draft draft = new Draft(this);
        draft.images = newImages;
        return draft.options();
    }

    /** These options, scoring only these layers, in this order. */
    public LossOptions withLayers(List<String> newLayers) {
        Draft draft = new Draft(this);
        draft.layers = newLayers;
        return draft.options();
    }

    /** These options with another weight for one layer. */
    public LossOptions withWeight(String layer, double weight) {
        Map<String, Double> changed = new LinkedHashMap<>(weights);
        changed.put(layer, weight);
        Draft draft = new Draft(this);
        draft.weights = changed;
        return draft.options();
    }

    /** These options with another distance for one layer. */
    public LossOptions withDistance(String layer, Distance distance) {
        Map<String, Distance> changed = new LinkedHashMap<>(distances);
        changed.put(layer, distance);
        Draft draft = new Draft(this);
        draft.distances = changed;
        return draft.options();
    }

    /**
     * The layers of a spec as these options select, weigh and measure them.
     *
     * @throws IllegalArgumentException if a name is not a layer of the spec, or is given twice
     */
    public List<LayerSpec> apply(List<LayerSpec> specified) {
        Map<String, LayerSpec> byName = new LinkedHashMap<>();
        specified.forEach(layer -> byName.put(layer.name(), layer));
        List<String> selected = layers == null ? List.copyOf(byName.keySet()) : layers;
        if (selected.stream().distinct().count() != selected.size()) {
            throw new IllegalArgumentException("a layer is named twice in " + String.join(",", selected));
        }
        for (List<String> names : List.of(selected, List.copyOf(weights.keySet()), List.copyOf(distances.keySet()))) {
            for (String name : names) {
                if (!byName.containsKey(name)) {
                    throw new IllegalArgumentException(
                            "the model has no layer '" + name + "': it has " + String.join(", ", byName.keySet()));
                }
            }
        }
        return selected.stream()
                .map(name -> Objects.requireNonNull(byName.get(name)))
                .map(layer -> layer.withWeight(weights.getOrDefault(layer.name(), layer.weight()))
                        .withDistance(distances.getOrDefault(layer.name(), layer.distance())))
                .toList();
    }

    /** What these options are changed through, one at a time. */
    private static final class Draft {
        private Device device;
        private int threads;
        private long batchBytes;
        private long memoryBytes;
        private long referenceCacheBytes;
        private @Nullable Precision precision;
        private CudaOptions cuda;
        private Kernels kernels;
        private ImageOptions images;
        private @Nullable List<String> layers;
        private Map<String, Double> weights;
        private Map<String, Distance> distances;

        Draft(LossOptions from) {
            this.device = from.device;
            this.threads = from.threads;
            this.batchBytes = from.batchBytes;
            this.memoryBytes = from.memoryBytes;
            this.referenceCacheBytes = from.referenceCacheBytes;
            this.precision = from.precision;
            this.cuda = from.cuda;
            this.kernels = from.kernels;
            this.images = from.images;
            this.layers = from.layers;
            this.weights = from.weights;
            this.distances = from.distances;
        }

        LossOptions options() {
            return new LossOptions(
                    device,
                    threads,
                    batchBytes,
                    memoryBytes,
                    referenceCacheBytes,
                    precision,
                    cuda,
                    kernels,
                    images,
                    layers,
                    weights,
                    distances);
        }
    }
}
