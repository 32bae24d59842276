package dev.percept;

import dev.percept.image.Decoder;
import dev.percept.image.Pixels;
import dev.percept.onnx.FeatureBatch;
import dev.percept.onnx.FeatureEngine;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** The one implementation: decoding, sub-batches and arithmetic around a {@link FeatureEngine}. */
final class BackboneLoss implements PerceptualLoss {
    private final Backbone backbone;
    private final LossOptions options;
    private final List<LayerSpec> layers;
    private final FeatureEngine engine;
    private final Provenance.Execution execution;

    /** Calls hold the read lock; closing takes the write lock, and so waits for them. */
    private final ReentrantReadWriteLock lock = new ReentrantReadWriteLock();

    private volatile boolean closed;

    BackboneLoss(Backbone backbone, LossOptions options) {
        this.backbone = backbone;
        this.options = options;
        this.layers = options.apply(backbone.spec().layers());
        backbone.requireUnchanged();
        this.engine = new FeatureEngine(
                new FeatureEngine.Model(
                        backbone.file() == null ? backbone.name() : backbone.location(),
                        backbone.file(),
                        backbone.bytes(),
                        backbone.graph(),
                        backbone.spec().input(),
                        layers),
                options.device(),
                options.threads());
        try {
            // The runtime has read the file anew; what was checked and what its digest names must be the same.
            backbone.requireUnchanged();
            this.execution = new Provenance.Execution(
                    options.device(),
                    engine.provider(),
                    engine.fallback(),
                    "fp32",
                    options.threads(),
                    engine.runtime());
        } catch (Throwable e) {
            engine.close();
            throw e;
        }
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
        return execution;
    }

    @Override
    public Score score(ImageSource reference, ImageSource candidate) {
        return score(reference, List.of(candidate)).get(0).orElseThrow();
    }

    @Override
    public List<ScoreResult> score(ImageSource reference, List<? extends ImageSource> candidates) {
        List<ImageSource> fixed = List.copyOf(candidates);
        return whileOpen(() -> {
            Pixels pixels = decode(reference);
            try (FeatureBatch features = engine.run(List.of(pixels))) {
                return new Comparison(reference, pixels, features, fixed).scoreAll();
            }
        });
    }

    @Override
    public List<Feature> features(ImageSource image) {
        return whileOpen(() -> {
            try (FeatureBatch batch = engine.run(List.of(decode(image)))) {
                List<Feature> features = new ArrayList<>();
                for (int i = 0; i < layers.size(); i++) {
                    List<Integer> shape = new ArrayList<>(batch.shape(i));
                    shape.set(0, 1);
                    LayerSpec layer = layers.get(i);
                    features.add(new Feature(layer.name(), layer.layout(), shape, finite(layer, batch.copyFirst(i))));
                }
                return features;
            }
        });
    }

    private FloatBuffer finite(LayerSpec layer, FloatBuffer values) {
        for (int i = 0; i < values.limit(); i++) {
            if (!Float.isFinite(values.get(i))) {
                throw notFinite(backbone.name(), layer);
            }
        }
        return values;
    }

    private ModelException notFinite(String where, LayerSpec layer) {
        return new ModelException(
                where,
                "layer '" + layer.name() + "' of the model " + backbone.name() + " computes values that are not finite",
                "check the model's weights, and the range, mean and std in its spec");
    }

    private Pixels decode(ImageSource source) {
        Pixels pixels = Decoder.decode(source);
        String refusal = backbone.spec().input().size().refusal(pixels.width(), pixels.height());
        if (refusal != null) {
            throw new ImageException(
                    source.name(),
                    "it is " + pixels.size() + ", and the model " + backbone.name() + " " + refusal,
                    "scale it, or use another model");
        }
        return pixels;
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
        boolean first;
        synchronized (this) {
            first = !closed;
            closed = true;
        }
        lock.writeLock().lock();
        try {
            if (first) {
                engine.close();
            }
        } finally {
            lock.writeLock().unlock();
        }
    }

