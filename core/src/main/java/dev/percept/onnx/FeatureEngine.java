package dev.percept.onnx;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import dev.percept.ImageException;
import dev.percept.Kernels;
import dev.percept.LayerSpec;
import dev.percept.ModelException;
import dev.percept.PerceptException;
import dev.percept.image.Pixels;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * A backbone session and its head session: a reference's features are computed once and compared with many candidates'. This
 * is how models run on the CPU. On a GPU features cross to the host: only models that take a fixed number of pictures run so.
 */
final class FeatureEngine extends SessionEngine {
    /** Enough to keep any processor busy. */
    private static final int MAXIMUM_ROWS = 64;

    private final InputTensor inputTensor;
    private final Set<String> outputs = new LinkedHashSet<>();
    private final @Nullable GpuThread thread;
    private final OrtSession backbone;
    private final OrtSession head;
    /** How pictures are divided, or null where they are compared as a whole only. */
    private final @Nullable PartsChoice choice;
    /** What compares cores of windows, once a picture was divided. Guarded by this. */
    private @Nullable CoreHead coreHead;
    /** Null where convolutions run plainly. */
    private final @Nullable WinogradSessions winograd;

    /** Bytes of features for each pixel of a picture, as last seen; 0 before any was. */
    private volatile double featureBytesPerPixel;

    /**
     * Creates both sessions.
     *
     * @param batchBytes that the activations of one run may take, roughly
     * @throws OrtException if ONNX Runtime refuses the model or the device
     */
    FeatureEngine(BackboneModel model, SessionSettings settings, Execution execution, long batchBytes)
            throws OrtException {
        super(model, settings, execution, batchBytes);
        this.inputTensor = new InputTensor(model.input());
        this.thread = execution.gpu() == null ? null : GpuThread.of(provider());
        this.choice = thread == null ? new PartsChoice(model) : null;
        this.winograd = execution.gpu() != null
                        || settings.kernels() == Kernels.PLAIN
                        || model.graph().externalData()
                ? null
                : new WinogradSessions(model, settings);
        layers.forEach(layer -> outputs.add(layer.output()));
        byte[] headModel = HeadGraph.of(layers.stream()
                .map(layer -> HeadGraph.Layer.of(layer, model.graph()))
                .toList());
        try (OrtSession.SessionOptions options = settings.options(execution, null);
                OrtSession.SessionOptions headOptions = settings.options(new Execution(null, null), null)) {
            OrtSession opened = model.file() == null
                    ? runtime.environment().createSession(model.bytes(), options)
                    : runtime.environment().createSession(model.file().toString(), options);
            try {
                this.head = runtime.environment().createSession(headModel, headOptions);
            } catch (Throwable e) {
                opened.close();
                throw e;
            }
            this.backbone = opened;
        }
    }

    @Override
    public FeatureBatch features(List<Pixels> pictures) {
        boolean fast = settings.kernels() == Kernels.WINOGRAD && isLikely(pictures.get(0));
        FeatureBatch features = fast ? runFast(pictures) : null;
        return features == null ? runPlain(pictures) : features;
    }

    private boolean isLikely(Pixels size) {
        return winograd != null && winograd.isLikely(size);
    }

    private FeatureBatch runPlain(List<Pixels> pictures) {
        int rows = tensorRows(pictures);
        return thread == null
                ? run(pictures, backbone, rows, WinogradSessions.PLAIN)
                : thread.call(() -> run(pictures, backbone, rows, WinogradSessions.PLAIN));
    }

    private int tensorRows(List<Pixels> pictures) {
        return model.input().batch() == null ? pictures.size() : model.input().batch();
    }

    /** Runs pictures on a session for their shape; null if there is none after all. */
    private @Nullable FeatureBatch runFast(List<Pixels> pictures) {
        WinogradSessions sessions = Objects.requireNonNull(winograd);
        WinogradSession session = sessions.take(pictures.get(0), tensorRows(pictures));
        if (session == null) {
            return null;
        }
        try {
            return runOn(session, pictures);
        } finally {
            sessions.release(session);
        }
    }

    /** Runs pictures on a session; null if it turns out not to compute what it should. */
    private @Nullable FeatureBatch runOn(WinogradSession session, List<Pixels> pictures) {
        WinogradSessions sessions = Objects.requireNonNull(winograd);
        FeatureBatch features = run(pictures, session.session(), session.shape.rows(), sessions.kernels());
        if (session.proven || proves(features, pictures.get(0))) {
            session.proven = true;
            return features;
        }
        features.close();
        sessions.dismiss("its features are others than plain ones");
        return null;
    }

