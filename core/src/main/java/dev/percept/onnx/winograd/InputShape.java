package dev.percept.onnx.winograd;

import java.util.List;

/**
 * What a graph is rewritten for.
 *
 * @param name of the graph's input
 * @param lengths of its axes
 */
public record InputShape(String name, List<Long> lengths) {
    public InputShape {
        lengths = List.copyOf(lengths);
    }
}
