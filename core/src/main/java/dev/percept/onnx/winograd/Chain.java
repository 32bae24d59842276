package dev.percept.onnx.winograd;

import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A convolution of 3 × 3, with stride, padding and dilation 1 and in one group, and what follows it.
 *
 * @param conv the convolution
 * @param relu a Relu of what it writes, or null
 * @param pool a MaxPool of 2 × 2 with stride 2 of what the last of the two writes, or null
 * @param size of it
 */
record Chain(
        NodeProto conv, @Nullable NodeProto relu, @Nullable NodeProto pool, Size size) {
    /**
     * How large a convolution is.
     *
     * @param batch number of pictures
     * @param in channels that it takes
     * @param out channels that it writes
     * @param height of its input and output
     * @param width of its input and output
     */
    record Size(int batch, int in, int out, int height, int width) {
        int tilesDown() {
            return (height + CookToom.OUT - 1) / CookToom.OUT;
        }

        int tilesAcross() {
            return (width + CookToom.OUT - 1) / CookToom.OUT;
        }

        int tiles() {
            return batch * tilesDown() * tilesAcross();
        }
    }

    /** All of a graph's, in its order. */
    static List<Chain> of(Flow flow, Shapes shapes) {
        List<Chain> chains = new ArrayList<>();
        for (NodeProto node : flow.nodes()) {
            Size size = size(node, flow, shapes);
            if (size != null) {
                NodeProto relu = flow.consumers(node.getOutput(0)).stream()
                        .filter(next -> Attributes.is(next, "Relu"))
                        .findFirst()
                        .orElse(null);
                String last = (relu == null ? node : relu).getOutput(0);
                NodeProto pool = flow.consumers(last).stream()
                        .filter(next -> halves(next, size))
                        .findFirst()
                        .orElse(null);
                chains.add(new Chain(node, relu, pool, size));
            }
        }
        return chains;
    }

    private static @Nullable Size size(NodeProto node, Flow flow, Shapes shapes) {
        if (!Attributes.is(node, "Conv")
                || !Attributes.all(node, "strides", 2, 1, 1)
                || !Attributes.all(node, "dilations", 2, 1, 1)
                || Attributes.integer(node, "group", 1) != 1
                || !isPadded(node)) {
            return null;
        }
        List<Long> input = shapes.of(node.getInput(0));
        TensorProto filters = flow.weight(node.getInput(1));
        if (input == null
                || input.size() != 4
                || filters == null
                || !Weights.isReadable(filters)
                || filters.getDimsCount() != 4
                || filters.getDims(1) != input.get(1)
                || filters.getDims(2) != CookToom.FILTER
                || filters.getDims(3) != CookToom.FILTER) {
            return null;
        }
        String bias = bias(node);
        if (bias != null) {
            TensorProto values = flow.weight(bias);
            if (values == null || !Weights.isReadable(values)) {
                return null;
            }
        }
        double places = (double) input.get(0) * (input.get(2) + CookToom.OUT) * (input.get(3) + CookToom.OUT);
        if (places * Math.max(filters.getDims(0), filters.getDims(1)) >= Integer.MAX_VALUE) {
            // Rows are counted in ints.
            return null;
        }
        return new Size(
                Math.toIntExact(input.get(0)),
                Math.toIntExact(input.get(1)),
                Math.toIntExact(filters.getDims(0)),
                Math.toIntExact(input.get(2)),
                Math.toIntExact(input.get(3)));
    }

    private static boolean isPadded(NodeProto node) {
        String auto = Attributes.string(node, "auto_pad", "NOTSET");
        return auto.equals("SAME_UPPER")
                || auto.equals("SAME_LOWER")
                || (auto.equals("NOTSET") && Attributes.all(node, "pads", 4, 1, 0));
    }

    private static boolean halves(NodeProto node, Size size) {
        String auto = Attributes.string(node, "auto_pad", "NOTSET");
        boolean even = size.height % 2 == 0 && size.width % 2 == 0;
        return Attributes.is(node, "MaxPool")
                && node.getOutputCount() == 1
                && size.height > 1
                && size.width > 1
                && Attributes.all(node, "kernel_shape", 2, 2, 1)
                && Attributes.all(node, "strides", 2, 2, 1)
                && Attributes.all(node, "pads", 4, 0, 0)
                && Attributes.all(node, "dilations", 2, 1, 1)
                && (Attributes.integer(node, "ceil_mode", 0) == 0 || even)
                && (auto.equals("NOTSET") || auto.equals("VALID"));
    }

    private static @Nullable String bias(NodeProto conv) {
        return conv.getInputCount() < 3 || conv.getInput(2).isEmpty() ? null : conv.getInput(2);
    }

    String input() {
        return conv.getInput(0);
    }

    String filters() {
        return conv.getInput(1);
    }

    /** Name of its bias, or null. */
    @Nullable
    String bias() {
        return bias(conv);
    }

    /** The nodes that it is made of. */
    List<NodeProto> nodes() {
        List<NodeProto> nodes = new ArrayList<>(List.of(conv));
        if (relu != null) {
            nodes.add(relu);
        }
        if (pool != null) {
            nodes.add(pool);
        }
        return nodes;
    }

    /** What is taken by others, or wanted, of what its nodes write. */
    List<Stage> stages(Flow flow) {
        List<Stage> stages = new ArrayList<>();
        List<NodeProto> nodes = nodes();
        for (int i = 0; i < nodes.size(); i++) {
            NodeProto next = i + 1 < nodes.size() ? nodes.get(i + 1) : null;
            String value = nodes.get(i).getOutput(0);
            if (flow.isNeededBesides(value, next)) {
                stages.add(new Stage(Objects.requireNonNull(nodes.get(i)), value));
            }
        }
        return stages;
    }

    /**
     * A value that leaves a chain.
     *
     * @param node that writes it
     * @param value its name
     */
    record Stage(NodeProto node, String value) {}
}
