package dev.percept.onnx;

import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.OperatorSetIdProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import ai.onnx.proto.OnnxMl.TensorShapeProto;
import ai.onnx.proto.OnnxMl.TypeProto;
import ai.onnx.proto.OnnxMl.ValueInfoProto;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import java.nio.FloatBuffer;
import java.util.List;
import java.util.Map;

/**
 * How many channels are in one of the blocks that ONNX Runtime's own CPU operators work on. That depends on the processor and is said
 * nowhere; so a small tensor is brought into blocks, once per process, to see where its values go.
 */
public final class BlockSize {
    /** A multiple of every length that is used. */
    private static final int CHANNELS = 32;

    private static final int PLACES = 2;

    private BlockSize() {}

    /** Looks once, when it is first asked for. */
    private static final class Found {
        static final int VALUE = probe();
    }

    /** 8 or 16; or 0 where there are no such operators, or they are not what they are taken for. */
    public static int get() {
        return Found.VALUE;
    }

    private static int probe() {
        var environment = OnnxRuntime.get().environment();
        float[] values = new float[CHANNELS * PLACES];
        for (int i = 0; i < values.length; i++) {
            values[i] = i;
        }
        try (OrtSession.SessionOptions options = new OrtSession.SessionOptions()) {
            options.setIntraOpNumThreads(1);
            try (OrtSession session = environment.createSession(model(), options);
                    OnnxTensor tensor = OnnxTensor.createTensor(
                            environment, FloatBuffer.wrap(values), new long[] {1, CHANNELS, PLACES, 1});
                    OrtSession.Result result = session.run(Map.of("values", tensor))) {
                float[] blocked = new float[values.length];
                ((OnnxTensor) result.get(0)).getFloatBuffer().get(blocked);
                return blockOf(blocked);
            }
        } catch (OrtException | RuntimeException e) {
            System.getLogger(BlockSize.class.getName())
                    .log(System.Logger.Level.DEBUG, "ONNX Runtime has no blocked operators here", e);
            return 0;
        }
    }

    /** The length of blocks, seen from where the values 0, 1, 2 … of channels of two places each have gone. */
    static int blockOf(float[] blocked) {
        for (int block : new int[] {8, 16}) {
            boolean fits = true;
            for (int i = 0; i < blocked.length; i++) {
                int channel = i / (block * PLACES) * block + i % block;
                int place = i / block % PLACES;
                fits &= blocked[i] == channel * PLACES + place;
            }
            if (fits) {
                return block;
            }
        }
        return 0;
    }

    private static byte[] model() {
        GraphProto graph = GraphProto.newBuilder()
                .setName("percept-block")
                .addInput(port("values"))
                .addOutput(port("blocked"))
                .addNode(NodeProto.newBuilder()
                        .setDomain("com.microsoft.nchwc")
                        .setOpType("ReorderInput")
                        .addInput("values")
                        .addOutput("blocked")
                        .addAttribute(AttributeProto.newBuilder()
                                .setName("channels_last")
                                .setType(AttributeProto.AttributeType.INT)))
                .build();
        return ModelProto.newBuilder()
                .setIrVersion(8)
                .addOpsetImport(OperatorSetIdProto.newBuilder().setVersion(17))
                .addOpsetImport(OperatorSetIdProto.newBuilder()
                        .setDomain("com.microsoft.nchwc")
                        .setVersion(1))
                .setGraph(graph)
                .build()
                .toByteArray();
    }

    private static ValueInfoProto port(String name) {
        TensorShapeProto.Builder shape = TensorShapeProto.newBuilder();
        for (int length : List.of(1, CHANNELS, PLACES, 1)) {
            shape.addDim(TensorShapeProto.Dimension.newBuilder().setDimValue(length));
        }
        return ValueInfoProto.newBuilder()
                .setName(name)
                .setType(TypeProto.newBuilder()
                        .setTensorType(TypeProto.Tensor.newBuilder()
                                .setElemType(TensorProto.DataType.FLOAT_VALUE)
                                .setShape(shape)))
                .build();
    }
}