    /** Compares the first picture's features with plain ones: the operators are no API, and the file may have changed. */
    private boolean proves(FeatureBatch features, Pixels picture) {
        try (FeatureBatch plain = runPlain(List.of(picture))) {
            return features.isLike(plain);
        } catch (Throwable e) {
            features.close();
            throw e;
        }
    }

    private FeatureBatch run(List<Pixels> pictures, OrtSession session, int rows, String kernels) {
        Pixels first = pictures.get(0);
        ByteBuffer buffer = buffer(first, rows);
        FeatureBatch features = null;
        try (OnnxTensor tensor = inputTensor.write(runtime.environment(), buffer, pictures, rows)) {
            health.require();
            features = featuresOf(session.run(Map.of(model.input().name(), tensor), outputs), buffer, kernels);
            for (int i = 0; i < layers.size(); i++) {
                String contradiction = features.contradiction(i, layers.get(i), rows);
                if (contradiction != null) {
                    throw new ModelException(model.name(), contradiction, "correct the spec");
                }
            }
            featureBytesPerPixel = (double) features.bytesPerPicture() / first.width() / first.height();
            return features;
        } catch (OrtException e) {
            release(features, buffer);
            throw health.failure(model.name(), first, e);
        } catch (Throwable e) {
            release(features, buffer);
            throw e;
        }
    }

    private ByteBuffer buffer(Pixels picture, int rows) {
        long bytes = inputTensor.bytes(rows, picture.width(), picture.height());
        if (bytes <= Integer.MAX_VALUE) {
            try {
                return buffers.take((int) bytes);
            } catch (OutOfMemoryError e) {
                throw tooLarge(picture, "give the JVM more memory (-Xmx, -XX:MaxDirectMemorySize)");
            }
        }
        throw tooLarge(picture, "scale or crop it");
    }

    private ImageException tooLarge(Pixels picture, String remedy) {
        return new ImageException(
                "a picture of " + picture.size(),
                "it does not fit into memory as the model " + model.name() + " takes it",
                remedy);
    }

    private FeatureBatch featuresOf(OrtSession.Result result, ByteBuffer buffer, String kernels) {
        try {
            List<OnnxTensor> tensors = new ArrayList<>();
            for (LayerSpec layer : layers) {
                tensors.add((OnnxTensor) result.get(layer.output()).orElseThrow());
            }
            return new FeatureBatch(result, tensors, buffers, buffer, kernels);
        } catch (Throwable e) {
            result.close();
            throw e;
        }
    }

    private void release(@Nullable FeatureBatch features, ByteBuffer buffer) {
        if (features == null) {
            buffers.release(buffer);
        } else {
            features.close();
        }
    }

    @Override
    public References references(List<Pixels> pictures) {
        FeatureBatch features = isLikely(pictures.get(0)) ? runFast(pictures) : null;
        return new ReferenceFeatures(pictures, features == null ? runPlain(pictures) : features);
    }

    @Override
    public CompletableFuture<Sums> compare(References references, List<Pixels> candidates) {
        try {
            return CompletableFuture.completedFuture(compare((ReferenceFeatures) references, candidates));
        } catch (PerceptException e) {
            return CompletableFuture.failedFuture(e);
        }
    }

    /** Runs candidates as is best for them, and the references the same way, unless they have been. */
    private Sums compare(ReferenceFeatures references, List<Pixels> candidates) {
        Sums fast = winograd == null ? null : compareFast(winograd, references, candidates);
        if (fast != null) {
            return fast;
        }
        FeatureBatch reference =
                Objects.requireNonNull(references.by(WinogradSessions.PLAIN, tensorRows(candidates), this::runPlain));
        try (FeatureBatch features = runPlain(candidates)) {
            return compare(reference, features);
        }
    }

    private @Nullable Sums compareFast(
            WinogradSessions sessions, ReferenceFeatures references, List<Pixels> candidates) {
        Pixels size = candidates.get(0);
        int pictures = candidates.size() + (references.size() == candidates.size() ? candidates.size() : 0);
        WinogradSession session = sessions.isWorth(size, tensorRows(candidates), pictures)
                ? sessions.take(size, tensorRows(candidates))
                : null;
        if (session == null) {
            return null;
        }
        try (FeatureBatch features = runOn(session, candidates)) {
            FeatureBatch reference = features == null
                    ? null
                    : references.by(features.kernels(), session.shape.rows(), left -> runOn(session, left));
            return features == null || reference == null ? null : compare(reference, features);
        } finally {
            sessions.release(session);
        }
    }

