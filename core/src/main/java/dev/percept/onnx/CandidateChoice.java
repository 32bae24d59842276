// SPDX-License-Identifier: Apache-2.0
package dev.percept.onnx;

import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import dev.percept.ForeignModel.Candidate;
import dev.percept.onnx.GraphValue.Local;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Chooses what may serve as layers: first it says which tensors' shapes it needs, then it chooses by these. The rules are explained at
 * {@link LayerCandidates}.
 */
final class CandidateChoice {
    private static final Set<String> ACTIVATIONS = Set.of(
            "Celu",
            "Clip",
            "Elu",
            "Gelu",
            "HardSwish",
            "LeakyRelu",
            "Mish",
            "PRelu",
            "Relu",
            "Selu",
            "Softplus",
            "Tanh");

    private static final Set<String> REDUCING =
            Set.of("Conv", "MaxPool", "AveragePool", "LpPool", "GlobalAveragePool", "GlobalMaxPool", "ReduceMean");

    /** What is looked behind for an activation, where a reduction doesn't read one itself. */
    private static final Set<String> PASSING =
            Set.of("BatchNormalization", "Concat", "Dropout", "Identity", "Pad", "Transpose", "Conv", "Cast");

    private final GraphProto graph;
    private final Map<String, GraphValue> values;
    private final long width;
    private final long height;
    private final Map<String, NodeProto> makers = new LinkedHashMap<>();
    private final Set<String> activated = new HashSet<>();
    /** Activations, by what is computed of them on a straight way, and by themselves. */
    private final Map<String, String> behind = new HashMap<>();
    /** Activations, by the nodes that read them and perhaps reduce them. */
    private final Map<NodeProto, String> entering = new LinkedHashMap<>();

    private final Set<String> asked = new LinkedHashSet<>();
    private Map<String, List<Integer>> shapes = Map.of();

    CandidateChoice(GraphProto graph, Map<String, GraphValue> values, long width, long height) {
        this.graph = graph;
        this.values = values;
        this.width = width;
        this.height = height;
        for (NodeProto node : graph.getNodeList()) {
            boolean whole = node.getInputCount() > 0 && node.getOutputCount() > 0;
            String activation = whole ? behind.get(node.getInput(0)) : null;
            if (activation != null && REDUCING.contains(node.getOpType())) {
                entering.put(node, activation);
                asked.add(node.getOutput(0));
            }
            if (addsBranches(node)) {
                asked.addAll(node.getInputList());
                asked.add(node.getOutput(0));
            }
            note(node);
        }
    }

    /** Nodes come in the order of evaluation, so that what a node reads is known. */
    private void note(NodeProto node) {
        List<String> computed =
                node.getInputList().stream().filter(makers::containsKey).toList();
        boolean passes = PASSING.contains(node.getOpType()) && computed.size() == 1;
        String passed = passes ? behind.get(computed.get(0)) : null;
        boolean activates = activates(node);
        for (String tensor : node.getOutputList()) {
            if (tensor.isEmpty()) {
                continue;
            }
            makers.put(tensor, node);
            if (activates) {
                activated.add(tensor);
                asked.add(tensor);
                behind.put(tensor, tensor);
            } else if (passed != null) {
                behind.put(tensor, passed);
            }
        }
    }

    /** Tensors whose shapes are needed. */
    Set<String> asked() {
        return asked;
    }

