package dev.percept.onnx;

import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import dev.percept.onnx.GraphValue.Constant;
import dev.percept.onnx.GraphValue.Global;
import dev.percept.onnx.GraphValue.Local;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Reads a node's attributes and inputs, which may be missing or of the wrong kind. */
final class NodeReader {
    private final NodeProto node;
    private final Map<String, GraphValue> values;

    /** @param values that are known so far */
    NodeReader(NodeProto node, Map<String, GraphValue> values) {
        this.node = node;
        this.values = values;
    }

    String operator() {
        return node.getOpType();
    }

    /** What {@link Global} says of this node. */
    Global global(String what) {
        String name = node.getName().isEmpty() && node.getOutputCount() > 0 ? node.getOutput(0) : node.getName();
        return new Global(node.getOpType() + " '" + name + "' " + what);
    }

    /** An input's value, or null if it isn't given. */
    @Nullable
    GraphValue input(int index) {
        if (index >= node.getInputCount() || node.getInput(index).isEmpty()) {
            return null;
        }
        GraphValue value = values.get(node.getInput(index));
        return value == null ? new Global("'" + node.getInput(index) + "' is not known") : value;
    }

    /** The values of all inputs that are given. */
    List<GraphValue> inputs() {
        List<GraphValue> inputs = new ArrayList<>();
        for (int i = 0; i < node.getInputCount(); i++) {
            GraphValue input = input(i);
            if (input != null) {
                inputs.add(input);
            }
        }
        return inputs;
    }

    int inputCount() {
        return node.getInputCount();
    }

    int outputCount() {
        return node.getOutputCount();
    }

    /** The first input if it is local, else null. */
    @Nullable
    Local data() {
        return input(0) instanceof Local local ? local : null;
    }

    /** Whether an input is a constant, or isn't given. */
    boolean isConstantOrAbsent(int index) {
        GraphValue value = input(index);
        return value == null || value instanceof Constant;
    }

    /** Whether all inputs from this one on are constants. */
    boolean isConstantFrom(int index) {
        for (int i = index; i < node.getInputCount(); i++) {
            if (!isConstantOrAbsent(i)) {
                return false;
            }
        }
        return true;
    }

    /** The shape of a constant input, or null if it is none or its shape isn't known. */
    @Nullable
    List<Long> shape(int index) {
        return input(index) instanceof Constant constant ? constant.shape() : null;
    }

    /** The whole numbers in a constant input, or null if it is none or they aren't known. */
    @Nullable
    List<Long> longs(int index) {
        return input(index) instanceof Constant constant ? constant.longs() : null;
    }

    /** An attribute, or null if it isn't given. */
    @Nullable
    AttributeProto attribute(String name) {
        for (AttributeProto attribute : node.getAttributeList()) {
            if (attribute.getName().equals(name)) {
                return attribute;
            }
        }
        return null;
    }

    long integer(String name, long absent) {
        AttributeProto attribute = attribute(name);
        return attribute == null ? absent : attribute.getI();
    }

    String text(String name, String absent) {
        AttributeProto attribute = attribute(name);
        return attribute == null ? absent : attribute.getS().toStringUtf8();
    }

    /** A list of whole numbers, or null if it isn't given. */
    @Nullable
    List<Long> integers(String name) {
        AttributeProto attribute = attribute(name);
        return attribute == null ? null : attribute.getIntsList();
    }

    /** A list of as many whole numbers from {@code least} on as are asked for, each {@code absent} if there is none; or null. */
    int @Nullable [] integers(String name, int count, int absent, int least) {
        List<Long> given = integers(name);
        int[] numbers = new int[count];
        if (given != null && !given.isEmpty() && given.size() != count) {
            return null;
        }
        for (int i = 0; i < count; i++) {
            long number = given == null || given.isEmpty() ? absent : given.get(i);
            if (number < least || number > Short.MAX_VALUE) {
                return null;
            }
            numbers[i] = (int) number;
        }
        return numbers;
    }
}
