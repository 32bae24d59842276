package dev.percept.onnx.winograd;

import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import java.util.Collections;
import java.util.List;
import java.util.Optional;

/** Reads a node's attributes, with the operator's defaults where they are absent. */
final class Attributes {
    private Attributes() {}

    private static Optional<AttributeProto> of(NodeProto node, String name) {
        return node.getAttributeList().stream()
                .filter(attribute -> attribute.getName().equals(name))
                .findFirst();
    }

    static long integer(NodeProto node, String name, long absent) {
        return of(node, name).map(AttributeProto::getI).orElse(absent);
    }

    /** @param absent each of the integers, if the node doesn't say */
    static List<Long> integers(NodeProto node, String name, int count, long absent) {
        return of(node, name).map(AttributeProto::getIntsList).orElse(Collections.nCopies(count, absent));
    }

    static String string(NodeProto node, String name, String absent) {
        return of(node, name).map(attribute -> attribute.getS().toStringUtf8()).orElse(absent);
    }

    static boolean all(NodeProto node, String name, int count, long value, long absent) {
        return integers(node, name, count, absent).equals(Collections.nCopies(count, value));
    }

    /** Whether the node is an operator of ONNX itself. */
    static boolean is(NodeProto node, String operator) {
        return node.getOpType().equals(operator)
                && (node.getDomain().isEmpty() || node.getDomain().equals("ai.onnx"));
    }
}
