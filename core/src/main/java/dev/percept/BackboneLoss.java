package dev.percept;

import dev.percept.image.Picture;
import dev.percept.image.Pixels;
import dev.percept.onnx.BackboneModel;
import dev.percept.onnx.Engine;
import dev.percept.onnx.Engines;
import dev.percept.onnx.FeatureBatch;
import dev.percept.onnx.OnnxRuntime;
import dev.percept.onnx.SessionSettings;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** The one implementation: a leased {@link Engine}, its life cycle, and what to do when it is lost. */
final class BackboneLoss implements PerceptualLoss {
    private final Backbone backbone;
    private final LossOptions options;
    private final List<LayerSpec> layers;
    private final PairDecoding.Preparation preparation;
    private final BackboneModel model;
    private final SessionSettings settings;
    private final Engines.Source engines;

    /** Calls hold the read lock; closing takes the write lock, and so waits for them. */
    private final ReentrantReadWriteLock lock = new ReentrantReadWriteLock();

    private volatile boolean closed;

    /** What the options ask for. */
    private final Running first;
    /** What calls run on: {@link #first}, or the CPU once {@code auto} has lost the GPU. */
    private volatile Running running;
    /** The CPU, once {@code auto} needed it for what the GPU could not do. Guarded by this. */
    private @Nullable Running fallback;

    BackboneLoss(Backbone backbone, LossOptions options) {
        this(backbone, options, Engines::open);
    }

    BackboneLoss(Backbone backbone, LossOptions options, Engines.Source engines) {
        this.engines = engines;
        this.backbone = backbone;
        this.options = options;
        this.layers = options.apply(backbone.spec().layers());
        this.preparation = new PairDecoding.Preparation(backbone, options.images());
        this.settings = new SessionSettings(
                options.threads(),
                precision(backbone, options),
                options.cuda(),
                options.kernels(),
                options.referenceCacheBytes());
        this.model = new BackboneModel(
                backbone.file() == null ? backbone.name() : backbone.location(),
                backbone.file(),
                backbone.bytes(),
                backbone.sha256(),
                backbone.identity(),
                backbone.graph(),
                backbone.spec().input(),
                layers);
        backbone.requireUnchanged();
        Engines.Lease lease = engines.open(model, options.device(), settings, batchBytes());
        try {
            // The runtime has read the file anew; what was checked and what its digest names must be the same.
            backbone.requireUnchanged();
            this.first = running(lease, lease.fallback());
            this.running = first;
        } catch (Throwable e) {
            lease.close();
            throw e;
        }
    }

    private Running running(Engines.Lease lease, @Nullable String whyNotGpu) {
        Engine engine = lease.engine();
        return new Running(
                lease,
                new Provenance.Execution(
                        options.device(),
                        engine.provider(),
                        whyNotGpu,
                        engine.precision(),
                        "plain",
                        options.threads(),
                        "onnxruntime " + OnnxRuntime.get().version()));
    }

    /** The numbers to compute in: what the options say, as far as the file allows. */
    private static Precision precision(Backbone backbone, LossOptions options) {
        Precision own = backbone.precision();
        Precision wanted = options.precision() == null ? own : options.precision();
        if ((wanted == Precision.FP16) != (own == Precision.FP16)) {
            throw new IllegalArgumentException("the model " + backbone.name() + " is in " + own.id() + ", not in "
                    + wanted.id() + ": use its own precision, or a file that was exported in the other");
        }
        if (options.cuda().tensorRt() && wanted == Precision.FP32) {
            throw new IllegalArgumentException(
                    "TensorRT computes in tf32 at least and can't be told not to: use precision tf32, or a model in fp16");
        }
        if (options.cuda().nhwc() && wanted == Precision.FP32) {
            throw new IllegalArgumentException("with channels last, cuDNN may compute in tf32 without saying so:"
                    + " use nhwc with precision tf32, or with a model in fp16");
        }
        return wanted;
    }

    @Override
    public Backbone backbone() {
        return backbone;
    }

    @Override
    public List<LayerSpec> layers() {
        return layers;
    }

    @Override
    public Provenance.Execution execution() {
        return running.execution();
    }

    PairDecoding.Preparation preparation() {
        return preparation;
    }

    /** What the pictures of one run may take: never more than one alone may. */
    private long batchBytes() {
        return options.memoryBytes() == LossOptions.DEFAULT_MEMORY
                ? options.batchBytes()
                : Math.min(options.batchBytes(), options.memoryBytes());
    }

    /** What evaluating this picture, or a window of it, may take. */
    long memoryBytes(Pixels picture) {
        return options.memoryBytes() == LossOptions.DEFAULT_MEMORY
                ? DefaultMemory.bytes((long) picture.width() * picture.height())
                : options.memoryBytes();
    }

    /** How pictures are read and made comparable. */
    ImageOptions images() {
        return options.images();
    }

    boolean mayCrop() {
        return options.images().sizeMismatch() == SizeMismatch.CROP;
    }

    Running running() {
        return running;
    }

