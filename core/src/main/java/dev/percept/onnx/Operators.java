package dev.percept.onnx;

import dev.percept.onnx.GraphValue.Constant;
import dev.percept.onnx.GraphValue.Global;
import dev.percept.onnx.GraphValue.Local;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What each operator does to the part of a picture that a value depends on. What isn't known here counts as depending on all of
 * it.
 */
final class Operators {
    /** Each cell by itself, from one value. */
    private static final Set<String> OF_ONE = Set.of(
            "Abs",
            "Cast",
            "Ceil",
            "Celu",
            "Cos",
            "Elu",
            "Erf",
            "Exp",
            "Floor",
            "Gelu",
            "HardSigmoid",
            "HardSwish",
            "Identity",
            "IsInf",
            "IsNaN",
            "LeakyRelu",
            "Log",
            "Mish",
            "Neg",
            "Not",
            "Reciprocal",
            "Relu",
            "Round",
            "Selu",
            "Sigmoid",
            "Sign",
            "Sin",
            "Softplus",
            "Softsign",
            "Sqrt",
            "Tanh",
            "ThresholdedRelu");

    /** Each cell by itself, from several values. */
    private static final Set<String> OF_SEVERAL = Set.of(
            "Add",
            "And",
            "Clip",
            "Div",
            "Equal",
            "Greater",
            "GreaterOrEqual",
            "Less",
            "LessOrEqual",
            "Max",
            "Mean",
            "Min",
            "Mod",
            "Mul",
            "Or",
            "PRelu",
            "Pow",
            "Sub",
            "Sum",
            "Where",
            "Xor");

    private static final Set<String> REDUCTIONS = Set.of(
            "ReduceL1",
            "ReduceL2",
            "ReduceLogSum",
            "ReduceLogSumExp",
            "ReduceMax",
            "ReduceMean",
            "ReduceMin",
            "ReduceProd",
            "ReduceSum",
            "ReduceSumSquare");

    private static final Set<String> RESHAPING =
            Set.of("Flatten", "Reshape", "Squeeze", "Unsqueeze", "Expand", "Tile", "DepthToSpace", "SpaceToDepth");

    private static final Set<String> ENLARGING = Set.of("Resize", "Upsample", "ConvTranspose", "MaxUnpool");

    private static final Set<String> NORMALISING =
            Set.of("InstanceNormalization", "GroupNormalization", "MeanVarianceNormalization");

    private Operators() {}

    /** Whether an operator may be computed in place: it has one value per value. */
    static boolean isOfOne(String operator) {
        return OF_ONE.contains(operator);
    }

    /** The value of a node's outputs. */
    static GraphValue apply(NodeReader node) {
        for (GraphValue input : node.inputs()) {
            if (input instanceof Global) {
                return input;
            }
        }
        try {
            return node.isConstantFrom(0) ? constant(node) : local(node);
        } catch (ArithmeticException e) {
            return node.global("sees farther than any picture reaches");
        }
    }

    private static GraphValue constant(NodeReader node) {
        String operator = node.operator();
        boolean inner = node.attribute("body") != null || node.attribute("then_branch") != null;
        if (inner || operator.startsWith("Random") || operator.equals("Bernoulli") || operator.equals("Multinomial")) {
            return node.global("isn't known to be the same for all pictures");
        }
        boolean keeps = isOfOne(operator) || operator.equals("DequantizeLinear") || operator.equals("QuantizeLinear");
        return new Constant(keeps ? node.shape(0) : null, operator.equals("Identity") ? node.longs(0) : null);
    }

    private static GraphValue local(NodeReader node) {
        String operator = node.operator();
        if (OF_ONE.contains(operator)) {
            return node.inputs().get(0);
        }
        if (OF_SEVERAL.contains(operator)) {
            return together(node, -1);
        }
        if (REDUCTIONS.contains(operator)) {
            return reduction(node);
        }
        if (RESHAPING.contains(operator)) {
            return node.global("rearranges places");
        }
        if (ENLARGING.contains(operator)) {
            return node.global("enlarges, which isn't followed");
        }
        if (NORMALISING.contains(operator)) {
            return node.global("normalises by the whole picture");
        }
        if (operator.startsWith("Global")) {
            return node.global("pools the whole picture");
        }
        return switch (operator) {
            case "Conv" -> SlidingOperators.window(node, true);
            case "AveragePool", "LpPool", "MaxPool" ->
                node.outputCount() > 1
                        ? node.global("says where in the picture it found its values")
                        : SlidingOperators.window(node, false);
            case "Pad" -> SlidingOperators.pad(node);
            case "Slice" -> SlidingOperators.slice(node);
            case "Dropout" -> node.input(2) == null ? node.inputs().get(0) : node.global("drops at random");
            case "BatchNormalization" ->
                node.integer("training_mode", 0) == 0
                        ? alongChannels(node, 1)
                        : node.global("normalises by the whole picture");
            case "LRN" -> alongChannels(node, 1);
            case "LayerNormalization", "RMSNormalization" -> layerNormalization(node);
            case "Softmax", "LogSoftmax", "Hardmax", "LpNormalization" -> alongChannels(node, node.integer("axis", -1));
            case "Concat" -> together(node, node.integer("axis", 0));
            case "Split" -> withUnknownChannels(alongChannels(node, node.integer("axis", 0)));
            case "Gather" -> gather(node);
            case "Transpose" -> transpose(node);
            case "MatMul" -> matrixProduct(node);
            case "QuantizeLinear", "DequantizeLinear" -> quantisation(node);
            case "Shape", "Size" -> node.global("depends on the picture's size");
            default -> node.global("isn't known to work place by place");
        };
    }

