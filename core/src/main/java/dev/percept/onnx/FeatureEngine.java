package dev.percept.onnx;

import ai.onnxruntime.OrtException;
import dev.percept.Kernels;
import dev.percept.ModelException;
import dev.percept.PerceptException;
import dev.percept.ReferenceCacheUse;
import dev.percept.image.Pixels;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * A backbone session and its head session: a reference's features are computed once and compared with many candidates'. This
 * is how models run on the CPU. On a GPU features cross to the host: only models that take a fixed number of pictures run so.
 */
final class FeatureEngine extends SessionEngine {
    /** Enough to keep any processor busy. */
    private static final int MAXIMUM_ROWS = 64;

    private final BackboneSession backbone;
    private final FeatureHead head;
    /** How pictures are divided, or null where they are compared as a whole only. */
    private final @Nullable PartsChoice choice;
    /** What compares cores of windows, once a picture was divided. Guarded by this. */
    private @Nullable CoreHead coreHead;

    /** What compares pairs place by place, once one was. Guarded by this. */
    private @Nullable DifferenceMaps maps;

    private final ReferenceCache cache;
    private final StageSessions stages;

    /** Null where convolutions run plainly. */
    private final @Nullable WinogradRuns winograd;

    /**
     * Creates both sessions.
     *
     * @param batchBytes that the activations of one run may take, roughly
     * @throws OrtException if ONNX Runtime refuses the model or the device
     */
    FeatureEngine(BackboneModel model, SessionSettings settings, Execution execution, long batchBytes)
            throws OrtException {
        this(model, settings, execution, batchBytes, new KeptGraphs(OnnxRuntime.get()));
    }

    /** One that keeps graphs elsewhere than in the user's cache. */
    FeatureEngine(BackboneModel model, SessionSettings settings, Execution execution, long batchBytes, KeptGraphs kept)
            throws OrtException {
        super(model, settings, execution, batchBytes);
        this.cache = new ReferenceCache(settings.referenceCacheBytes());
        this.stages = new StageSessions(model, settings, buffers);
        this.choice = execution.gpu() == null ? new PartsChoice(model) : null;
        WinogradSessions sessions = execution.gpu() != null
                        || settings.kernels() == Kernels.PLAIN
                        || model.graph().externalData()
                ? null
                : new WinogradSessions(model, settings, kept);
        GpuThread thread = execution.gpu() == null ? null : GpuThread.of(provider());
        BackboneSession opened = new BackboneSession(
                model, settings, execution, buffers, health, thread, kept, sessions != null && sessions.areKept());
        try {
            this.head = new FeatureHead(model, settings);
        } catch (Throwable e) {
            opened.close();
            throw e;
        }
        this.backbone = opened;
        this.winograd = sessions == null ? null : new WinogradRuns(sessions, opened, head);
    }

    @Override
    public FeatureBatch features(List<Pixels> pictures) {
        FeatureBatch features =
                winograd == null || settings.kernels() != Kernels.WINOGRAD ? null : winograd.run(pictures);
        return features == null ? backbone.run(pictures) : features;
    }

    @Override
    public References references(List<Pixels> pictures) {
        if (pictures.size() > 1 || settings.referenceCacheBytes() == 0) {
            return computed(pictures);
        }
        References known = known(pictures.get(0));
        if (known != null) {
            return known;
        }
        // A copy, since what the caller does with its own after this call is its business.
        ReferenceFeatures computed = computed(List.of(pictures.get(0).copy()));
        cache.add(computed);
        return computed;
    }

    @Override
    public @Nullable References known(Pixels reference) {
        return cache.take(reference);
    }

    @Override
    public ReferenceCacheUse cacheUse() {
        return cache.use();
    }

    private ReferenceFeatures computed(List<Pixels> pictures) {
        FeatureBatch features = winograd == null ? null : winograd.run(pictures);
        return new ReferenceFeatures(pictures, features == null ? backbone.run(pictures) : features);
    }

    @Override
    public CompletableFuture<Sums> compare(References references, List<Pixels> candidates) {
        try {
            return CompletableFuture.completedFuture(compare((ReferenceFeatures) references, candidates));
        } catch (PerceptException e) {
            return CompletableFuture.failedFuture(e);
        } finally {
            cache.trim();
        }
    }

