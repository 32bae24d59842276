package dev.percept.onnx;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OnnxTensorLike;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import dev.percept.onnx.winograd.Tensor;
import dev.percept.onnx.winograd.WinogradGraph;
import java.nio.FloatBuffer;
import java.nio.IntBuffer;
import java.util.HashMap;
import java.util.Map;

/** A session of a rewritten graph, and the constants in native memory that it shares with others. For {@link WinogradSessions}. */
final class WinogradSession {
    /** What it takes. */
    record Shape(int rows, int height, int width) {
        boolean isOf(int otherHeight, int otherWidth) {
            return height == otherHeight && width == otherWidth;
        }
    }

    final Shape shape;
    final long bytes;
    private final OrtSession session;
    /** ONNX Runtime reads them where they are: they must stay reachable and open while the session is. */
    private final Map<String, OnnxTensorLike> constants;

    /** How many calls use it. Guarded by {@link WinogradSessions}, as is the next. */
    int users;

    boolean evicted;
    /** Whether its features were compared with the plain session's. */
    volatile boolean proven;

    /** A change of options before a session is made with them. */
    interface Change {
        void of(OrtSession.SessionOptions options) throws OrtException;
    }

    /** @param constants that belong to it */
    WinogradSession(Shape shape, long bytes, OrtSession session, Map<String, OnnxTensorLike> constants) {
        this.shape = shape;
        this.bytes = bytes;
        this.session = session;
        this.constants = constants;
    }

    /**
     * Makes one.
     *
     * @param bytes that are this session's own, roughly
     * @param change of its options
     */
    static WinogradSession create(
            OrtEnvironment environment,
            SessionSettings settings,
            Shape shape,
            WinogradGraph.Written graph,
            long bytes,
            Change change)
            throws OrtException {
        Map<String, OnnxTensorLike> constants = new HashMap<>();
        OrtSession session = null;
        try (OrtSession.SessionOptions options = options(settings)) {
            for (Map.Entry<String, Tensor> each : graph.beside().entrySet()) {
                OnnxTensor tensor = tensor(environment, each.getValue());
                constants.put(each.getKey(), tensor);
                // As an external one it need not be in the model; as a given one it isn't copied.
                options.addInitializer(each.getKey(), tensor);
            }
            options.addExternalInitializers(constants);
            change.of(options);
            session = environment.createSession(graph.model(), options);
            return new WinogradSession(shape, bytes, session, constants);
        } finally {
            if (session == null) {
                constants.values().forEach(OnnxTensorLike::close);
            }
        }
    }

    /** Options for a session of any rewritten graph. The caller closes them. */
    static OrtSession.SessionOptions options(SessionSettings settings) throws OrtException {
        OrtSession.SessionOptions options = settings.options(Execution.CPU, null);
        // Packing would copy what is shared.
        options.addConfigEntry("session.disable_prepacking", "1");
        return options;
    }

    private static OnnxTensor tensor(OrtEnvironment environment, Tensor tensor) throws OrtException {
        long[] shape = tensor.shape().stream().mapToLong(Long::longValue).toArray();
        return tensor.values() instanceof FloatBuffer floats
                ? OnnxTensor.createTensor(environment, floats, shape)
                : OnnxTensor.createTensor(environment, (IntBuffer) tensor.values(), shape);
    }

    OrtSession session() {
        return session;
    }

    void close() throws OrtException {
        try {
            session.close();
        } finally {
            constants.values().forEach(OnnxTensorLike::close);
        }
    }
}