    /**
     * What to use instead of an engine that failed, or null if there is nothing: only {@code auto} leaves a GPU for the CPU. If the
     * GPU is lost, later calls take the CPU at once.
     */
    @Nullable
    Running fallBack(Running failed, DeviceException reason) {
        if (!(options.device() instanceof Device.Auto)
                || failed.execution().provider().equals("cpu")) {
            return null;
        }
        synchronized (this) {
            Running cpu = fallback;
            if (cpu == null) {
                backbone.requireUnchanged();
                Engines.Lease lease = engines.open(model, Device.CPU, settings, batchBytes());
                cpu = running(lease, reason.problem());
                fallback = cpu;
            }
            if (failed.engine().lost() != null) {
                // The lost engine stays leased, since other calls may still be on it.
                running = cpu;
            }
            return cpu;
        }
    }

    @Override
    public Score score(ImageSource reference, ImageSource candidate) {
        return score(reference, List.of(candidate)).get(0).orElseThrow();
    }

    @Override
    public List<ScoreResult> score(ImageSource reference, List<? extends ImageSource> candidates) {
        List<ImagePair> pairs = candidates.stream()
                .map(candidate -> new ImagePair(reference, candidate))
                .toList();
        return whileOpen(() -> {
            try (Scoring scoring = new Scoring(this, pairs, read(reference))) {
                return scoring.run();
            }
        });
    }

    private Picture read(ImageSource reference) {
        // Cropped pictures have the size of what is common to each pair.
        return mayCrop() ? preparation.read(reference, (width, height) -> {}) : preparation.readToScore(reference);
    }

    @Override
    public long pixels(ImageSource image) {
        return preparation.pixels(image);
    }

    @Override
    public ImageSource.Decoded decode(ImageSource image) {
        return new ImageSource.Decoded(image.name(), read(image), preparation);
    }

    @Override
    public ImagePair decode(ImagePair pair) {
        return new PairDecoding(pair, null, preparation).decoded();
    }

    @Override
    public List<ScoreResult> score(List<ImagePair> pairs) {
        List<ImagePair> fixed = List.copyOf(pairs);
        return whileOpen(() -> {
            try (Scoring scoring = new Scoring(this, fixed, null)) {
                return scoring.run();
            }
        });
    }

    @Override
    public @Nullable String lost() {
        // auto has the CPU left.
        return options.device() instanceof Device.Auto ? null : running.engine().lost();
    }

    @Override
    public ReferenceCacheUse referenceCache() {
        return running.engine().cacheUse();
    }

    @Override
    public HeatMaps heatMaps(ImageSource reference, ImageSource candidate) {
        return whileOpen(() -> new HeatMapRun(this, new ImagePair(reference, candidate)).run());
    }

    @Override
    public List<Feature> features(ImageSource image) {
        return whileOpen(() -> {
            Pixels pixels = preparation.readToScore(image).pixels();
            Running where = running;
            try {
                return features(where, pixels);
            } catch (DeviceException e) {
                Running other = fallBack(where, e);
                if (other == null) {
                    throw e;
                }
                return features(other, pixels);
            }
        });
    }

    private List<Feature> features(Running where, Pixels pixels) {
        try (FeatureBatch batch = where.engine().features(List.of(pixels))) {
            List<Feature> features = new ArrayList<>();
            for (int i = 0; i < layers.size(); i++) {
                List<Integer> shape = new ArrayList<>(batch.shape(i));
                shape.set(0, 1);
                LayerSpec layer = layers.get(i);
                features.add(new Feature(layer.name(), layer.layout(), shape, finite(layer, batch.copyFirst(i))));
            }
            return features;
        }
    }

    private FloatBuffer finite(LayerSpec layer, FloatBuffer values) {
        for (int i = 0; i < values.limit(); i++) {
            if (!Float.isFinite(values.get(i))) {
                throw notFinite(backbone.name(), layer);
            }
        }
        return values;
    }

    ModelException notFinite(String where, LayerSpec layer) {
        return new ModelException(
                where,
                "layer '" + layer.name() + "' of the model " + backbone.name() + " computes values that are not finite",
                "check the model's weights, and the range, mean and std in its spec");
    }

    private <T> T whileOpen(Supplier<T> call) {
        // Checked before the lock as well, so that callers don't queue up behind a close that is waiting.
        if (!closed) {
            lock.readLock().lock();
            try {
                if (!closed) {
                    return call.get();
                }
            } finally {
                lock.readLock().unlock();
            }
        }
        throw new IllegalStateException("this PerceptualLoss of " + backbone.name() + " is closed");
    }

    @Override
    public void close() {
        if (lock.getReadHoldCount() > 0) {
            throw new IllegalStateException("a PerceptualLoss can't be closed from within its own call");
        }
        boolean toClose;
        synchronized (this) {
            toClose = !closed;
            closed = true;
        }
        lock.writeLock().lock();
        try {
            if (toClose) {
                closeEngines();
            }
        } finally {
            lock.writeLock().unlock();
        }
    }

    private synchronized void closeEngines() {
        Running second = fallback;
        try {
            first.lease().close();
        } finally {
            if (second != null) {
                second.lease().close();
            }
        }
    }

    @Override
    public String toString() {
        return "PerceptualLoss[" + backbone + " on " + running.execution().provider() + "]";
    }
}
