package dev.percept;

import dev.percept.image.Picture;
import dev.percept.image.Pixels;
import dev.percept.onnx.Engines;
import dev.percept.onnx.FeatureBatch;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** The one implementation: what the calls do, on {@link RunningEngines}, and that closing waits for them. */
final class BackboneLoss implements PerceptualLoss {
    private final Backbone backbone;
    private final LossOptions options;
    private final List<LayerSpec> layers;
    private final PairDecoding.Preparation preparation;
    private final RunningEngines engines;

    /** Calls hold the read lock; closing takes the write lock, and so waits for them. */
    private final ReentrantReadWriteLock lock = new ReentrantReadWriteLock();

    private volatile boolean closed;

    BackboneLoss(Backbone backbone, LossOptions options) {
        this(backbone, options, Engines::open);
    }

    BackboneLoss(Backbone backbone, LossOptions options, Engines.Source source) {
        this.backbone = backbone;
        this.options = options;
        this.layers = options.apply(backbone.spec().layers());
        this.preparation = new PairDecoding.Preparation(backbone, options.images());
        this.engines = new RunningEngines(backbone, options, layers, source);
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
        return engines.now().execution();
    }

    PairDecoding.Preparation preparation() {
        return preparation;
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

    RunningEngines engines() {
        return engines;
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
        return engines.lost();
    }

    @Override
    public ReferenceCacheUse referenceCache() {
        return engines.now().engine().cacheUse();
    }

    @Override
    public HeatMaps heatMaps(ImageSource reference, ImageSource candidate) {
        return whileOpen(() -> new HeatMapRun(this, new ImagePair(reference, candidate)).run());
    }

    @Override
    public List<Feature> features(ImageSource image) {
        return whileOpen(() -> {
            Pixels pixels = preparation.readToScore(image).pixels();
            return engines.call(where -> features(where, pixels));
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
                engines.close();
            }
        } finally {
            lock.writeLock().unlock();
        }
    }

    @Override
    public String toString() {
        return "PerceptualLoss[" + backbone + " on " + engines.now().execution().provider() + "]";
    }
}
