package dev.percept.onnx;

import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import dev.percept.FeatureLayout;
import dev.percept.InputSpec;
import dev.percept.LayerSpec;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Composes preprocessing, backbone and head into one graph, so that features never leave the device that computes them.
 *
 * <p>It takes {@link #reference()} and {@link #candidate()}, bytes of the shape {@code [rows, height, width, 3]} in sRGB, the
 * reference of one row or of as many as there are candidates; and returns for each layer l {@link #sum} (double, one per
 * candidate) and {@link #shape}, the shape of its features.
 *
 * @param model serialised
 * @param prefix of the names in it that the backbone doesn't have
 */
@SuppressWarnings("ArrayRecordComponent") // Handed on, never compared.
record FusedGraph(byte[] model, String prefix) {
    private static final String REFERENCE = "reference";
    private static final String CANDIDATE = "candidate";

    /**
     * Composes one.
     *
     * @param model the backbone, of a free batch
     * @param graph what was read of it
     * @param input what its input takes
     * @param layers to compare
     */
    static FusedGraph of(ModelProto model, ModelGraph graph, InputSpec input, List<LayerSpec> layers) {
        String prefix = freePrefix(model.getGraph());
        GraphProto.Builder fused = model.getGraph().toBuilder().clearNode().clearOutput();
        removeInput(fused, input.name());
        GraphWriter writer = new GraphWriter(fused, graph.opset(), prefix);
        fused.addInput(writer.port(REFERENCE, TensorProto.DataType.UINT8_VALUE, 4));
        fused.addInput(writer.port(CANDIDATE, TensorProto.DataType.UINT8_VALUE, 4));
        String pictures = writer.node(
                "Concat",
                "pictures",
                List.of(writer.name(REFERENCE), writer.name(CANDIDATE)),
                List.of(GraphWriter.integer("axis", 0)));
        writer.rename(preprocess(writer, pictures, input), input.name());
        fused.addAllNode(model.getGraph().getNodeList());
        String none = writer.longs("none", List.of(0L));
        String all = writer.longs("all", List.of(Long.MAX_VALUE));
        String one = writer.longs("one", List.of(1L));
        // How many rows the reference has.
        String referenceShape = writer.node("Shape", "reference_shape", writer.name(REFERENCE));
        String rows = writer.rows("reference_rows", referenceShape, none, one);
        for (int i = 0; i < layers.size(); i++) {
            LayerSpec layer = layers.get(i);
            String features = layer.output();
            String left = writer.rows("reference_" + i, features, none, rows);
            String right = writer.rows("candidate_" + i, features, rows, all);
            HeadGraph.append(writer, fused, i, HeadGraph.Layer.of(layer, graph), left, right);
            writer.node("Shape", "shape_" + i, features);
            fused.addOutput(writer.port("shape_" + i, TensorProto.DataType.INT64_VALUE, 1));
        }
        return new FusedGraph(model.toBuilder().setGraph(fused).build().toByteArray(), prefix);
    }

    /** From bytes {@code [rows, height, width, RGB]} to what the backbone takes. */
    private static String preprocess(GraphWriter writer, String pictures, InputSpec input) {
        String value = pictures;
        if (input.bgr()) {
            value = writer.node(
                    "Gather",
                    "bgr",
                    List.of(value, writer.longs("bgr_order", List.of(2L, 1L, 0L))),
                    List.of(GraphWriter.integer("axis", 3)));
        }
        boolean channelsFirst = input.layout() == FeatureLayout.NCHW;
        if (channelsFirst) {
            // As bytes: a quarter of what floats would move.
            value = writer.node("Transpose", "nchw", List.of(value), List.of(GraphWriter.integers("perm", 0, 3, 1, 2)));
        }
        if (input.type() == InputSpec.Type.UINT8) {
            return value;
        }
        // Looked up, as the CPU does, and not computed: rounding one of them otherwise shows in faint differences.
        List<Float> table = new ArrayList<>();
        List<Integer> offsets = new ArrayList<>();
        for (float[] channel : InputTensor.table(input, 255)) {
            offsets.add(table.size());
            for (float each : channel) {
                table.add(each);
            }
        }
        List<Long> shape = channelsFirst ? List.of(1L, 3L, 1L, 1L) : List.of(1L, 1L, 1L, 3L);
        String numbers = writer.cast("numbers", value, TensorProto.DataType.INT32_VALUE);
        String places = writer.node("Add", "places", numbers, writer.ints("offsets", shape, offsets));
        return writer.node("Gather", "normalised", writer.floats("table", List.of((long) table.size()), table), places);
    }

    private static void removeInput(GraphProto.Builder graph, String name) {
        for (int i = graph.getInputCount() - 1; i >= 0; i--) {
            if (graph.getInput(i).getName().equals(name)) {
                graph.removeInput(i);
            }
        }
    }

    /** A prefix that no name in the graph begins with. */
    static String freePrefix(GraphProto graph) {
        Set<String> names = new HashSet<>();
        graph.getInputList().forEach(value -> names.add(value.getName()));
        graph.getInitializerList().forEach(tensor -> names.add(tensor.getName()));
        graph.getNodeList().forEach(node -> {
            names.add(node.getName());
            names.addAll(node.getOutputList());
        });
        StringBuilder prefix = new StringBuilder("percept/");
        while (names.stream().anyMatch(name -> name.startsWith(prefix.toString()))) {
            prefix.append('/');
        }
        return prefix.toString();
    }

    String reference() {
        return prefix + REFERENCE;
    }

    String candidate() {
        return prefix + CANDIDATE;
    }

    String sum(int layer) {
        return prefix + HeadGraph.sum(layer);
    }

    String shape(int layer) {
        return prefix + "shape_" + layer;
    }
}
