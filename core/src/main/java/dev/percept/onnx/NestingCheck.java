package dev.percept.onnx;

import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.FunctionProto;
import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Checks how deeply a model's own functions and inner graphs (of If, Loop and Scan) nest, and what they expand to. ONNX Runtime
 * inlines functions recursively: a few kilobytes that call each other can overflow its stack, which kills the process, or expand
 * to more nodes than memory holds. Its work doubles with each level of inner graphs.
 */
final class NestingCheck {
    private static final int MAXIMUM_DEPTH = 64;
    private static final int MAXIMUM_GRAPHS = 8;
    private static final long MAXIMUM_NODES = 1_000_000;

    private final Map<String, FunctionProto> functions = new HashMap<>();

    private final Map<String, Expansion> expanded = new HashMap<>();

    /** How many nodes something expands to, and how many levels lie below it. */
    private record Expansion(long nodes, int height) {}

    private NestingCheck() {}

    /** @throws MalformedModelException if functions call each other endlessly, too deeply, or too often */
    static void check(ModelProto model) throws MalformedModelException {
        NestingCheck check = new NestingCheck();
        for (FunctionProto function : model.getFunctionsList()) {
            check.functions.put(key(function.getDomain(), function.getName()), function);
        }
        check.expand(model.getGraph().getNodeList(), 0, 0);
        for (FunctionProto function : model.getFunctionsList()) {
            check.expand(function.getNodeList(), 1, 0);
        }
    }

    /**
     * Each level of functions and of inner graphs is one deeper; one that calls itself is endlessly deep.
     *
     * @param graphs levels of inner graphs alone, within one function
     */
    private Expansion expand(List<NodeProto> nodes, int depth, int graphs) throws MalformedModelException {
        if (graphs > MAXIMUM_GRAPHS) {
            throw new MalformedModelException("its inner graphs are nested more than " + MAXIMUM_GRAPHS + " deep");
        }
        long count = 0;
        int height = 0;
        if (depth <= MAXIMUM_DEPTH) {
            for (NodeProto node : nodes) {
                Expansion below = below(node, depth + 1, graphs + 1);
                count += 1 + below.nodes;
                height = Math.max(height, 1 + below.height);
                if (count > MAXIMUM_NODES) {
                    throw new MalformedModelException("its functions expand to more than " + MAXIMUM_NODES + " nodes");
                }
            }
        }
        if (depth + height > MAXIMUM_DEPTH) {
            throw new MalformedModelException(
                    "its functions or inner graphs are nested more than " + MAXIMUM_DEPTH + " deep");
        }
        return new Expansion(count, height);
    }

    /** What a node calls and holds. */
    private Expansion below(NodeProto node, int depth, int graphs) throws MalformedModelException {
        Expansion sum = new Expansion(0, 0);
        String key = key(node.getDomain(), node.getOpType());
        FunctionProto function = functions.get(key);
        if (function != null) {
            Expansion known = expanded.get(key);
            if (known == null) {
                known = expand(function.getNodeList(), depth, 0);
                expanded.put(key, known);
            }
            sum = known;
        }
        for (AttributeProto attribute : node.getAttributeList()) {
            if (attribute.hasG()) {
                sum = plus(sum, expand(attribute.getG().getNodeList(), depth, graphs));
            }
            for (GraphProto inner : attribute.getGraphsList()) {
                sum = plus(sum, expand(inner.getNodeList(), depth, graphs));
            }
        }
        return sum;
    }

    private static Expansion plus(Expansion one, Expansion other) {
        return new Expansion(one.nodes + other.nodes, Math.max(one.height, other.height));
    }

    private static String key(String domain, String name) {
        return domain + "\n" + name;
    }
}
