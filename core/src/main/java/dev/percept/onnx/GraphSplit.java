// SPDX-License-Identifier: Apache-2.0
package dev.percept.onnx;

import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import ai.onnx.proto.OnnxMl.ValueInfoProto;
import dev.percept.FeatureLayout;
import dev.percept.InputSpec;
import dev.percept.LayerSpec;
import dev.percept.onnx.GraphValue.Local;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * A model's graph in two: the first half takes the picture and gives a value and the layers before it; the second takes the value
 * and gives the layers after it. Nothing but the value goes from one to the other. Weights are shared with the model.
 *
 * @param model the whole
 * @param handed the first half's name for the value
 * @param value the second's: 32-bit floats
 * @param layout of its axes
 * @param field how its cells stand to pixels
 * @param first whose fields are in pixels
 * @param second whose fields are in cells of the value
 */
record GraphSplit(
        ModelProto model, String handed, String value, FeatureLayout layout, Local field, Half first, Half second) {
    /**
     * One of the two.
     *
     * @param graph with the value among its outputs, or as its input
     * @param layers that it gives
     * @param windows of its input, for the layers and, in the first half, the value, which is the last
     * @param bytesPerCell of its input that evaluating takes, as {@link PartsChoice} counts it
     * @param operationsPerCell of its input
     */
    record Half(
            GraphProto graph, List<LayerSpec> layers, Windows windows, double bytesPerCell, double operationsPerCell) {}

    /** The larger a cut's place in the graph, the longer it takes to look at. No network with two halves has as many. */
    private static final int MOST_NODES = 2000;

    /** How large the value is for a picture. */
    Extent extent(Extent picture) {
        return new Extent(
                (int) field.columns().cells(picture.width()), (int) field.rows().cells(picture.height()));
    }

    /** The value's shape for one picture. */
    long[] shape(Extent extent) {
        return layout == FeatureLayout.NCHW
                ? new long[] {1, field.channels(), extent.height(), extent.width()}
                : new long[] {1, extent.height(), extent.width(), field.channels()};
    }

    /** Bytes of a cell of the value. */
    long bytesPerCell() {
        return (long) field.channels() * Float.BYTES;
    }

    /** A half as a model of its own. */
    ModelProto model(Half half) {
        return model.toBuilder().setGraph(half.graph).build();
    }

    /**
     * The splits of a model that may pay: for each resolution one, where the value is smallest.
     *
     * @return none if the graph has no bottleneck, or it can't be told that splitting it is exact
     * @throws IOException if the model can't be read again
     */
    static List<GraphSplit> of(BackboneModel model) throws IOException {
        // Weights in other files are found from the file's own folder only.
        if (model.graph().externalData()
                || model.graph().half()
                || model.input().batch() != null) {
            return List.of();
        }
        ModelProto proto = model.proto();
        // A graph inside a node may use any value without saying so.
        boolean nests = proto.getGraph().getNodeList().stream()
                .flatMap(node -> node.getAttributeList().stream())
                .anyMatch(attribute -> attribute.hasG() || attribute.getGraphsCount() > 0);
        if (nests || proto.getGraph().getNodeCount() > MOST_NODES) {
            return List.of();
        }
        return new Bottlenecks(proto, model.input())
                .values().stream()
                        .map(value -> Optional.ofNullable(at(value, proto, model)))
                        .flatMap(Optional::stream)
                        .toList();
    }

    private static @Nullable GraphSplit at(Bottlenecks.Bottleneck bottleneck, ModelProto proto, BackboneModel model) {
        Local field = bottleneck.field();
        String value = bottleneck.name();
        FeatureLayout layout = field.isChannelsFirst() ? FeatureLayout.NCHW : FeatureLayout.NHWC;
        GraphProto whole = proto.getGraph();
        GraphProto.Builder first = empty(whole);
        GraphProto.Builder second = empty(whole);
        for (NodeProto node : whole.getNodeList()) {
            if (bottleneck.follows(node)) {
                second.addNode(node);
            } else {
                first.addNode(node);
            }
            // What both may need, since it takes nothing.
            if (node.getInputCount() == 0) {
                second.addNode(node);
            }
        }
        Set<String> wanted = model.layers().stream().map(LayerSpec::output).collect(Collectors.toSet());
        for (var output : whole.getOutputList()) {
            if (!wanted.contains(output.getName())) {
                continue;
            }
            (bottleneck.isAfter(output.getName()) ? second : first).addOutput(output);
        }
        // A layer may be the value itself. That one goes its own way, since it is written to another place.
        GraphWriter writer = new GraphWriter(first, model.graph().opset(), FusedGraph.freePrefix(whole));
        String handed = wanted.contains(value) ? writer.node("Identity", "handed", value) : value;
        ValueInfoProto.Builder named =
                new GraphWriter(second, 0, "").port(value, TensorProto.DataType.FLOAT_VALUE, 4).toBuilder();
        named.getTypeBuilder()
                .getTensorTypeBuilder()
                .getShapeBuilder()
                .getDimBuilder(layout.channelAxis())
                .setDimValue(field.channels());
        ValueInfoProto declared = named.build();
        first.addOutput(declared.toBuilder().setName(handed));
        whole.getInputList().stream()
                .filter(input -> input.getName().equals(model.input().name()))
                .forEach(first::addInput);
        second.addInput(declared);
        keepNeeded(first);
        keepNeeded(second);
        List<LayerSpec> before = model.layers().stream()
                .filter(layer -> !bottleneck.isAfter(layer.output()))
                .toList();
        List<LayerSpec> after = model.layers().stream()
                .filter(layer -> bottleneck.isAfter(layer.output()))
                .toList();
        if (after.isEmpty()) {
            return null;
        }
        InputSpec input = model.input();
        LocalGraph left = GraphWalk.of(first.build(), input.name(), input.layout());
        LocalGraph right = GraphWalk.of(second.build(), value, layout, field.channels());
        if (left.refusal(input, before) != null
                || !right.isLocal(after)
                || left.bytesPerPixel() == 0
                || right.bytesPerPixel() == 0) {
            return null;
        }
        try {
            List<Local> fields = new ArrayList<>(left.fields(before));
            fields.add(field);
            Windows ofPicture = new Windows(fields, input.size());
            // Where a window's value ends, a core of the first half must be able to end.
            int rows = ofPicture.rows().alignment() / field.rows().stride();
            int least = -Math.floorDiv(-input.size().minimum(), field.rows().stride());
            Windows ofValue = new Windows(right.fields(after), new InputSpec.Size(null, null, rows, least));
            Half early = new Half(
                    first.build(),
                    before,
                    ofPicture,
                    PartsChoice.bytes(left.bytesPerPixel(), ofPicture),
                    operations(first.build(), bottleneck.values()));
            Half late = new Half(
                    second.build(),
                    after,
                    ofValue,
                    PartsChoice.bytes(right.bytesPerPixel(), ofValue),
                    operations(second.build(), bottleneck.values())
                            * field.rows().stride()
                            * field.columns().stride());
            return new GraphSplit(proto, handed, value, layout, field, early, late);
        } catch (ArithmeticException e) {
            // Strides that have no common multiple in reach: there are no windows then.
            return null;
        }
    }

    private static GraphProto.Builder empty(GraphProto whole) {
        return whole.toBuilder().clearNode().clearInput().clearOutput().clearValueInfo();
    }

    /** Leaves out weights that the other half has. */
    private static void keepNeeded(GraphProto.Builder graph) {
        Set<String> needed = new HashSet<>();
        graph.getNodeList().forEach(node -> needed.addAll(node.getInputList()));
        List<TensorProto> kept = graph.getInitializerList().stream()
                .filter(tensor -> needed.contains(tensor.getName()))
                .toList();
        graph.clearInitializer().addAllInitializer(kept);
        var sparse = graph.getSparseInitializerList().stream()
                .filter(tensor -> needed.contains(tensor.getValues().getName()))
                .toList();
        graph.clearSparseInitializer().addAllSparseInitializer(sparse);
    }

    /** What moving a value costs, in multiplications. */
    private static final double OPERATIONS_PER_VALUE = 8;

    /** What a graph computes for each pixel of the picture, roughly, in multiplications. */
    private static double operations(GraphProto graph, Map<String, GraphValue> values) {
        double operations = 0;
        for (NodeProto node : graph.getNodeList()) {
            if (node.getOutputCount() == 0 || !(values.get(node.getOutput(0)) instanceof Local local)) {
                continue;
            }
            double area = (double) local.rows().stride() * local.columns().stride();
            operations += OPERATIONS_PER_VALUE * local.channels() / area;
            boolean multiplies = Set.of("Conv", "MatMul").contains(node.getOpType());
            if (multiplies
                    && values.get(node.getInput(1)) instanceof GraphValue.Constant weights
                    && weights.shape() != null) {
                operations +=
                        weights.shape().stream().mapToDouble(Long::doubleValue).reduce(1, (a, b) -> a * b) / area;
            }
        }
        return operations;
    }
}
