package dev.percept.onnx;

import dev.percept.onnx.AxisField.Step;
import dev.percept.onnx.GraphValue.Local;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What convolutions, pools, paddings and slices do to receptive fields. */
final class SlidingOperators {
    /** ONNX writes "to the end" as some number beyond any length. */
    private static final long BEYOND = Integer.MAX_VALUE;

    private SlidingOperators() {}

    /** A convolution or a pool over rows and columns. */
    static GraphValue window(NodeReader node, boolean convolution) {
        Local data = node.data();
        if (data == null || (convolution && !node.isConstantFrom(1))) {
            return node.global("has weights that depend on the picture");
        }
        if (!data.isChannelsFirst()) {
            return node.global("doesn't slide over rows and columns");
        }
        List<Long> weights = convolution ? node.shape(1) : null;
        int[] kernel = kernel(node, weights);
        int[] strides = node.integers("strides", 2, 1, 1);
        int[] dilations = node.integers("dilations", 2, 1, 1);
        int[] pads = node.integers("pads", 4, 0, 0);
        if (kernel == null || strides == null || dilations == null || pads == null) {
            return node.global("has a kernel, strides, dilations or pads that can't be reckoned with");
        }
        boolean ceil = node.integer("ceil_mode", 0) != 0;
        Step[] steps = new Step[2];
        for (int axis = 0; axis < 2; axis++) {
            int extent = (kernel[axis] - 1) * dilations[axis] + 1;
            int head = pads[axis];
            int tail = pads[axis + 2];
            switch (node.text("auto_pad", "NOTSET")) {
                case "NOTSET" -> {}
                case "VALID" -> {
                    head = 0;
                    tail = 0;
                }
                case "SAME_UPPER", "SAME_LOWER" -> {
                    if (strides[axis] != 1) {
                        // How much is added at the front depends on the length then, and a window's is another.
                        return node.global("pads by the picture's length (auto_pad)");
                    }
                    int less = (extent - 1) / 2;
                    boolean upper = node.text("auto_pad", "").equals("SAME_UPPER");
                    head = upper ? less : extent - 1 - less;
                    tail = extent - 1 - head;
                }
                default -> {
                    return node.global("pads in a way that isn't known (auto_pad)");
                }
            }
            steps[axis] = new Step(extent, strides[axis], head, tail, ceil);
        }
        int channels = convolution ? (weights == null ? 0 : channels(weights.get(0))) : data.channels();
        return data.withFields(data.rows().then(steps[0]), data.columns().then(steps[1]))
                .withChannels(channels);
    }

    private static int @Nullable [] kernel(NodeReader node, @Nullable List<Long> weights) {
        if (weights != null && weights.size() != 4) {
            return null;
        }
        if (node.integers("kernel_shape") != null || weights == null) {
            // Absent numbers are below the least, so that a pool must have them.
            int[] kernel = node.integers("kernel_shape", 2, 0, 1);
            boolean contradicts =
                    weights != null && kernel != null && (weights.get(2) != kernel[0] || weights.get(3) != kernel[1]);
            return contradicts ? null : kernel;
        }
        long height = weights.get(2);
        long width = weights.get(3);
        boolean fits = height >= 1 && height <= Short.MAX_VALUE && width >= 1 && width <= Short.MAX_VALUE;
        return fits ? new int[] {(int) height, (int) width} : null;
    }

    private static int channels(long length) {
        return length < 0 || length > Short.MAX_VALUE ? 0 : (int) length;
    }

    static GraphValue pad(NodeReader node) {
        Local data = node.data();
        List<Long> pads = node.longs(1);
        String mode = node.text("mode", "constant");
        boolean mirrors = mode.equals("reflect");
        if (data == null
                || pads == null
                || !node.isConstantFrom(1)
                || (node.input(3) != null && node.longs(3) == null)) {
            return node.global("pads by what depends on the picture");
        }
        if (!mirrors && !mode.equals("constant") && !mode.equals("edge")) {
            return node.global("pads with what is far away (" + mode + ")");
        }
        List<Long> axes = node.longs(3);
        int count = axes == null ? data.rank() : axes.size();
        if (pads.size() != 2 * count) {
            return node.global("pads other axes than it has");
        }
        AxisField rows = data.rows();
        AxisField columns = data.columns();
        int channels = data.channels();
        for (int i = 0; i < count; i++) {
            int axis = axes == null ? i : data.axis(axes.get(i));
            long head = pads.get(i);
            long tail = pads.get(i + count);
            if (head == 0 && tail == 0) {
                continue;
            }
            if (head < 0 || tail < 0 || head > Short.MAX_VALUE || tail > Short.MAX_VALUE) {
                return node.global("pads by less than nothing, or by very much");
            }
            if (data.isOfChannels(axis)) {
                channels = 0;
            } else if (axis == data.rowAxis()) {
                rows = padded(rows, (int) head, (int) tail, mirrors);
            } else if (axis == data.columnAxis()) {
                columns = padded(columns, (int) head, (int) tail, mirrors);
            } else {
                return node.global("adds pictures");
            }
        }
        return data.withFields(rows, columns).withChannels(channels);
    }

    /** What is added at a border repeats what lies beside it, or mirrors what lies up to as far inside. */
    private static AxisField padded(AxisField field, int head, int tail, boolean mirrors) {
        AxisField padded = field.then(new Step(1, 1, head, tail, false));
        return mirrors ? padded.farther(2 * tail, 2 * head) : padded;
    }

    static GraphValue slice(NodeReader node) {
        Local data = node.data();
        List<Long> starts = node.longs(1);
        List<Long> ends = node.longs(2);
        List<Long> axes = node.longs(3);
        List<Long> steps = node.longs(4);
        boolean known = starts != null
                && ends != null
                && (node.input(3) == null || axes != null)
                && (node.input(4) == null || steps != null);
        if (data == null || !known || starts == null || ends == null) {
            return node.global("cuts out what depends on the picture");
        }
        boolean even = starts.size() == ends.size()
                && (axes == null ? starts.size() <= data.rank() : axes.size() == starts.size())
                && (steps == null || steps.size() == starts.size());
        if (!even) {
            return node.global("cuts along other axes than it has");
        }
        AxisField rows = data.rows();
        AxisField columns = data.columns();
        int channels = data.channels();
        for (int i = 0; i < starts.size(); i++) {
            int axis = axes == null ? i : data.axis(axes.get(i));
            long step = steps == null ? 1 : steps.get(i);
            if (data.isOfChannels(axis)) {
                channels = 0;
                continue;
            }
            Step cut = cut(starts.get(i), ends.get(i), step);
            if (cut == null || !data.isSpatial(axis)) {
                return node.global("cuts out a part at a fixed place");
            }
            if (axis == data.rowAxis()) {
                rows = rows.then(cut);
            } else {
                columns = columns.then(cut);
            }
        }
        return data.withFields(rows, columns).withChannels(channels);
    }

    /** So many cells off the front and off the end, or null where it is counted otherwise: from another end. */
    private static @Nullable Step cut(long start, long end, long step) {
        boolean toTheEnd = end >= BEYOND;
        boolean reckonable = start >= 0
                && start <= Short.MAX_VALUE
                && (toTheEnd || (end < 0 && end >= -Short.MAX_VALUE))
                && step >= 1
                && step <= Short.MAX_VALUE;
        return reckonable ? new Step(1, (int) step, (int) -start, toTheEnd ? 0 : (int) end, false) : null;
    }
}
