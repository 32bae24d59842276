package dev.percept.onnx;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import dev.percept.DeviceException;
import dev.percept.ImageException;
import dev.percept.LayerSpec;
import dev.percept.ModelException;
import dev.percept.PerceptException;
import dev.percept.image.Pixels;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * A {@link FusedGraph}'s session: bytes in, sums out, so that features stay where they are computed. This is how models run on a
 * GPU. All runs happen on its {@link GpuThread}; callers assemble the next batch meanwhile.
 */
final class FusedEngine extends SessionEngine {
    /** The most candidates in one run, a power of two. */
    private static final int MAXIMUM_ROWS = 256;

    /** What is inside a graph isn't known: this counts as many channels of floats at full resolution as VGG has, in and out. */
    private static final int CHANNELS_INSIDE = 64;

    private final OrtSession session;
    /** The session's inputs and outputs. Its model is dropped. */
    private final FusedGraph names;

    private final GpuThread thread;
    private final PixelLimit limit = new PixelLimit();
    private volatile @Nullable LastRun last;

    /** What features are taken from, once they were asked for; used by {@link #thread} only. */
    private @Nullable FeatureEngine featureEngine;

    /** Pixels, which are all that a GPU needs beforehand. */
    private record PixelReferences(List<Pixels> pictures) implements References {
        @Override
        public void close() {}
    }

    /** The shape of a run. */
    private record LastRun(String size, boolean oneReference, int rows) {}

    /**
     * Composes the graph and creates its session.
     *
     * @param batchBytes that the activations of one run may take, roughly
     * @throws OrtException if ONNX Runtime refuses the graph or the device
     */
    FusedEngine(BackboneModel model, SessionSettings settings, Execution execution, long batchBytes)
            throws OrtException {
        super(model, settings, execution, batchBytes);
        FusedGraph graph = compose(model);
        this.names = new FusedGraph(new byte[0], graph.prefix());
        this.thread = GpuThread.of(provider());
        try (OrtSession.SessionOptions options = settings.options(execution, model.folder())) {
            this.session = runtime.environment().createSession(graph.model(), options);
        }
    }

    private static FusedGraph compose(BackboneModel model) {
        try {
            return FusedGraph.of(model.proto(), model.graph(), model.input(), model.layers());
        } catch (IOException e) {
            throw new ModelException(
                    model.name(), "it can't be read (" + PerceptException.reason(e) + ")", "check the disk", e);
        }
    }

    @Override
    public References references(List<Pixels> pictures) {
        return new PixelReferences(List.copyOf(pictures));
    }

    @Override
    public CompletableFuture<Sums> compare(References references, List<Pixels> candidates) {
        List<Pixels> left = ((PixelReferences) references).pictures();
        Pixels first = candidates.get(0);
        if (execution.gpu() != null && pictures(first.width(), first.height()) < 2) {
            return CompletableFuture.failedFuture(beyondCounting("a pair of " + first.size()));
        }
        if (first.isDeep()) {
            return thread.submit(() -> compareFeatures(left, candidates));
        }
        try {
            PixelBatch batch = PixelBatch.of(buffers, left, candidates, rows(left.size() == 1, candidates));
            return thread.submit(() -> run(batch)).whenComplete((sums, error) -> batch.release(buffers));
        } catch (OutOfMemoryError e) {
            return CompletableFuture.failedFuture(new ImageException(
                    "a picture of " + first.size(),
                    "a batch of it does not fit into memory",
                    "give the JVM more memory (-Xmx, -XX:MaxDirectMemorySize)",
                    e));
        }
    }

    private DeviceException beyondCounting(String what) {
        return new DeviceException(
                provider(),
                what + " has more values in a layer than CUDA's kernels count",
                "scale the pictures, or use --device cpu");
    }

    /** The graph takes bytes: pictures of 16 bits, which are rare, cross as floats, and their features come back. */
    private Sums compareFeatures(List<Pixels> left, List<Pixels> candidates) {
        FeatureEngine engine = featureEngine();
        double[][] sums = new double[layers.size()][candidates.size()];
        Sums part = null;
        for (int from = 0; from < candidates.size(); ) {
            int to = Math.min(candidates.size(), from + engine.rows(candidates.get(0), 1));
            List<Pixels> own = left.size() == 1 ? left : left.subList(from, to);
            try (References references = engine.references(own)) {
                part = Completion.of(engine.compare(references, candidates.subList(from, to)));
            }
            for (int layer = 0; layer < sums.length; layer++) {
                System.arraycopy(part.sums()[layer], 0, sums[layer], from, to - from);
            }
            from = to;
        }
        return new Sums(sums, Objects.requireNonNull(part).values(), part.kernels());
    }

