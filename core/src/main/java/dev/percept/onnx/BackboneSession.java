package dev.percept.onnx;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import dev.percept.ImageException;
import dev.percept.LayerSpec;
import dev.percept.ModelException;
import dev.percept.image.Pixels;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
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
    private final OrtSession session;

    /** Bytes of features for each pixel of a picture, as last seen; 0 before any was. */
    private volatile double featureBytesPerPixel;

    /**
     * Creates the session.
     *
     * @param thread that it runs on, or null for whichever calls
     * @throws OrtException if ONNX Runtime refuses the model or the device
     */
    BackboneSession(
            BackboneModel model,
            SessionSettings settings,
            Execution execution,
            BufferPool buffers,
            GpuHealth health,
            @Nullable GpuThread thread)
            throws OrtException {
        this.model = model;
        this.layers = model.layers();
        this.inputTensor = new InputTensor(model.input());
        this.buffers = buffers;
        this.health = health;
        this.thread = thread;
        layers.forEach(layer -> outputs.add(layer.output()));
        this.session = new KeptGraphs(runtime).session(model, settings, execution);
    }

    /** Rows of a tensor with these pictures. */
    int rows(List<Pixels> pictures) {
        return model.input().batch() == null ? pictures.size() : model.input().batch();
    }

    /** Runs pictures on the backbone as it is. */
    FeatureBatch run(List<Pixels> pictures) {
        int rows = rows(pictures);
        return thread == null
                ? run(pictures, session, rows, WinogradSessions.PLAIN)
                : thread.call(() -> run(pictures, session, rows, WinogradSessions.PLAIN));
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
    public void close() throws OrtException {
        session.close();
    }
}