    /**
     * Cells that are computed, or put side by side, from cells at the same place.
     *
     * @param axis along which they are put side by side, or −1
     */
    private static GraphValue together(NodeReader node, long axis) {
        boolean concat = node.operator().equals("Concat");
        Local all = null;
        for (GraphValue input : node.inputs()) {
            if (!(input instanceof Local next)) {
                continue;
            }
            if (all == null) {
                all = next;
                continue;
            }
            if (all.rank() != next.rank() || all.rowAxis() != next.rowAxis() || all.columnAxis() != next.columnAxis()) {
                return node.global("combines values whose rows and columns aren't the same axes");
            }
            if (!all.rows().matches(next.rows()) || !all.columns().matches(next.columns())) {
                return node.global("combines values of different resolutions");
            }
            boolean known = all.channels() > 0 && next.channels() > 0;
            int channels = concat ? all.channels() + next.channels() : Math.max(all.channels(), next.channels());
            all = all.withFields(all.rows().with(next.rows()), all.columns().with(next.columns()))
                    .withChannels(known ? channels : 0);
        }
        if (all == null) {
            return node.global("has nothing to combine");
        }
        if (concat && !all.isOfChannels(all.axis(axis))) {
            return node.global("puts places or pictures side by side");
        }
        for (int i = 0; i < node.inputCount(); i++) {
            if (node.input(i) instanceof Constant constant && (concat || !isUniform(constant, all))) {
                return node.global("adds what is fixed to places");
            }
        }
        return all;
    }

    /** Whether a constant is the same everywhere in a picture, and for all pictures of a batch. */
    private static boolean isUniform(Constant constant, Local data) {
        List<Long> shape = constant.shape();
        if (shape == null || shape.size() > data.rank()) {
            return false;
        }
        for (int i = 0; i < shape.size(); i++) {
            int axis = i + data.rank() - shape.size();
            if (!data.isOfChannels(axis) && shape.get(i) != 1) {
                return false;
            }
        }
        return true;
    }

    /** An operator with constants beside its first input, which leaves places apart if it works along channels. */
    private static GraphValue alongChannels(NodeReader node, long axis) {
        Local data = node.data();
        if (data == null || !node.isConstantFrom(1)) {
            return node.global("has parameters that depend on the picture");
        }
        return data.isOfChannels(data.axis(axis)) ? data : node.global("works across places");
    }

    private static GraphValue withUnknownChannels(GraphValue value) {
        return value instanceof Local local ? local.withChannels(0) : value;
    }

    private static GraphValue layerNormalization(NodeReader node) {
        Local data = node.data();
        if (data == null || !node.isConstantFrom(1) || node.outputCount() > 1) {
            return node.global("has parameters that depend on the picture");
        }
        for (int axis = data.axis(node.integer("axis", -1)); axis < data.rank(); axis++) {
            if (!data.isOfChannels(axis)) {
                return node.global("normalises by the whole picture");
            }
        }
        return data;
    }

    private static GraphValue reduction(NodeReader node) {
        Local data = node.data();
        List<Long> axes = node.integers("axes");
        if (axes == null) {
            axes = node.longs(1);
        }
        if (data == null || axes == null || axes.isEmpty()) {
            return node.global("reduces the whole picture");
        }
        if (node.integer("keepdims", 1) != 1) {
            return node.global("drops axes, which isn't followed");
        }
        for (long axis : axes) {
            if (!data.isOfChannels(data.axis(axis))) {
                return node.global("reduces the whole picture");
            }
        }
        return data.withChannels(data.rank() == 4 ? 1 : 0);
    }

    private static GraphValue gather(NodeReader node) {
        Local data = node.data();
        List<Long> indices = node.shape(1);
        if (data == null || indices == null || indices.size() != 1) {
            return node.global("takes what depends on the picture");
        }
        boolean ofChannels = data.isOfChannels(data.axis(node.integer("axis", 0)));
        return ofChannels
                ? data.withChannels((int) Math.min(Short.MAX_VALUE, indices.get(0)))
                : node.global("takes what is at a fixed place");
    }

    private static GraphValue transpose(NodeReader node) {
        Local data = node.data();
        List<Long> order = node.integers("perm");
        if (data == null || order == null || order.size() != data.rank() || order.get(0) != 0) {
            return node.global("turns pictures into places");
        }
        int rowAxis = order.indexOf((long) data.rowAxis());
        int columnAxis = order.indexOf((long) data.columnAxis());
        boolean permutes = order.stream().distinct().count() == order.size() && rowAxis > 0 && columnAxis > 0;
        return permutes
                ? new Local(data.rank(), rowAxis, columnAxis, data.rows(), data.columns(), data.channels())
                : node.global("has axes that it can't have");
    }

    private static GraphValue matrixProduct(NodeReader node) {
        Local data = node.data();
        @Nullable List<Long> matrix = node.shape(1);
        boolean perPlace = data != null && matrix != null && matrix.size() == 2 && data.isOfChannels(data.rank() - 1);
        return perPlace && data != null && matrix != null
                ? data.withChannels((int) Math.min(Short.MAX_VALUE, matrix.get(1)))
                : node.global("mixes places");
    }

    private static GraphValue quantisation(NodeReader node) {
        Local data = node.data();
        List<Long> scale = node.shape(1);
        if (data == null || scale == null || !node.isConstantFrom(1)) {
            return node.global("has a scale that depends on the picture");
        }
        boolean single = scale.stream().allMatch(length -> length == 1);
        return single || (scale.size() == 1 && data.isOfChannels(data.axis(node.integer("axis", 1))))
                ? data
                : node.global("has scales for places");
    }
}
