package dev.percept.onnx.winograd;

import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Which node of a graph takes which value, as far as the wanted outputs depend on it. */
final class Flow {
    private final List<NodeProto> nodes = new ArrayList<>();
    private final Map<String, List<NodeProto>> consumers = new HashMap<>();
    private final Map<String, NodeProto> writers = new HashMap<>();
    private final Map<String, TensorProto> weights = new HashMap<>();
    private final Set<String> wanted;

    Flow(GraphProto graph, Set<String> wanted) {
        this.wanted = Set.copyOf(wanted);
        Set<String> needed = new HashSet<>(wanted);
        for (int i = graph.getNodeCount() - 1; i >= 0; i--) {
            NodeProto node = graph.getNode(i);
            if (node.getOutputList().stream().anyMatch(needed::contains)) {
                needed.addAll(node.getInputList());
                nodes.add(node);
            }
        }
        Collections.reverse(nodes);
        for (NodeProto node : nodes) {
            node.getOutputList().forEach(output -> writers.put(output, node));
            Set.copyOf(node.getInputList())
                    .forEach(input -> consumers
                            .computeIfAbsent(input, absent -> new ArrayList<>())
                            .add(node));
        }
        graph.getInitializerList().forEach(tensor -> weights.put(tensor.getName(), tensor));
    }

    /** Those that the wanted outputs depend on, each after what it takes. */
    List<NodeProto> nodes() {
        return nodes;
    }

    Set<String> wanted() {
        return wanted;
    }

    List<NodeProto> consumers(String value) {
        return consumers.getOrDefault(value, List.of());
    }

    /** The node that writes a value, or null. */
    @Nullable
    NodeProto writer(String value) {
        return writers.get(value);
    }

    /** Whether a value is wanted, or taken by another node than this one. */
    boolean isNeededBesides(String value, @Nullable NodeProto consumer) {
        return wanted.contains(value) || consumers(value).stream().anyMatch(node -> !node.equals(consumer));
    }

    /** A weight, or null. */
    @Nullable
    TensorProto weight(String value) {
        return weights.get(value);
    }
}
