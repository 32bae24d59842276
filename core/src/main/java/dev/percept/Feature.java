package dev.percept;

import java.io.IOException;
import java.io.OutputStream;
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

    /**
     * Writes the values as NumPy's {@code .npy}: 32-bit floats, of the shape without its first axis.
     *
     * @param out that is written to, in small pieces; the caller closes it
     * @throws IOException if that fails
     */
    public void writeNpy(OutputStream out) throws IOException {
        NumpyFile.write(shape.subList(1, shape.size()), values(), out);
    }

    /** The values, each time in a buffer of its own at position 0. */
    @Override
    public FloatBuffer values() {
        return values.duplicate();
    }
}
