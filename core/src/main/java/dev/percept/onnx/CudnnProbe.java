package dev.percept.onnx;

import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.OperatorSetIdProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import dev.percept.CudaOptions;
import dev.percept.Precision;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.Map;

/** The smallest convolution: whether the loader finds cuDNN is the loader's to say. */
final class CudnnProbe {
    private static final long[] SHAPE = {1, 1, 1, 1};

    private CudnnProbe() {}

    /** Runs it; false if ONNX Runtime can't. */
    static boolean works(Execution execution) {
        SessionSettings settings = new SessionSettings(1, Precision.FP32, CudaOptions.defaults());
        OrtEnvironment environment = OnnxRuntime.get().environment();
        ByteBuffer one = ByteBuffer.allocateDirect(Float.BYTES).order(ByteOrder.nativeOrder());
        one.putFloat(0, 1);
        try (OrtSession.SessionOptions options = settings.options(execution, null);
                OrtSession session = environment.createSession(model(), options);
                OnnxTensor input = OnnxTensor.createTensor(environment, one.asFloatBuffer(), SHAPE);
                OrtSession.Result result = session.run(Map.of("input", input))) {
            return result.size() == 1;
        } catch (OrtException e) {
            return false;
        }
    }

    private static byte[] model() {
        GraphProto.Builder graph = GraphProto.newBuilder().setName("probe");
        GraphWriter writer = new GraphWriter(graph, 17, "");
        graph.addInput(writer.port("input", TensorProto.DataType.FLOAT_VALUE, SHAPE.length));
        writer.node("Conv", "output", "input", writer.floats("kernel", List.of(1L, 1L, 1L, 1L), List.of(2f)));
        graph.addOutput(writer.port("output", TensorProto.DataType.FLOAT_VALUE, SHAPE.length));
        return ModelProto.newBuilder()
                .setIrVersion(8)
                .addOpsetImport(OperatorSetIdProto.newBuilder().setVersion(17))
                .setGraph(graph)
                .build()
                .toByteArray();
    }
}