    @Override
    public String toString() {
        return "PerceptualLoss[" + backbone + " on " + execution.provider() + "]";
    }

    /** One reference against many candidates. */
    private final class Comparison {
        private final ImageSource source;
        private final Pixels reference;
        private final FeatureBatch features;
        private final List<ImageSource> candidates;
        private final Provenance provenance;
        private final int rows;

        /** Results so far, in order; a candidate that waits in {@link #waiting} has null here. */
        private final List<@Nullable ScoreResult> results = new ArrayList<>();

        private final List<Pixels> waiting = new ArrayList<>();
        private final List<Integer> waitingAt = new ArrayList<>();

        Comparison(ImageSource source, Pixels reference, FeatureBatch features, List<ImageSource> candidates) {
            this.source = source;
            this.reference = reference;
            this.features = features;
            this.candidates = candidates;
            this.rows = engine.rows(features, reference.width(), reference.height(), options.batchBytes());
            this.provenance = new Provenance(
                    backbone.name(),
                    backbone.sha256(),
                    backbone.spec().weights(),
                    execution,
                    reference.width(),
                    reference.height(),
                    Version.percept());
        }

        List<ScoreResult> scoreAll() {
            for (int i = 0; i < candidates.size(); i++) {
                results.add(null);
                try {
                    accept(i, candidates.get(i));
                } catch (PerceptException e) {
                    set(i, null, e);
                }
                if (waiting.size() == rows) {
                    runWaiting();
                }
            }
            if (!waiting.isEmpty()) {
                runWaiting();
            }
            List<ScoreResult> complete = new ArrayList<>();
            for (ScoreResult result : results) {
                complete.add(Objects.requireNonNull(result));
            }
            return complete;
        }

        private void accept(int index, ImageSource candidate) {
            Pixels pixels = Decoder.decode(candidate);
            if (!pixels.sameSizeAs(reference)) {
                throw new ImageException(
                        candidate.name(),
                        "it is " + pixels.size() + ", the reference " + source.name() + " is " + reference.size(),
                        "scale one of them, so that both have the same size");
            }
            if (pixels.sameAs(reference)) {
                // Its features are the reference's own. Running them again in another batch may round differently.
                record(List.of(index), features);
            } else {
                waiting.add(pixels);
                waitingAt.add(index);
            }
        }

        private void runWaiting() {
            try (FeatureBatch batch = engine.run(waiting)) {
                record(waitingAt, batch);
            } catch (PerceptException e) {
                for (int index : waitingAt) {
                    set(index, null, e);
                }
            } finally {
                waiting.clear();
                waitingAt.clear();
            }
        }

        private void record(List<Integer> indices, FeatureBatch batch) {
            double[][] sums = engine.sums(features, batch);
            for (int row = 0; row < indices.size(); row++) {
                int index = indices.get(row);
                try {
                    set(index, scoreOf(sums, row, candidates.get(index).name()), null);
                } catch (ModelException e) {
                    set(index, null, e);
                }
            }
        }

        private void set(int index, @Nullable Score score, @Nullable PerceptException error) {
            results.set(
                    index, new ScoreResult(source.name(), candidates.get(index).name(), score, error));
        }

        private Score scoreOf(double[][] sums, int row, String candidate) {
            List<LayerScore> parts = new ArrayList<>();
            double total = 0;
            for (int i = 0; i < layers.size(); i++) {
                LayerSpec layer = layers.get(i);
                double value = layer.distance().fromSum(sums[i][row], features.valuesPerPicture(i));
                total += layer.weight() * value;
                if (!Double.isFinite(value) || !Double.isFinite(total)) {
                    throw notFinite(candidate, layer);
                }
                parts.add(new LayerScore(layer.name(), layer.weight(), layer.distance(), value, layer.channels()));
            }
            return new Score(total, parts, provenance);
        }
    }
}
