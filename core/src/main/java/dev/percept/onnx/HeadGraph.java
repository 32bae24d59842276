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
import java.util.List;
import java.util.stream.LongStream;

/**
 * Writes the head: the graph that compares features.
 *
 * <p>For each layer l it takes {@code reference_l} (one row, or as many as there are candidates) and {@code candidate_l}
 * (one row each), and returns {@code sum_l}: per candidate the sum of the squared or absolute differences, in double.
 * The last axis is summed in float and the rest in double: a float sum over a whole 1024 px layer is off by 2.5e-3.
 */
final class HeadGraph {
    private static final int OPSET = 17;
    private static final int IR_VERSION = 8;

    private final GraphProto.Builder graph = GraphProto.newBuilder().setName("percept-head");

    private HeadGraph() {}

    /**
     * One layer to compare.
     *
     * @param elementType of its features, as ONNX numbers them
     * @param rank of its features
     * @param absolute true to sum absolute differences, false to sum squared ones
     */
    record Layer(int elementType, int rank, boolean absolute) {}

    static String reference(int layer) {
        return "reference_" + layer;
    }

    static String candidate(int layer) {
        return "candidate_" + layer;
    }

    static String sum(int layer) {
        return "sum_" + layer;
    }

    /** The head for these layers, as a serialised ONNX model. */
    static byte[] of(List<Layer> layers) {
        HeadGraph head = new HeadGraph();
        for (int i = 0; i < layers.size(); i++) {
            head.add(i, layers.get(i));
        }
        return ModelProto.newBuilder()
                .setIrVersion(IR_VERSION)
                .setProducerName("percept")
                .addOpsetImport(OperatorSetIdProto.newBuilder().setVersion(OPSET))
                .setGraph(head.graph)
                .build()
                .toByteArray();
    }

    private void add(int index, Layer layer) {
        graph.addInput(port(reference(index), layer.elementType, layer.rank));
        graph.addInput(port(candidate(index), layer.elementType, layer.rank));
        boolean wide = layer.elementType == TensorProto.DataType.DOUBLE_VALUE;
        int type = wide ? TensorProto.DataType.DOUBLE_VALUE : TensorProto.DataType.FLOAT_VALUE;
        String left = cast(candidate(index), type, "left_" + index);
        String right = cast(reference(index), type, "right_" + index);
        String difference = node("Sub", "difference_" + index, left, right);
        String rows;
        if (layer.absolute) {
            String absolute = node("Abs", "absolute_" + index, difference);
            rows = sum("rows_" + index, absolute, List.of(-1L), true);
        } else {
            rows = "rows_" + index;
            graph.addNode(NodeProto.newBuilder()
                    .setOpType("ReduceSumSquare")
                    .addInput(difference)
                    .addOutput(rows)
                    .addAttribute(AttributeProto.newBuilder()
                            .setName("axes")
                            .setType(AttributeProto.AttributeType.INTS)
                            .addInts(-1))
                    .addAttribute(integer("keepdims", 1)));
        }
        String doubles = cast(rows, TensorProto.DataType.DOUBLE_VALUE, "doubles_" + index);
        List<Long> axes = LongStream.range(1, layer.rank).boxed().toList();
        sum(sum(index), doubles, axes, false);
        graph.addOutput(port(sum(index), TensorProto.DataType.DOUBLE_VALUE, 1));
    }

    private String cast(String from, int type, String to) {
        graph.addNode(NodeProto.newBuilder()
                .setOpType("Cast")
                .addInput(from)
                .addOutput(to)
                .addAttribute(integer("to", type)));
        return to;
    }

    private String sum(String to, String from, List<Long> axes, boolean keep) {
        String axesName = to + "_axes";
        graph.addInitializer(TensorProto.newBuilder()
                .setName(axesName)
                .setDataType(TensorProto.DataType.INT64_VALUE)
                .addDims(axes.size())
                .addAllInt64Data(axes));
        graph.addNode(NodeProto.newBuilder()
                .setOpType("ReduceSum")
                .addInput(from)
                .addInput(axesName)
                .addOutput(to)
                .addAttribute(integer("keepdims", keep ? 1 : 0)));
        return to;
    }

    private String node(String operator, String to, String... from) {
        graph.addNode(NodeProto.newBuilder()
                .setOpType(operator)
                .addAllInput(List.of(from))
                .addOutput(to));
        return to;
    }

    private static AttributeProto integer(String name, long value) {
        return AttributeProto.newBuilder()
                .setName(name)
                .setType(AttributeProto.AttributeType.INT)
                .setI(value)
                .build();
    }

    private static ValueInfoProto port(String name, int type, int rank) {
        TensorShapeProto.Builder shape = TensorShapeProto.newBuilder();
        for (int axis = 0; axis < rank; axis++) {
            shape.addDim(TensorShapeProto.Dimension.newBuilder().setDimParam(name + "_" + axis));
        }
        return ValueInfoProto.newBuilder()
                .setName(name)
                .setType(TypeProto.newBuilder()
                        .setTensorType(
                                TypeProto.Tensor.newBuilder().setElemType(type).setShape(shape)))
                .build();
    }
}