    private int rows(boolean oneReference, List<Pixels> candidates) {
        Pixels first = candidates.get(0);
        int most = rows(first.width(), first.height(), oneReference ? 0 : 1);
        LastRun before = last;
        int lastRows = 0;
        if (before != null
                && before.size.equals(first.size())
                && before.oneReference == oneReference
                && before.rows <= most) {
            lastRows = before.rows;
        }
        int rows = Batches.rows(candidates.size(), lastRows);
        last = new LastRun(first.size(), oneReference, rows);
        return rows;
    }

    private Sums run(PixelBatch batch) {
        health.require();
        double[][] sums = new double[layers.size()][batch.rows()];
        long[] values = new long[layers.size()];
        try {
            int most = Batches.run(
                    batch.rows(), health::mayFitInParts, (from, count) -> run(batch, from, count, sums, values));
            if (most < batch.rows()) {
                limit.onlyFitted((long) batch.pictures(most)
                        * batch.size().width()
                        * batch.size().height());
            } else {
                limit.fitted();
            }
            return new Sums(sums, values, WinogradSessions.PLAIN);
        } catch (OrtException e) {
            throw health.failure(model.name(), batch.size(), e);
        }
    }

    private void run(PixelBatch batch, int from, int count, double[][] sums, long[] values) throws OrtException {
        try (OnnxTensor references = batch.references(runtime.environment(), from, count);
                OnnxTensor candidates = batch.candidates(runtime.environment(), from, count);
                OrtSession.Result result =
                        session.run(Map.of(names.reference(), references, names.candidate(), candidates))) {
            for (int i = 0; i < layers.size(); i++) {
                values[i] = values(i, batch.pictures(count), result);
                double[] found =
                        (double[]) result.get(names.sum(i)).orElseThrow().getValue();
                System.arraycopy(found, 0, sums[i], from, count);
            }
        }
    }

    /** The number of values in one picture's feature, after a look at whether its shape is what the spec says. */
    private long values(int index, int pictures, OrtSession.Result result) throws OrtException {
        LayerSpec layer = layers.get(index);
        List<Integer> shape = new ArrayList<>();
        long values = 1;
        for (long length : (long[]) result.get(names.shape(index)).orElseThrow().getValue()) {
            values *= shape.isEmpty() ? 1 : length;
            shape.add(Math.toIntExact(length));
        }
        String contradiction = FeatureBatch.contradiction(shape, layer, pictures);
        if (contradiction != null) {
            throw new ModelException(model.name(), contradiction, "correct the spec");
        }
        return values;
    }

    @Override
    public FeatureBatch features(List<Pixels> pictures) {
        return thread.call(() -> featureEngine().features(pictures));
    }

    @Override
    public Differences differences(Pixels reference, Pixels candidate, long memoryBytes) {
        // They are run one after the other.
        if (execution.gpu() != null && pictures(candidate.width(), candidate.height()) < 1) {
            throw beyondCounting("a picture of " + candidate.size());
        }
        return thread.call(() -> featureEngine().differences(reference, candidate, memoryBytes));
    }

    /** Features do leave the device when they are asked for; few programs do. */
    private FeatureEngine featureEngine() {
        health.require();
        FeatureEngine known = featureEngine;
        if (known == null) {
            try {
                known = new FeatureEngine(model, settings, execution, batchBytes);
            } catch (OrtException e) {
                throw new ModelException(
                        model.name(), "its features can't be had: " + e.getMessage(), "use --device cpu", e);
            }
            featureEngine = known;
        }
        return known;
    }

    @Override
    public int rows(Pixels size, int references) {
        return rows(size.width(), size.height(), references);
    }

    private int rows(int width, int height, int references) {
        double pictures = pictures(width, height);
        double rows = references == 0 ? pictures - 1 : pictures / (1 + references);
        double addressable = (double) Integer.MAX_VALUE / (3L * width * height);
        return Integer.highestOneBit((int) Math.max(1, Math.min(Math.min(rows, addressable), MAXIMUM_ROWS)));
    }

    /** How many pictures one run may have. */
    private double pictures(int width, int height) {
        double pixels = (double) width * height;
        double most = Math.min(batchBytes / (pixels * 2 * CHANNELS_INSIDE * Float.BYTES), limit.pixels() / pixels);
        // A pair must be possible whatever the budget, but not beyond what kernels count: the elementwise ones of ONNX
        // Runtime do so in 32 bits, and leave the rest as it was (microsoft/onnxruntime#28385).
        return Math.min(Math.max(2, most), (double) Integer.MAX_VALUE / (pixels * CHANNELS_INSIDE));
    }

    @Override
    public int decodeAhead() {
        return execution.gpu() == null ? Runtime.getRuntime().availableProcessors() : MAXIMUM_ROWS;
    }

    @Override
    void closeSessions() throws OrtException {
        FeatureEngine features = featureEngine;
        try (session) {
            if (features != null) {
                features.close();
            }
        }
    }
}
