package dev.percept.onnx.winograd;

import java.nio.Buffer;
import java.util.List;

/**
 * A large constant of a rewritten graph, in native memory and not in the model.
 *
 * @param values a FloatBuffer or an IntBuffer, direct and in native order
 * @param shape lengths of its axes
 */
public record Tensor(Buffer values, List<Long> shape) {
    public Tensor {
        shape = List.copyOf(shape);
    }
}