    @Override
    public Parts parts(Pixels reference, Pixels candidate, long memoryBytes, double wholeRuns) {
        return choice == null ? Parts.WHOLE : choice.of(reference, candidate, memoryBytes, wholeRuns);
    }

    @Override
    public boolean dividesPictures() {
        return choice != null && choice.windows() != null;
    }

    @Override
    public Sums compare(Pixels reference, Pixels candidate, Parts parts) {
        CoreHead.Total total = coreHead().new Total(candidate);
        for (Window window : parts.windows()) {
            try (FeatureBatch left = runPlain(List.of(reference.part(window.area())))) {
                if (reference == candidate) {
                    total.add(window, left, left);
                    continue;
                }
                try (FeatureBatch right = runPlain(List.of(candidate.part(window.area())))) {
                    total.add(window, left, right);
                }
            }
        }
        return total.sums();
    }

    private synchronized CoreHead coreHead() {
        CoreHead known = coreHead;
        if (known == null) {
            Windows windows = choice == null ? null : choice.windows();
            if (windows == null) {
                throw new IllegalArgumentException("pictures are not divided for " + model.name());
            }
            try {
                known = new CoreHead(model, windows, settings, runtime.environment());
            } catch (OrtException e) {
                throw new ModelException(
                        model.name(), "its windows can't be compared: " + e.getMessage(), "report this", e);
            }
            coreHead = known;
        }
        return known;
    }

    @Override
    public Sums same(References reference) {
        // Its features are the reference's own. Running them again in another batch may round differently.
        FeatureBatch features = ((ReferenceFeatures) reference).any();
        Sums all = compare(features, features);
        double[][] sums = new double[layers.size()][];
        for (int i = 0; i < sums.length; i++) {
            sums[i] = new double[] {all.sums()[i][0]};
        }
        return new Sums(sums, all.values(), all.kernels());
    }

    private Sums compare(FeatureBatch reference, FeatureBatch candidates) {
        Map<String, OnnxTensor> inputs = new HashMap<>();
        long[] values = new long[layers.size()];
        for (int i = 0; i < layers.size(); i++) {
            List<Integer> left = reference.shape(i);
            List<Integer> right = candidates.shape(i);
            if (!left.subList(1, left.size()).equals(right.subList(1, right.size()))) {
                throw new ModelException(
                        model.name(),
                        "layer '" + layers.get(i).name() + "' has the shape " + left + " for the reference and " + right
                                + " for a candidate of the same size",
                        "leave out layers whose size depends on what is in a picture");
            }
            inputs.put(HeadGraph.reference(i), reference.tensor(i));
            inputs.put(HeadGraph.candidate(i), candidates.tensor(i));
            values[i] = reference.valuesPerPicture(i);
        }
        double[][] sums = new double[layers.size()][];
        try (OrtSession.Result result = head.run(inputs)) {
            for (int i = 0; i < sums.length; i++) {
                sums[i] = (double[]) result.get(HeadGraph.sum(i)).orElseThrow().getValue();
            }
            return new Sums(sums, values, candidates.kernels());
        } catch (OrtException e) {
            throw new ModelException(
                    model.name(), "comparing its features failed: " + e.getMessage(), "report this", e);
        }
    }

    @Override
    public int rows(Pixels size, int references) {
        if (model.input().batch() != null) {
            return model.input().batch();
        }
        if (featureBytesPerPixel == 0) {
            // How much leaves the graph isn't known before something has.
            return 1;
        }
        // What is inside the graph isn't known. For VGG19 it is about four times what leaves it; but a graph may return
        // a
        // vector only, and so this counts 64 channels of floats at full resolution, in and out, at least.
        double pixels = (double) size.width() * size.height();
        double inside = Math.max(4 * featureBytesPerPixel, 2.0 * 64 * Float.BYTES) * pixels;
        long input = inputTensor.bytes(1, size.width(), size.height());
        double budget = batchBytes / (input + inside) / (1 + references);
        return (int) Math.max(1, Math.min(MAXIMUM_ROWS, Math.min(budget, (double) Integer.MAX_VALUE / input)));
    }

    @Override
    public int decodeAhead() {
        return thread == null ? 0 : MAXIMUM_ROWS;
    }

    @Override
    void closeSessions() throws OrtException {
        try (head;
                backbone) {
            if (winograd != null) {
                winograd.close();
            }
        } finally {
            if (coreHead != null) {
                coreHead.close();
            }
        }
    }
}
