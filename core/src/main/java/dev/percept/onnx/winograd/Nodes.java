package dev.percept.onnx.winograd;

import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.StringStringEntryProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import com.google.protobuf.ByteString;
import java.nio.Buffer;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.IntBuffer;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;

/** Writes nodes and constants. All names that it makes begin with a prefix of its own. */
final class Nodes {
    private final GraphProto.Builder graph;
    private final String prefix;
    /** Constants of this model that are used again, by what they hold. */
    private final Map<Object, String> known = new HashMap<>();

    private final Map<String, Tensor> beside = new LinkedHashMap<>();
    private int count;

    /** @param prefix that no name in the graph begins with */
    Nodes(GraphProto.Builder graph, String prefix) {
        this.graph = graph;
        this.prefix = prefix;
    }

    /** The large constants, by name: the model only declares them. */
    Map<String, Tensor> beside() {
        return beside;
    }

    private String name() {
        return prefix + count++;
    }

    String add(String operator, List<String> from, AttributeProto... attributes) {
        return add(operator, from, null, attributes);
    }

    /** @param to name of the result, or null for a new one */
    String add(String operator, List<String> from, @Nullable String to, AttributeProto... attributes) {
        return add("", operator, from, to, attributes);
    }

    String add(String domain, String operator, List<String> from, @Nullable String to, AttributeProto... attributes) {
        String result = to == null ? name() : to;
        graph.addNode(NodeProto.newBuilder()
                .setDomain(domain)
                .setName(name())
                .setOpType(operator)
                .addAllInput(from)
                .addOutput(result)
                .addAllAttribute(List.of(attributes)));
        return result;
    }

    String reshape(String value, long... shape) {
        return add("Reshape", List.of(value, longs(shape)));
    }

    String longs(long... values) {
        List<Long> all = LongStream.of(values).boxed().toList();
        return known.computeIfAbsent(
                all,
                absent -> declare(TensorProto.newBuilder()
                        .setDataType(TensorProto.DataType.INT64_VALUE)
                        .addDims(values.length)
                        .addAllInt64Data(all)));
    }

    /** A small constant, written into the model. */
    String floats(float[] values, long... shape) {
        ByteBuffer bytes = ByteBuffer.allocate(values.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        bytes.asFloatBuffer().put(values);
        TensorProto tensor = TensorProto.newBuilder()
                .setDataType(TensorProto.DataType.FLOAT_VALUE)
                .addAllDims(LongStream.of(shape).boxed().toList())
                .setRawData(ByteString.copyFrom(bytes))
                .build();
        return known.computeIfAbsent(tensor, absent -> declare(tensor.toBuilder()));
    }

    private String declare(TensorProto.Builder tensor) {
        String name = name();
        graph.addInitializer(tensor.setName(name));
        return name;
    }

    /** A large constant: rows to gather. */
    String indices(IntBuffer values) {
        return beside(TensorProto.DataType.INT32_VALUE, values, values.capacity());
    }

    /** A large constant. */
    String floats(FloatBuffer values, long... shape) {
        return beside(TensorProto.DataType.FLOAT_VALUE, values, shape);
    }

    private String beside(int type, Buffer values, long... shape) {
        List<Long> lengths = LongStream.of(shape).boxed().toList();
        String name = declare(TensorProto.newBuilder()
                .setDataType(type)
                .addAllDims(lengths)
                .setDataLocation(TensorProto.DataLocation.EXTERNAL)
                .addExternalData(
                        StringStringEntryProto.newBuilder().setKey("location").setValue("memory")));
        beside.put(name, new Tensor(values, lengths));
        return name;
    }

    static FloatBuffer directFloats(int count) {
        return ByteBuffer.allocateDirect(Math.multiplyExact(count, Float.BYTES))
                .order(ByteOrder.nativeOrder())
                .asFloatBuffer();
    }

    static IntBuffer directInts(int count) {
        return ByteBuffer.allocateDirect(Math.multiplyExact(count, Integer.BYTES))
                .order(ByteOrder.nativeOrder())
                .asIntBuffer();
    }

    static AttributeProto integer(String name, long value) {
        return AttributeProto.newBuilder()
                .setName(name)
                .setType(AttributeProto.AttributeType.INT)
                .setI(value)
                .build();
    }

    static AttributeProto integers(String name, List<Long> values) {
        return AttributeProto.newBuilder()
                .setName(name)
                .setType(AttributeProto.AttributeType.INTS)
                .addAllInts(values)
                .build();
    }

    static AttributeProto string(String name, String value) {
        return AttributeProto.newBuilder()
                .setName(name)
                .setType(AttributeProto.AttributeType.STRING)
                .setS(ByteString.copyFromUtf8(value))
                .build();
    }
}
