package dev.percept.onnx;

import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import ai.onnx.proto.OnnxMl.TensorShapeProto;
import ai.onnx.proto.OnnxMl.TypeProto;
import ai.onnx.proto.OnnxMl.ValueInfoProto;
import java.util.List;

/**
 * Adds nodes to an ONNX graph, each called as what it writes. Every method takes names of values and returns the name of its
 * result; all names that it makes begin with its prefix, so that they clash with nobody's.
 */
final class GraphWriter {
    private final GraphProto.Builder graph;
    private final long opset;
    private final String prefix;

    /**
     * A writer to a graph.
     *
     * @param graph to add to
     * @param opset of the default operator domain, 13 or later
     * @param prefix that no name in the graph begins with
     */
    GraphWriter(GraphProto.Builder graph, long opset, String prefix) {
        this.graph = graph;
        this.opset = opset;
        this.prefix = prefix;
    }

    /** The full name of what this writer calls so. */
    String name(String suffix) {
        return prefix + suffix;
    }

    /** A graph input or output's declaration, with free lengths. */
    ValueInfoProto port(String suffix, int elementType, int rank) {
        TensorShapeProto.Builder shape = TensorShapeProto.newBuilder();
        for (int axis = 0; axis < rank; axis++) {
            shape.addDim(TensorShapeProto.Dimension.newBuilder().setDimParam(name(suffix) + "_" + axis));
        }
        return ValueInfoProto.newBuilder()
                .setName(name(suffix))
                .setType(TypeProto.newBuilder()
                        .setTensorType(TypeProto.Tensor.newBuilder()
                                .setElemType(elementType)
                                .setShape(shape)))
                .build();
    }

    String node(String operator, String suffix, String... from) {
        return node(operator, suffix, List.of(from), List.of());
    }

    String node(String operator, String suffix, List<String> from, List<AttributeProto> attributes) {
        String to = name(suffix);
        graph.addNode(NodeProto.newBuilder()
                .setName(to)
                .setOpType(operator)
                .addAllInput(from)
                .addOutput(to)
                .addAllAttribute(attributes));
        return to;
    }

    String cast(String suffix, String from, int elementType) {
        return node("Cast", suffix, List.of(from), List.of(integer("to", elementType)));
    }

    /** Writes a value under a name that was there before this writer. */
    void rename(String from, String to) {
        graph.addNode(NodeProto.newBuilder()
                .setName(name("rename"))
                .setOpType("Identity")
                .addInput(from)
                .addOutput(to));
    }

    String sum(String suffix, String from, List<Long> axes, boolean keep) {
        return node(
                "ReduceSum",
                suffix,
                List.of(from, longs(suffix + "_axes", axes)),
                List.of(integer("keepdims", keep ? 1 : 0)));
    }

    /**
     * The sum of the squares along an axis.
     *
     * @param keep whether the axis stays, with length 1
     */
    String sumOfSquares(String suffix, String from, long axis, boolean keep) {
        AttributeProto keepDims = integer("keepdims", keep ? 1 : 0);
        return opset < 18
                ? node("ReduceSumSquare", suffix, List.of(from), List.of(integers("axes", axis), keepDims))
                : node(
                        "ReduceSumSquare",
                        suffix,
                        List.of(from, longs(suffix + "_axes", List.of(axis))),
                        List.of(keepDims));
    }

    /** What lies from one row to before another. */
    String rows(String suffix, String from, String start, String end) {
        return node("Slice", suffix, from, start, end, longs(suffix + "_axes", List.of(0L)));
    }

    String longs(String suffix, List<Long> values) {
        graph.addInitializer(TensorProto.newBuilder()
                .setName(name(suffix))
                .setDataType(TensorProto.DataType.INT64_VALUE)
                .addDims(values.size())
                .addAllInt64Data(values));
        return name(suffix);
    }

    String ints(String suffix, List<Long> shape, List<Integer> values) {
        graph.addInitializer(TensorProto.newBuilder()
                .setName(name(suffix))
                .setDataType(TensorProto.DataType.INT32_VALUE)
                .addAllDims(shape)
                .addAllInt32Data(values));
        return name(suffix);
    }

    String floats(String suffix, List<Long> shape, List<Float> values) {
        graph.addInitializer(TensorProto.newBuilder()
                .setName(name(suffix))
                .setDataType(TensorProto.DataType.FLOAT_VALUE)
                .addAllDims(shape)
                .addAllFloatData(values));
        return name(suffix);
    }

    static AttributeProto integer(String name, long value) {
        return AttributeProto.newBuilder()
                .setName(name)
                .setType(AttributeProto.AttributeType.INT)
                .setI(value)
                .build();
    }

    static AttributeProto integers(String name, long... values) {
        AttributeProto.Builder attribute =
                AttributeProto.newBuilder().setName(name).setType(AttributeProto.AttributeType.INTS);
        for (long value : values) {
            attribute.addInts(value);
        }
        return attribute.build();
    }
}
