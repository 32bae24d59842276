// SPDX-License-Identifier: Apache-2.0
package dev.percept.onnx;

import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import dev.percept.InputSpec;
import dev.percept.onnx.GraphValue.Constant;
import dev.percept.onnx.GraphValue.Local;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Finds values of a graph through which everything goes that is computed after them. */
final class Bottlenecks {
    /** Operators whose result is of the type of their first input, beside those of one value. */
    private static final Set<String> KEEPING = Set.of(
            "Add",
            "AveragePool",
            "Concat",
            "Conv",
            "Div",
            "MatMul",
            "MaxPool",
            "Mul",
            "Pad",
            "PRelu",
            "Slice",
            "Softmax",
            "Sub",
            "Transpose",
            "BatchNormalization",
            "LRN",
            "ReduceL2",
            "Clip");

    /** Of one value, but of another type than it. */
    private static final Set<String> CHANGING = Set.of("Cast", "IsInf", "IsNaN", "Not");

    private final GraphProto graph;
    private final Map<String, GraphValue> values;
    /** Names of values that are 32-bit floats for certain. */
    private final Set<String> floats = new HashSet<>();

    /**
     * One such value.
     *
     * @param after all that is computed from it
     * @param values what is known of all values of the graph
     */
    record Bottleneck(String name, Local field, Set<String> after, Map<String, GraphValue> values) {
        /** Whether a node takes the value, or what is computed from it. */
        boolean follows(NodeProto node) {
            return node.getInputList().stream().anyMatch(input -> input.equals(name) || after.contains(input));
        }

        /** Whether something is computed from the value, and isn't the value itself. */
        boolean isAfter(String output) {
            return after.contains(output);
        }
    }

    Bottlenecks(ModelProto model, InputSpec input) {
        this.graph = model.getGraph();
        this.values = GraphWalk.values(graph, input.name(), input.layout());
        if (input.type() == InputSpec.Type.FLOAT32) {
            floats.add(input.name());
        }
        for (TensorProto tensor : graph.getInitializerList()) {
            if (tensor.getDataType() == TensorProto.DataType.FLOAT_VALUE) {
                floats.add(tensor.getName());
            }
        }
        for (NodeProto node : graph.getNodeList()) {
            if (givesFloats(node)) {
                // A pool's second result are indices.
                floats.add(node.getOutput(0));
            }
        }
    }

    private boolean givesFloats(NodeProto node) {
        String operator = node.getOpType();
        if (operator.equals("Cast")) {
            return attribute(node, "to") == TensorProto.DataType.FLOAT_VALUE;
        }
        boolean keeps = KEEPING.contains(operator) || (Operators.isOfOne(operator) && !CHANGING.contains(operator));
        return keeps && node.getInputCount() > 0 && node.getOutputCount() > 0 && floats.contains(node.getInput(0));
    }

    private static long attribute(NodeProto node, String name) {
        return node.getAttributeList().stream()
                .filter(attribute -> attribute.getName().equals(name))
                .mapToLong(AttributeProto::getI)
                .findFirst()
                .orElse(0);
    }

    /** For each resolution the smallest value that everything after it goes through, if there is one. */
    Collection<Bottleneck> values() {
        Map<List<Integer>, Bottleneck> found = new LinkedHashMap<>();
        Map<String, NodeProto> makers = new HashMap<>();
        for (NodeProto node : graph.getNodeList()) {
            node.getOutputList().forEach(output -> makers.put(output, node));
            for (String output : node.getOutputList()) {
                Bottleneck next = bottleneck(output);
                if (next == null) {
                    continue;
                }
                List<Integer> resolution =
                        List.of(next.field.rows().stride(), next.field.columns().stride());
                Bottleneck known = found.get(resolution);
                if (known == null || next.field.channels() < known.field.channels() || isOnly(node, known)) {
                    found.put(resolution, next);
                }
            }
        }
        return found.values();
    }

    /** Whether a node only changes another value place by place: then ONNX Runtime may compute both as one. */
    private static boolean isOnly(NodeProto node, Bottleneck of) {
        return Operators.isOfOne(node.getOpType()) && node.getInput(0).equals(of.name);
    }

    private @Nullable Bottleneck bottleneck(String name) {
        boolean possible = floats.contains(name)
                && values.get(name) instanceof Local local
                && local.rank() == 4
                && local.channels() > 0
                && (local.isChannelsFirst() || (local.rowAxis() == 1 && local.columnAxis() == 2));
        if (!possible || !(values.get(name) instanceof Local field)) {
            return null;
        }
        Bottleneck candidate = new Bottleneck(name, field, new HashSet<>(), values);
        for (NodeProto node : graph.getNodeList()) {
            if (!candidate.follows(node)) {
                continue;
            }
            for (String input : node.getInputList()) {
                boolean free = input.isEmpty()
                        || input.equals(name)
                        || candidate.after.contains(input)
                        || isInitializer(input);
                if (!free) {
                    return null;
                }
            }
            candidate.after.addAll(node.getOutputList());
        }
        return candidate.after.isEmpty() ? null : candidate;
    }

    /** Whether a value takes no computing: a weight, or a constant node's. */
    private boolean isInitializer(String name) {
        return values.get(name) instanceof Constant && !computed().contains(name);
    }

    private @Nullable Set<String> computed;

    /** What is computed by nodes that take something. */
    private Set<String> computed() {
        Set<String> known = computed;
        if (known == null) {
            known = new HashSet<>();
            for (NodeProto node : graph.getNodeList()) {
                if (node.getInputCount() > 0) {
                    known.addAll(node.getOutputList());
                }
            }
            computed = known;
        }
        return known;
    }
}
