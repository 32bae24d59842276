package dev.percept.onnx;

import java.util.ArrayList;
import java.util.List;

/**
 * How cells of a layer stand to pixels along one axis. Cell i lies at pixel {@code stride · i}, and its value depends on nothing
 * but pixels {@code stride · i − before} to {@code stride · i + stride − 1 + after} and on where the picture's borders are.
 *
 * <p>Cells that a picture of some length doesn't have count as well: those before the first reach below pixel 0, and those after
 * the last reach the picture's length or beyond. This is what makes windows exact: a cell whose reach lies within a window sees
 * none of the window's borders, and where a window ends at the picture's own border, the cells there see the same as ever.
 *
 * @param stride pixels from one cell to the next
 * @param before pixels that a cell sees before its own first one, at least 0
 * @param after pixels that a cell sees after its own last one, at least 0
 * @param steps from a picture's length to the layer's
 */
record AxisField(int stride, int before, int after, List<Step> steps) {
    /** That of the picture itself. */
    static final AxisField PIXELS = new AxisField(1, 0, 0, List.of());

    /**
     * Something that slides along the axis.
     *
     * @param extent cells from the first to the last that it looks at, both counted
     * @param stride cells from one place to the next, at least 1
     * @param head cells added before the first; negative where some are cut off
     * @param tail cells added after the last; negative where some are cut off
     * @param ceil whether a last place counts that looks beyond what was added
     */
    record Step(int extent, int stride, int head, int tail, boolean ceil) {
        /** Whether there are as many places as cells, always. */
        boolean keepsLength() {
            return stride == 1 && head + tail == extent - 1;
        }

        long length(long before) {
            long room = before + head + tail - extent;
            if (room < 0) {
                return 0;
            }
            long length = room / stride + 1;
            // As ONNX Runtime has it: the place that looks beyond must begin in the picture or before it.
            boolean oneMore = ceil && room % stride != 0 && length * stride < before + head;
            return oneMore ? length + 1 : length;
        }
    }

    /** More than any network has, so that following one never takes long. */
    private static final int MAXIMUM_STEPS = 256;

    /** The largest stride: beyond it no window would be smaller than the picture anyway. */
    private static final int MAXIMUM_STRIDE = 1 << 12;

    AxisField {
        steps = List.copyOf(steps);
        if (stride > MAXIMUM_STRIDE || steps.size() > MAXIMUM_STEPS) {
            throw new ArithmeticException("a stride of " + stride + " in " + steps.size() + " steps");
        }
    }

    /**
     * The field after one more step.
     *
     * @throws ArithmeticException if it is larger than any picture
     */
    AxisField then(Step step) {
        int newStride = Math.multiplyExact(stride, step.stride);
        // What is cut off at the front moves cells to the front; then they still must not count as seeing less than
        // their own
        // place, since a window cuts off as much.
        int newBefore = Math.max(0, Math.addExact(before, Math.multiplyExact(stride, step.head)));
        int last = step.extent - 1 - step.head + Math.max(0, -step.tail);
        int reach = Math.addExact(stride - 1 + after, Math.multiplyExact(stride, last));
        List<Step> more = new ArrayList<>(steps);
        if (!step.keepsLength()) {
            more.add(step);
        }
        return new AxisField(newStride, newBefore, Math.max(0, reach - (newStride - 1)), more);
    }

    /** The same, seeing this much farther on both sides. */
    AxisField farther(int moreBefore, int moreAfter) {
        return new AxisField(
                stride,
                Math.addExact(before, Math.multiplyExact(stride, moreBefore)),
                Math.addExact(after, Math.multiplyExact(stride, moreAfter)),
                steps);
    }

    /** The number of cells for a picture of this length. */
    long cells(long length) {
        long cells = length;
        for (Step step : steps) {
            cells = step.length(cells);
        }
        return cells;
    }

    /** Whether both always have the same cells. */
    boolean matches(AxisField other) {
        if (stride != other.stride) {
            return false;
        }
        // Where there is a cell at all, a stride more of pixels is one more cell: one period shows it for all lengths.
        int enough = Math.max(before + after, other.before + other.after) + 2 * stride;
        for (int length = enough; length < enough + stride; length++) {
            if (cells(length) != other.cells(length)) {
                return false;
            }
        }
        return true;
    }

    /** What sees all that either sees. Both must {@link #matches match}. */
    AxisField with(AxisField other) {
        return new AxisField(stride, Math.max(before, other.before), Math.max(after, other.after), steps);
    }
}