    /** Runs candidates as is best for them, and the references the same way, unless they have been. */
    private Sums compare(ReferenceFeatures references, List<Pixels> candidates) {
        Sums fast = winograd == null ? null : winograd.compare(references, candidates);
        if (fast != null) {
            return fast;
        }
        FeatureBatch reference =
                Objects.requireNonNull(references.by(WinogradSessions.PLAIN, backbone.rows(candidates), backbone::run));
        try (FeatureBatch features = backbone.run(candidates)) {
            return head.compare(reference, features);
        }
    }

    @Override
    public Parts parts(Pixels reference, Pixels candidate, long memoryBytes, double wholeRuns) {
        return choice == null ? Parts.WHOLE : choice.of(reference, candidate, memoryBytes, wholeRuns);
    }

    @Override
    public Sums compare(Pixels reference, Pixels candidate, Parts parts) {
        StagePlan plan = parts.stages();
        if (plan != null) {
            return stages.of(plan.split()).compare(reference, candidate, plan);
        }
        CoreHead.Total total = coreHead().new Total(Extent.of(candidate));
        for (Window window : parts.windows()) {
            try (FeatureBatch left = backbone.run(List.of(reference.part(window.area())))) {
                try (FeatureBatch right = backbone.run(List.of(candidate.part(window.area())))) {
                    total.add(window, left.tensors(), right.tensors());
                }
            }
        }
        return total.sums();
    }

    @Override
    public Differences differences(Pixels reference, Pixels candidate, long memoryBytes) {
        return differences(
                reference,
                candidate,
                choice == null ? Parts.WHOLE : choice.inOneStage(reference, candidate, memoryBytes));
    }

    /** Compares parts of a pair, which are not in two stages, place by place. */
    Differences differences(Pixels reference, Pixels candidate, Parts parts) {
        return maps().compare(reference, candidate, parts);
    }

    private synchronized DifferenceMaps maps() {
        DifferenceMaps known = maps;
        if (known == null) {
            try {
                known = new DifferenceMaps(model, choice == null ? null : choice.windows(), settings, backbone);
            } catch (OrtException e) {
                throw new ModelException(
                        model.name(), "its layers can't be compared by place: " + e.getMessage(), "report this", e);
            }
            maps = known;
        }
        return known;
    }

    private synchronized CoreHead coreHead() {
        CoreHead known = coreHead;
        if (known == null) {
            Windows windows = choice == null ? null : choice.windows();
            if (windows == null) {
                throw new IllegalArgumentException("pictures are not divided for " + model.name());
            }
            try {
                known = new CoreHead(model, layers, windows, settings, runtime.environment());
            } catch (OrtException e) {
                throw new ModelException(
                        model.name(), "its windows can't be compared: " + e.getMessage(), "report this", e);
            }
            coreHead = known;
        }
        return known;
    }

    @Override
    public int rows(Pixels size, int references) {
        if (model.input().batch() != null) {
            return model.input().batch();
        }
        if (winograd != null && winograd.isBestAlone(size)) {
            return 1;
        }
        double featureBytesPerPixel = backbone.featureBytesPerPixel();
        if (featureBytesPerPixel == 0) {
            // How much leaves the graph isn't known before something has.
            return 1;
        }
        // What is inside the graph isn't known. For VGG19 it is about four times what leaves it; but a graph may return
        // a vector only, and so this counts 64 channels of floats at full resolution, in and out, at least.
        double pixels = (double) size.width() * size.height();
        double inside = Math.max(4 * featureBytesPerPixel, 2.0 * 64 * Float.BYTES) * pixels;
        long input = backbone.inputBytes(1, size);
        double budget = batchBytes / (input + inside) / (1 + references);
        return (int) Math.max(1, Math.min(MAXIMUM_ROWS, Math.min(budget, (double) Integer.MAX_VALUE / input)));
    }

    @Override
    public int decodeAhead() {
        return execution.gpu() == null ? Runtime.getRuntime().availableProcessors() : MAXIMUM_ROWS;
    }

    @Override
    void closeSessions() throws OrtException {
        try (head;
                backbone;
                cache;
                stages) {
            if (winograd != null) {
                winograd.close();
            }
        } finally {
            try {
                if (coreHead != null) {
                    coreHead.close();
                }
            } finally {
                if (maps != null) {
                    maps.close();
                }
            }
        }
    }
}
