package dev.percept.onnx.winograd;

import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The shapes of a graph's values for one shape of its input, as far as they follow from operators that feature networks are made of.
 * What comes after another operator is unknown, which only keeps convolutions there as they are.
 */
final class Shapes {
    /** Operators whose output has the shape of their first input. */
    private static final Set<String> SAME = Set.of(
            "Relu",
            "LeakyRelu",
            "PRelu",
            "Elu",
            "Selu",
            "Celu",
            "Sigmoid",
            "HardSigmoid",
            "HardSwish",
            "Tanh",
            "Softplus",
            "Softsign",
            "Mish",
            "Gelu",
            "Erf",
            "Clip",
            "Abs",
            "Neg",
            "Exp",
            "Log",
            "Sqrt",
            "Identity",
            "Dropout",
            "Cast",
            "BatchNormalization",
            "InstanceNormalization",
            "GroupNormalization",
            "LayerNormalization",
            "LpNormalization",
            "LRN",
            "Softmax");

    private static final Set<String> BROADCAST = Set.of("Add", "Sub", "Mul", "Div", "Pow", "Max", "Min", "Mean", "Sum");

    private final Map<String, List<Long>> known = new HashMap<>();

    Shapes(GraphProto graph, InputShape input) {
        known.put(input.name(), input.lengths());
        graph.getInitializerList().forEach(tensor -> known.put(tensor.getName(), tensor.getDimsList()));
        for (NodeProto node : graph.getNodeList()) {
            List<Long> shape = infer(node);
            if (shape != null && shape.stream().allMatch(length -> length > 0)) {
                known.put(node.getOutput(0), shape);
            }
        }
    }

    /** A value's shape, or null. */
    @Nullable
    List<Long> of(String value) {
        return known.get(value);
    }

    private @Nullable List<Long> infer(NodeProto node) {
        if (node.getInputCount() == 0 || !Attributes.is(node, node.getOpType())) {
            return null;
        }
        List<Long> first = known.get(node.getInput(0));
        String operator = node.getOpType();
        if (first == null) {
            return null;
        }
        if (SAME.contains(operator)) {
            return first;
        }
        if (BROADCAST.contains(operator)) {
            return broadcast(node);
        }
        return switch (operator) {
            case "Conv" -> convolution(node, first);
            case "MaxPool", "AveragePool" ->
                first.size() == 4
                        ? window(node, first, first.get(1), Attributes.integers(node, "kernel_shape", 2, 1))
                        : null;
            case "GlobalAveragePool", "GlobalMaxPool" ->
                first.size() == 4 ? List.of(first.get(0), first.get(1), 1L, 1L) : null;
            case "Transpose" -> transposed(node, first);
            case "Concat" -> concatenated(node, first);
            default -> null;
        };
    }

    private @Nullable List<Long> broadcast(NodeProto node) {
        List<Long> shape = List.of();
        for (String input : node.getInputList()) {
            List<Long> other = known.get(input);
            if (other == null) {
                return null;
            }
            int rank = Math.max(shape.size(), other.size());
            List<Long> joined = new ArrayList<>();
            for (int axis = 0; axis < rank; axis++) {
                long left = length(shape, axis - rank);
                long right = length(other, axis - rank);
                if (left != right && left != 1 && right != 1) {
                    return null;
                }
                joined.add(left == 1 ? right : left);
            }
            shape = joined;
        }
        return shape;
    }

    /** @param fromEnd −1 for the last axis */
    private static long length(List<Long> shape, int fromEnd) {
        int axis = shape.size() + fromEnd;
        return axis < 0 ? 1 : shape.get(axis);
    }

    private @Nullable List<Long> convolution(NodeProto node, List<Long> input) {
        List<Long> filters = known.get(node.getInput(1));
        return input.size() == 4 && filters != null && filters.size() == 4
                ? window(node, input, filters.get(0), filters.subList(2, 4))
                : null;
    }

    private static @Nullable List<Long> window(NodeProto node, List<Long> input, long channels, List<Long> kernel) {
        List<Long> strides = Attributes.integers(node, "strides", 2, 1);
        List<Long> pads = Attributes.integers(node, "pads", 4, 0);
        List<Long> dilations = Attributes.integers(node, "dilations", 2, 1);
        String auto = Attributes.string(node, "auto_pad", "NOTSET");
        boolean ceiling = Attributes.integer(node, "ceil_mode", 0) != 0;
        if (kernel.size() != 2 || strides.size() != 2 || pads.size() != 4 || dilations.size() != 2) {
            return null;
        }
        List<Long> shape = new ArrayList<>(List.of(input.get(0), channels));
        for (int axis = 0; axis < 2; axis++) {
            long length = input.get(2 + axis);
            long stride = strides.get(axis);
            long reach = (kernel.get(axis) - 1) * dilations.get(axis) + 1;
            if (stride < 1) {
                return null;
            }
            if (auto.startsWith("SAME")) {
                shape.add((length + stride - 1) / stride);
                continue;
            }
            long padded = length + (auto.equals("VALID") ? 0 : pads.get(axis) + pads.get(2 + axis));
            if (padded < reach || (ceiling && (padded - reach) % stride != 0)) {
                // Versions of ONNX differ in whether a last window may begin in the padding.
                return null;
            }
            shape.add((padded - reach) / stride + 1);
        }
        return shape;
    }

    private static @Nullable List<Long> transposed(NodeProto node, List<Long> input) {
        List<Long> order = Attributes.integers(node, "perm", 0, 0);
        if (order.size() != input.size() || order.stream().anyMatch(axis -> axis < 0 || axis >= input.size())) {
            return null;
        }
        return order.stream().map(axis -> input.get(axis.intValue())).toList();
    }

    private @Nullable List<Long> concatenated(NodeProto node, List<Long> first) {
        int rank = first.size();
        int along = (int) Attributes.integer(node, "axis", 0);
        along = along < 0 ? along + rank : along;
        if (along < 0 || along >= rank) {
            return null;
        }
        long sum = 0;
        for (String input : node.getInputList()) {
            List<Long> other = known.get(input);
            if (other == null || other.size() != rank) {
                return null;
            }
            sum += other.get(along);
        }
        List<Long> shape = new ArrayList<>(first);
        shape.set(along, sum);
        return shape;
    }
}
