package dev.percept;

import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.OperatorSetIdProto;
import ai.onnx.proto.OnnxMl.StringStringEntryProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import ai.onnx.proto.OnnxMl.TensorShapeProto;
import ai.onnx.proto.OnnxMl.TypeProto;
import ai.onnx.proto.OnnxMl.ValueInfoProto;
import com.google.protobuf.ByteString;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Writes the small ONNX graphs that tests need, node by node. */
public final class TestGraph {
    public static final int FLOAT = TensorProto.DataType.FLOAT_VALUE;
    public static final int FLOAT16 = TensorProto.DataType.FLOAT16_VALUE;
    public static final int DOUBLE = TensorProto.DataType.DOUBLE_VALUE;
    public static final int UINT8 = TensorProto.DataType.UINT8_VALUE;
    public static final int INT64 = TensorProto.DataType.INT64_VALUE;

    private final ModelProto.Builder model = ModelProto.newBuilder().setIrVersion(8);
    private final GraphProto.Builder graph = GraphProto.newBuilder().setName("test");

    public TestGraph(int opset) {
        model.addOpsetImport(OperatorSetIdProto.newBuilder().setVersion(opset));
    }

    /**
     * Adds an input.
     *
     * @param shape lengths; a negative one is free
     */
    public TestGraph input(String name, int type, long... shape) {
        graph.addInput(port(name, type, shape));
        return this;
    }

    /**
     * Makes a value an output.
     *
     * @param shape lengths; a negative one is free
     */
    public TestGraph output(String name, int type, long... shape) {
        graph.addOutput(port(name, type, shape));
        return this;
    }

    public TestGraph floats(String name, List<Integer> shape, float... values) {
        ByteBuffer raw = ByteBuffer.allocate(values.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        raw.asFloatBuffer().put(values);
        graph.addInitializer(tensor(name, FLOAT, shape).setRawData(ByteString.copyFrom(raw)));
        return this;
    }

    public TestGraph longs(String name, long... values) {
        TensorProto.Builder tensor = tensor(name, INT64, List.of(values.length));
        for (long value : values) {
            tensor.addInt64Data(value);
        }
        graph.addInitializer(tensor);
        return this;
    }

    /** A float tensor whose data is said to lie in another file. */
    public TestGraph external(String name, List<Integer> shape, String location) {
        graph.addInitializer(tensor(name, FLOAT, shape)
                .setDataLocation(TensorProto.DataLocation.EXTERNAL)
                .addExternalData(entry("location", location)));
        return this;
    }

    /**
     * Adds a node.
     *
     * @param attributes names, each followed by a Long, a long[] or a String
     */
    public TestGraph node(String operator, List<String> from, String to, Object... attributes) {
        NodeProto.Builder node =
                NodeProto.newBuilder().setOpType(operator).addAllInput(from).addOutput(to);
        for (int i = 0; i < attributes.length; i += 2) {
            AttributeProto.Builder attribute = AttributeProto.newBuilder().setName((String) attributes[i]);
            if (attributes[i + 1] instanceof Long value) {
                attribute.setType(AttributeProto.AttributeType.INT).setI(value);
            } else if (attributes[i + 1] instanceof String text) {
                attribute.setType(AttributeProto.AttributeType.STRING).setS(ByteString.copyFromUtf8(text));
            } else {
                attribute.setType(AttributeProto.AttributeType.INTS);
                for (long value : (long[]) attributes[i + 1]) {
                    attribute.addInts(value);
                }
            }
            node.addAttribute(attribute);
        }
        graph.addNode(node);
        return this;
    }

    /** Names the last node that was added. */
    public TestGraph named(String name) {
        graph.getNodeBuilder(graph.getNodeCount() - 1).setName(name);
        return this;
    }

    public TestGraph spec(String json) {
        model.addMetadataProps(entry(Backbone.SPEC_KEY, json));
        return this;
    }

    public byte[] bytes() {
        return model.setGraph(graph).build().toByteArray();
    }

    public Path writeTo(Path file) throws IOException {
        return Files.write(file, bytes());
    }

    private static StringStringEntryProto.Builder entry(String key, String value) {
        return StringStringEntryProto.newBuilder().setKey(key).setValue(value);
    }

    private static TensorProto.Builder tensor(String name, int type, List<Integer> shape) {
        TensorProto.Builder tensor = TensorProto.newBuilder().setName(name).setDataType(type);
        shape.forEach(tensor::addDims);
        return tensor;
    }

    private static ValueInfoProto port(String name, int type, long... shape) {
        TensorShapeProto.Builder dims = TensorShapeProto.newBuilder();
        for (int axis = 0; axis < shape.length; axis++) {
            TensorShapeProto.Dimension.Builder dim = TensorShapeProto.Dimension.newBuilder();
            dims.addDim(shape[axis] < 0 ? dim.setDimParam(name + axis) : dim.setDimValue(shape[axis]));
        }
        return ValueInfoProto.newBuilder()
                .setName(name)
                .setType(TypeProto.newBuilder()
                        .setTensorType(
                                TypeProto.Tensor.newBuilder().setElemType(type).setShape(dims)))
                .build();
    }
}
