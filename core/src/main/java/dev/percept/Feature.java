package dev.percept;

import java.nio.FloatBuffer;
import java.util.List;

/**
 * What one layer sees in one picture.
 *
 * @param layer its name
 * @param layout the order of the axes
 * @param shape lengths of the axes; the first is 1
 * @param values in row-major order; read-only, at position 0
 */
public record Feature(String layer, FeatureLayout layout, List<Integer> shape, FloatBuffer values) {
    public Feature {
        shape = List.copyOf(shape);
        values = values.asReadOnlyBuffer().rewind();
    }

    /** The values, each time in a buffer of its own at position 0. */
    @Override
    public FloatBuffer values() {
        return values.duplicate();
    }
}
