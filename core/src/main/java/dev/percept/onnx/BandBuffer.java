// SPDX-License-Identifier: Apache-2.0
package dev.percept.onnx;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import dev.percept.FeatureLayout;
import java.nio.ByteBuffer;
import java.nio.FloatBuffer;

/**
 * Some rows of one picture's value between two stages, put together from windows, in native memory. For one thread; whoever made
 * it closes it.
 */
final class BandBuffer implements AutoCloseable {
    private final BufferPool pool;
    private final ByteBuffer bytes;
    private final FloatBuffer floats;
    private final GraphSplit split;
    private final int width;
    /** Rows of so many floats, one after the other, make a plane; there are so many planes. */
    private final int planes;

    private final int rowLength;
    private int from;
    private int to;

    /**
     * A buffer without rows.
     *
     * @param width of the value, in cells
     * @param rows that it can have at once
     * @throws OutOfMemoryError if there is no memory for it
     */
    BandBuffer(GraphSplit split, int width, int rows, BufferPool pool) {
        this.pool = pool;
        this.split = split;
        this.width = width;
        int channels = split.field().channels();
        boolean channelsFirst = split.layout() == FeatureLayout.NCHW;
        this.planes = channelsFirst ? channels : 1;
        this.rowLength = channelsFirst ? width : width * channels;
        this.bytes = pool.take(Math.toIntExact(split.bytesPerCell() * width * rows));
        this.floats = bytes.asFloatBuffer();
    }

    /** Goes on to other rows, neither beginning nor ending before those that it has; what both have is kept. */
    void moveTo(int newFrom, int newTo) {
        int kept = Math.max(0, to - newFrom);
        int oldLength = to - from;
        int newLength = newTo - newFrom;
        // Planes move apart or together with their length, and so must not overwrite others that are still to be moved.
        float[] rows = new float[kept * rowLength];
        boolean apart = newLength > oldLength;
        for (int i = 0; kept > 0 && i < planes; i++) {
            int plane = apart ? planes - 1 - i : i;
            floats.get((plane * oldLength + newFrom - from) * rowLength, rows);
            floats.put(plane * newLength * rowLength, rows);
        }
        from = newFrom;
        to = newTo;
    }

    /**
     * Takes the core of a window.
     *
     * @param value of the whole window, laid out as the value
     * @param area of the window and its core
     * @param picture that the window is of
     */
    void put(FloatBuffer value, Window area, Extent picture) {
        long[] rows = area.rows().cells(split.field().rows(), picture.height());
        long[] columns = area.columns().cells(split.field().columns(), picture.width());
        int top = area.rows().from() / split.field().rows().stride() - from;
        int left = area.columns().from() / split.field().columns().stride();
        Extent window = split.extent(area.extent());
        int cell = rowLength / width;
        int count = (int) (columns[1] - columns[0]) * cell;
        for (int plane = 0; plane < planes; plane++) {
            for (int row = (int) rows[0]; row < rows[1]; row++) {
                int source = (plane * window.height() + row) * window.width() * cell + (int) columns[0] * cell;
                int target = (plane * (to - from) + top + row) * rowLength + (left + (int) columns[0]) * cell;
                floats.put(target, value, source, count);
            }
        }
    }

    /** All rows that it has. The caller closes it before anything else is done here. */
    OnnxTensor tensor(OrtEnvironment environment) throws OrtException {
        return OnnxTensor.createTensor(
                environment,
                floats.duplicate().limit(planes * (to - from) * rowLength),
                split.shape(new Extent(width, to - from)));
    }

    @Override
    public void close() {
        pool.release(bytes);
    }
}
