package dev.percept.onnx;

import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import dev.percept.FeatureLayout;
import dev.percept.onnx.GraphValue.Constant;
import dev.percept.onnx.GraphValue.Global;
import dev.percept.onnx.GraphValue.Local;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Follows a graph from its picture to its outputs, and notes on which part of the picture each value depends. */
final class GraphWalk {
    private static final int CHANNELS = 3;

    /** Larger constants are weights, of which only the shape matters. */
    private static final int FEW = 16;

    private final Map<String, GraphValue> values = new HashMap<>();

    private GraphWalk() {}

    /**
     * Walks through a graph.
     *
     * @param input the picture
     * @param layout of its axes
     */
    static LocalGraph of(GraphProto graph, String input, FeatureLayout layout) {
        return of(graph, input, layout, CHANNELS);
    }

    /**
     * Walks through a graph whose input is any value with rows and columns: what is said of pixels is then said of its cells.
     *
     * @param channels of the input
     */
    static LocalGraph of(GraphProto graph, String input, FeatureLayout layout, int channels) {
        GraphWalk walk = through(graph, input, layout, channels);
        Map<String, GraphValue> outputs = new LinkedHashMap<>();
        graph.getOutputList().forEach(output -> outputs.put(output.getName(), walk.known(output.getName())));
        return new LocalGraph(layout, outputs, walk.bytesPerPixel(graph));
    }

    /** What is known of every value of a model's graph. */
    static Map<String, GraphValue> values(GraphProto graph, String input, FeatureLayout layout) {
        return through(graph, input, layout, CHANNELS).values;
    }

    private static GraphWalk through(GraphProto graph, String input, FeatureLayout layout, int channels) {
        GraphWalk walk = new GraphWalk();
        for (TensorProto tensor : graph.getInitializerList()) {
            walk.values.put(tensor.getName(), constant(tensor));
        }
        for (TensorProto tensor : graph.getSparseInitializerList().stream()
                .map(sparse -> sparse.getValues())
                .toList()) {
            walk.values.put(tensor.getName(), new Constant(null, null));
        }
        int rowAxis = layout.name().indexOf('H');
        walk.values.put(input, new Local(4, rowAxis, rowAxis + 1, AxisField.PIXELS, AxisField.PIXELS, channels));
        for (NodeProto node : graph.getNodeList()) {
            GraphValue value = walk.value(node);
            node.getOutputList().forEach(output -> walk.values.put(output, value));
        }
        return walk;
    }

    private GraphValue known(String name) {
        GraphValue value = values.get(name);
        return value == null ? new Global("'" + name + "' is not known") : value;
    }

    private GraphValue value(NodeProto node) {
        NodeReader reader = new NodeReader(node, values);
        if (!node.getDomain().isEmpty() && !node.getDomain().equals("ai.onnx")) {
            return reader.global("is of another domain (" + node.getDomain() + ")");
        }
        return node.getOpType().equals("Constant") ? constant(node) : Operators.apply(reader);
    }

    private static GraphValue constant(NodeProto node) {
        for (AttributeProto attribute : node.getAttributeList()) {
            switch (attribute.getName()) {
                case "value" -> {
                    return constant(attribute.getT());
                }
                case "value_int" -> {
                    return new Constant(List.of(), List.of(attribute.getI()));
                }
                case "value_ints" -> {
                    return new Constant(List.of((long) attribute.getIntsCount()), attribute.getIntsList());
                }
                case "value_float" -> {
                    return new Constant(List.of(), null);
                }
                case "value_floats" -> {
                    return new Constant(List.of((long) attribute.getFloatsCount()), null);
                }
                default -> {}
            }
        }
        return new Constant(null, null);
    }

    private static Constant constant(TensorProto tensor) {
        return new Constant(tensor.getDimsList(), longs(tensor));
    }

    private static @Nullable List<Long> longs(TensorProto tensor) {
        boolean wide = tensor.getDataType() == TensorProto.DataType.INT64_VALUE;
        boolean narrow = tensor.getDataType() == TensorProto.DataType.INT32_VALUE;
        long count = 1;
        for (long length : tensor.getDimsList()) {
            if (length > FEW) {
                return null;
            }
            count *= length;
        }
        boolean outside = tensor.getDataLocation() == TensorProto.DataLocation.EXTERNAL;
        if (count > FEW || outside || !(wide || narrow)) {
            return null;
        }
        List<Long> longs = new ArrayList<>();
        if (tensor.hasRawData()) {
            ByteBuffer raw = tensor.getRawData().asReadOnlyByteBuffer().order(ByteOrder.LITTLE_ENDIAN);
            while (raw.remaining() >= (wide ? Long.BYTES : Integer.BYTES)) {
                longs.add(wide ? raw.getLong() : raw.getInt());
            }
        } else if (wide) {
            longs.addAll(tensor.getInt64DataList());
        } else {
            tensor.getInt32DataList().forEach(each -> longs.add((long) each));
        }
        return longs;
    }

    /**
     * The most bytes that values take at once, for each pixel of one picture, when nodes run in their order; 0 if not known.
     * What is computed value by value takes the place of what it is computed from, as in ONNX Runtime.
     */
    private double bytesPerPixel(GraphProto graph) {
        Map<String, String> placeOf = new HashMap<>();
        Map<String, Integer> lastUse = new HashMap<>();
        List<NodeProto> nodes = graph.getNodeList();
        for (int i = 0; i < nodes.size(); i++) {
            NodeProto node = nodes.get(i);
            for (String from : node.getInputList()) {
                lastUse.put(placeOf.getOrDefault(from, from), i);
            }
            for (String to : node.getOutputList()) {
                boolean inPlace = Operators.isOfOne(node.getOpType()) && node.getInputCount() > 0;
                String from = inPlace ? node.getInput(0) : to;
                String place = placeOf.getOrDefault(from, from);
                placeOf.put(to, place);
                lastUse.put(place, i);
            }
        }
        graph.getOutputList()
                .forEach(output -> lastUse.put(placeOf.getOrDefault(output.getName(), output.getName()), nodes.size()));
        Map<String, Double> held = new HashMap<>();
        double now = 0;
        double most = 0;
        for (int i = 0; i < nodes.size(); i++) {
            for (String to : nodes.get(i).getOutputList()) {
                if (values.get(to) instanceof Local local && to.equals(placeOf.get(to))) {
                    if (local.channels() == 0) {
                        return 0;
                    }
                    held.put(to, local.bytesPerPixel());
                    now += local.bytesPerPixel();
                }
            }
            most = Math.max(most, now);
            int done = i;
            for (var each : List.copyOf(held.entrySet())) {
                if (lastUse.getOrDefault(each.getKey(), -1) <= done) {
                    held.remove(each.getKey());
                    now -= each.getValue();
                }
            }
        }
        return most;
    }
}
