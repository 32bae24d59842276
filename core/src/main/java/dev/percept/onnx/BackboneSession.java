package dev.percept.onnx;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import dev.percept.ImageException;
import dev.percept.LayerSpec;
import dev.percept.ModelException;
import dev.percept.PerceptException;
import dev.percept.image.Pixels;
import dev.percept.kept.Digests;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Turns pictures into features: by the backbone as it is, or by a session of a graph that computes the same. Thread-safe. */
final class BackboneSession implements AutoCloseable {
    private final BackboneModel model;
    private final List<LayerSpec> layers;
    private final Set<String> outputs = new LinkedHashSet<>();
    private final InputTensor inputTensor;
    private final BufferPool buffers;
    private final GpuHealth health;
    private final @Nullable GpuThread thread;
    private final OnnxRuntime runtime = OnnxRuntime.get();
    private final SessionSettings settings;
    private final Execution execution;
    private final KeptGraphs kept;
    /** The state that the model's file had, where the session is opened later. */
    private final Digests.@Nullable State state;

    /** Null until it is opened. Guarded by this. */
    private @Nullable OrtSession session;

    /** Bytes of features for each pixel of a picture, as last seen; 0 before any was. */
    private volatile double featureBytesPerPixel;

    /**
     * Creates the session.
     *
     * @param thread that it runs on, or null for whichever calls
     * @param kept where its graph may be kept
     * @param later whether to open it with the first pictures that run plainly, if its graph is kept: there may be none
     * @throws OrtException if ONNX Runtime refuses the model or the device
     */
    BackboneSession(
            BackboneModel model,
            SessionSettings settings,
            Execution execution,
            BufferPool buffers,
            GpuHealth health,
            @Nullable GpuThread thread,
            KeptGraphs kept,
            boolean later)
            throws OrtException {
        this.model = model;
        this.layers = model.layers();
        this.inputTensor = new InputTensor(model.input());
        this.buffers = buffers;
        this.health = health;
        this.thread = thread;
        layers.forEach(layer -> outputs.add(layer.output()));
        this.settings = settings;
        this.execution = execution;
        this.kept = kept;
        KeptGraphs.Entry entry = later ? kept.entry(model, settings, execution, "") : null;
        this.state = entry != null && kept.has(entry) ? state(entry.model()) : null;
        if (state == null) {
            this.session = kept.session(model, settings, execution);
        }
    }

    private Digests.State state(Path file) {
        try {
            return Digests.State.of(file);
        } catch (IOException e) {
            throw new ModelException(
                    model.name(), "it can't be read (" + PerceptException.reason(e) + ")", "check the path", e);
        }
    }

    private synchronized OrtSession plain() {
        OrtSession opened = session;
        if (opened == null) {
            try {
                opened = kept.find(model, settings, execution);
                if (opened == null) {
                    opened = ofFile();
                }
            } catch (OrtException e) {
                throw new ModelException(
                        model.name(), "ONNX Runtime refuses it: " + e.getMessage(), "open the model again", e);
            }
            session = opened;
        }
        return opened;
    }

    /** The model's file is read anew, and so has to be the one that it was. */
    private OrtSession ofFile() throws OrtException {
        OrtSession opened = kept.session(model, settings, execution);
        if (state(Objects.requireNonNull(model.file())).equals(state)) {
            return opened;
        }
        opened.close();
        throw new ModelException(model.name(), "it has changed since it was opened", "open it again");
    }

    /** Rows of a tensor with these pictures. */
    int rows(List<Pixels> pictures) {
        return model.input().batch() == null ? pictures.size() : model.input().batch();
    }

    /** Runs pictures on the backbone as it is. */
    FeatureBatch run(List<Pixels> pictures) {
        int rows = rows(pictures);
        return thread == null
                ? run(pictures, plain(), rows, WinogradSessions.PLAIN)
                : thread.call(() -> run(pictures, plain(), rows, WinogradSessions.PLAIN));
    }

    /** Runs pictures on another session that computes the same, on other kernels. */
    FeatureBatch run(List<Pixels> pictures, OrtSession other, int rows, String kernels) {
        Pixels first = pictures.get(0);
        ByteBuffer buffer = buffer(first, rows);
        FeatureBatch features = null;
        try (OnnxTensor tensor = inputTensor.write(runtime.environment(), buffer, pictures, rows)) {
            health.require();
            features = featuresOf(other.run(Map.of(model.input().name(), tensor), outputs), buffer, kernels);
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
        long bytes = inputBytes(rows, picture);
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

    /** Bytes of the tensor for this many pictures of a size. */
    long inputBytes(int rows, Pixels size) {
        return inputTensor.bytes(rows, size.width(), size.height());
    }

    /** Bytes of features for each pixel of a picture, as last seen; 0 before any was. */
    double featureBytesPerPixel() {
        return featureBytesPerPixel;
    }

    @Override
    public synchronized void close() throws OrtException {
        if (session != null) {
            session.close();
        }
    }
}