    /**
     * Chooses, in the order of evaluation.
     *
     * @param shapes of what is asked for, for one picture
     */
    List<Candidate> candidates(Map<String, List<Integer>> shapes) {
        this.shapes = shapes;
        Map<String, NodeProto> reduced = new HashMap<>();
        entering.forEach((node, tensor) -> {
            if (reduces(node, tensor)) {
                reduced.putIfAbsent(tensor, node);
            }
        });
        Map<String, String> reasons = new HashMap<>();
        Set<List<Integer>> scales = new HashSet<>();
        String last = null;
        for (String tensor : makers.keySet()) {
            NodeProto reduction = reduced.get(tensor);
            // Of one scale the first: what is inside the block that reduces it comes behind what enters the block.
            if (reduction != null && scales.add(shape(tensor).subList(2, 4))) {
                reasons.put(tensor, operator(tensor) + " before " + name(reduction));
            }
            if (activated.contains(tensor) && isMap(tensor)) {
                last = tensor;
            }
        }
        if (last != null) {
            reasons.putIfAbsent(last, operator(last) + ", the last one");
        }
        for (NodeProto node : graph.getNodeList()) {
            if (addsBranches(node) && areTokens(node)) {
                reasons.putIfAbsent(node.getOutput(0), "sum that ends a residual branch of tokens");
            }
        }
        return makers.keySet().stream()
                .filter(reasons::containsKey)
                .map(tensor -> candidate(tensor, reasons.getOrDefault(tensor, "")))
                .toList();
    }

    private Candidate candidate(String tensor, String reason) {
        List<Integer> shape = shape(tensor);
        boolean map = shape.size() == 4;
        return new Candidate(tensor, shape, shape.get(map ? 1 : 2), map ? stride(tensor) : null, reason);
    }

    /** By the graph's operators, or failing that by how often its sides go into the picture's. */
    private @Nullable Integer stride(String tensor) {
        if (values.get(tensor) instanceof Local local) {
            int rows = local.rows().stride();
            return rows == local.columns().stride() ? rows : null;
        }
        List<Integer> shape = shape(tensor);
        int rows = shape.get(2);
        int columns = shape.get(3);
        boolean even = height % rows == 0 && width % columns == 0 && height / rows == width / columns;
        return even ? (int) (height / rows) : null;
    }

    private List<Integer> shape(String tensor) {
        return shapes.getOrDefault(tensor, List.of());
    }

    private String operator(String tensor) {
        NodeProto maker = makers.get(tensor);
        return maker == null ? "" : maker.getOpType();
    }

    private static String name(NodeProto node) {
        return node.getName().isEmpty() ? node.getOpType() + " " + node.getOutput(0) : node.getName();
    }

    /** Whether a tensor has places: more than one, in two directions. */
    private boolean isMap(String tensor) {
        List<Integer> shape = shape(tensor);
        return shape.size() == 4 && shape.get(2) * shape.get(3) > 1 && shape.get(1) * shape.get(2) > 1;
    }

    /** Whether a node leaves fewer places than a tensor has, which it reads, perhaps behind a padding. */
    private boolean reduces(NodeProto node, String tensor) {
        if (!isMap(tensor)) {
            return false;
        }
        List<Integer> after = shape(node.getOutput(0));
        List<Integer> before = shape(tensor);
        return after.size() != 4 || after.get(2) * after.get(3) < before.get(2) * before.get(3);
    }

    /** Whether a node is an activation, or joins the results of such. */
    private boolean activates(NodeProto node) {
        return switch (node.getOpType()) {
            case "Concat" -> activated.containsAll(node.getInputList());
            // x · sigmoid(x), and its relatives.
            case "Mul" -> node.getInputList().stream().anyMatch(input -> isGate(input, node));
            default -> ACTIVATIONS.contains(node.getOpType());
        };
    }

    private boolean isGate(String tensor, NodeProto product) {
        NodeProto maker = makers.get(tensor);
        return maker != null
                && (maker.getOpType().equals("Sigmoid") || maker.getOpType().equals("HardSigmoid"))
                && maker.getInputCount() == 1
                && product.getInputList().contains(maker.getInput(0));
    }

    /** Whether a node adds what two others have computed. */
    private boolean addsBranches(NodeProto node) {
        return node.getOpType().equals("Add") && node.getInputList().stream().allMatch(makers::containsKey);
    }

    private boolean areTokens(NodeProto sum) {
        List<Integer> shape = shape(sum.getOutput(0));
        return shape.size() == 3
                && shape.get(1) > 1
                && sum.getInputList().stream().allMatch(input -> shape(input).equals(shape));
    }
}
