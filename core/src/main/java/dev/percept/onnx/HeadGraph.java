package dev.percept.onnx;

import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.OperatorSetIdProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import dev.percept.Distance;
import dev.percept.LayerSpec;
import java.util.List;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;

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

    private HeadGraph() {}

    /** For a head that compares cores: first row and column of a layer to compare, then the ones after the last. */
    static String core(int layer) {
        return "core_" + layer;
    }

    /**
     * One layer to compare.
     *
     * @param elementType of its features, as ONNX numbers them
     * @param rank of its features
     * @param absolute true to sum absolute differences, false to sum squared ones
     */
    record Layer(int elementType, int rank, boolean absolute) {
        static Layer of(LayerSpec layer, ModelGraph graph) {
            ModelGraph.Port port = graph.outputs().get(layer.output());
            if (port == null) {
                throw new IllegalArgumentException("the spec was not checked against the graph: " + layer);
            }
            return new Layer(port.elementType(), layer.layout().rank(), layer.distance() == Distance.MAE);
        }
    }

    static String reference(int layer) {
        return "reference_" + layer;
    }

    static String candidate(int layer) {
        return "candidate_" + layer;
    }

    static String sum(int layer) {
        return "sum_" + layer;
    }

    static String map(int layer) {
        return "map_" + layer;
    }

    /** The head for these layers, as a serialised ONNX model. */
    static byte[] of(List<Layer> layers) {
        return of(layers, null);
    }

    /**
     * A head that compares the cores of windows: only the cells in a rectangle of each layer, {@link #core}.
     *
     * @param axes for each layer the positions of its rows and its columns, or null to compare everything
     */
    static byte[] of(List<Layer> layers, @Nullable List<List<Long>> axes) {
        GraphProto.Builder graph = GraphProto.newBuilder().setName("percept-head");
        GraphWriter writer = new GraphWriter(graph, OPSET, "");
        for (int i = 0; i < layers.size(); i++) {
            Layer layer = layers.get(i);
            graph.addInput(writer.port(reference(i), layer.elementType, layer.rank));
            graph.addInput(writer.port(candidate(i), layer.elementType, layer.rank));
            if (axes == null) {
                append(writer, graph, i, layer, reference(i), candidate(i));
                continue;
            }
            graph.addInput(writer.port(core(i), TensorProto.DataType.INT64_VALUE, 1));
            String from = writer.rows(
                    "from_" + i,
                    core(i),
                    writer.longs("first_" + i, List.of(0L)),
                    writer.longs("third_" + i, List.of(2L)));
            String to =
                    writer.rows("to_" + i, core(i), writer.name("third_" + i), writer.longs("end_" + i, List.of(4L)));
            String both = writer.longs("axes_" + i, axes.get(i));
            append(
                    writer,
                    graph,
                    i,
                    layer,
                    writer.node("Slice", "reference_core_" + i, reference(i), from, to, both),
                    writer.node("Slice", "candidate_core_" + i, candidate(i), from, to, both));
        }
        return model(graph);
    }

    /**
     * A head that compares place by place: {@link #map} is, for each picture and each place, the sum over channels, in float.
     *
     * @param channelAxes for each layer the position of its channels
     */
    static byte[] ofMaps(List<Layer> layers, List<Integer> channelAxes) {
        GraphProto.Builder graph = GraphProto.newBuilder().setName("percept-map-head");
        GraphWriter writer = new GraphWriter(graph, OPSET, "");
        for (int i = 0; i < layers.size(); i++) {
            Layer layer = layers.get(i);
            graph.addInput(writer.port(reference(i), layer.elementType, layer.rank));
            graph.addInput(writer.port(candidate(i), layer.elementType, layer.rank));
            String sums = summed(writer, i, layer, reference(i), candidate(i), channelAxes.get(i), false);
            writer.cast(map(i), sums, TensorProto.DataType.FLOAT_VALUE);
            graph.addOutput(writer.port(map(i), TensorProto.DataType.FLOAT_VALUE, layer.rank - 1));
        }
        return model(graph);
    }

    private static byte[] model(GraphProto.Builder graph) {
        return ModelProto.newBuilder()
                .setIrVersion(IR_VERSION)
                .setProducerName("percept")
                .addOpsetImport(OperatorSetIdProto.newBuilder().setVersion(OPSET))
                .setGraph(graph)
                .build()
                .toByteArray();
    }

    /**
     * Compares one layer, and makes the sums an output of the graph, called {@link #sum}.
     *
     * @param reference name of the reference's features
     * @param candidate name of the candidates' features
     */
    static void append(
            GraphWriter writer, GraphProto.Builder graph, int index, Layer layer, String reference, String candidate) {
        String rows = summed(writer, index, layer, reference, candidate, -1, true);
        String doubles = writer.cast("doubles_" + index, rows, TensorProto.DataType.DOUBLE_VALUE);
        List<Long> axes = LongStream.range(1, layer.rank).boxed().toList();
        writer.sum(sum(index), doubles, axes, false);
        graph.addOutput(writer.port(sum(index), TensorProto.DataType.DOUBLE_VALUE, 1));
    }

    /** The squared or absolute differences of one layer, summed along an axis; in double where features are, else in float. */
    private static String summed(
            GraphWriter writer, int index, Layer layer, String reference, String candidate, long axis, boolean keep) {
        boolean wide = layer.elementType == TensorProto.DataType.DOUBLE_VALUE;
        int type = wide ? TensorProto.DataType.DOUBLE_VALUE : TensorProto.DataType.FLOAT_VALUE;
        // Halves are widened before they are subtracted: distances are computed in float whatever the features are in.
        String left = writer.cast("left_" + index, candidate, type);
        String right = writer.cast("right_" + index, reference, type);
        String difference = writer.node("Sub", "difference_" + index, left, right);
        return layer.absolute
                ? writer.sum("rows_" + index, writer.node("Abs", "absolute_" + index, difference), List.of(axis), keep)
                : writer.sumOfSquares("rows_" + index, difference, axis, keep);
    }
}
