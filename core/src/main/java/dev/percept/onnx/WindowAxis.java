package dev.percept.onnx;

import dev.percept.InputSpec;
import java.util.ArrayList;
import java.util.List;

/**
 * Where windows may begin and end along one axis. A window is a span of pixels that is evaluated by itself; its core are the
 * pixels whose cells count; what lies around the core, the halo, is what those cells see besides.
 */
final class WindowAxis {
    private final List<AxisField> fields;
    private final int before;
    private final int after;
    private final int alignment;
    private final int multiple;
    private final int minimum;

    /**
     * A span along one axis; a core begins and ends at multiples of all strides, or where the picture ends.
     *
     * @param from the window's first pixel
     * @param to the pixel after the window's last
     * @param coreFrom the core's first pixel
     * @param coreTo the pixel after the core's last
     */
    record Span(int from, int to, int coreFrom, int coreTo) {
        int length() {
            return to - from;
        }

        /**
         * From which cell of the window to before which one its core reaches.
         *
         * @param length of the picture
         */
        long[] cells(AxisField field, int length) {
            long before = from / field.stride();
            long end = coreTo == length ? field.cells(length) : coreTo / field.stride();
            return new long[] {coreFrom / field.stride() - before, end - before};
        }
    }

    /**
     * What holds for all layers.
     *
     * @param fields of the layers along the axis
     * @param size what the model takes
     * @throws ArithmeticException if the strides have no common multiple in reach
     */
    WindowAxis(List<AxisField> fields, InputSpec.Size size) {
        this.fields = List.copyOf(fields);
        this.multiple = size.multiple();
        this.minimum = size.minimum();
        int common = multiple;
        int mostBefore = 0;
        int mostAfter = 0;
        for (AxisField field : fields) {
            common = Math.multiplyExact(common / gcd(common, field.stride()), field.stride());
            mostBefore = Math.max(mostBefore, field.before());
            mostAfter = Math.max(mostAfter, field.after());
        }
        this.alignment = common;
        this.before = mostBefore;
        this.after = mostAfter;
    }

    private static int gcd(int a, int b) {
        return b == 0 ? a : gcd(b, a % b);
    }

    /** What the starts of windows are multiples of, so that all strides fall on the same pixels. */
    int alignment() {
        return alignment;
    }

    /** Pixels of halo around a core, at most. */
    int halo() {
        return up(before, alignment) + up(after, multiple);
    }

    private static int down(int pixel, int multiple) {
        return Math.floorDiv(pixel, multiple) * multiple;
    }

    private static int up(int pixel, int multiple) {
        return -Math.floorDiv(-pixel, multiple) * multiple;
    }

    /** The last place where a core can begin and have a cell of every layer; negative if a layer has none at all. */
    int lastCore(int length) {
        long last = length;
        for (AxisField field : fields) {
            last = Math.min(last, (field.cells(length) - 1) * field.stride());
        }
        return down((int) last, alignment);
    }

    /** Whether every layer has cells in a picture of this length. */
    boolean hasCells(int length) {
        return lastCore(length) >= 0;
    }

    /** The window around a core, which begins and ends at multiples of the alignment, or at the end. */
    Span around(int coreFrom, int coreTo, int length) {
        int from = Math.max(0, down(coreFrom - before, alignment));
        int to = coreTo == length ? length : Math.min(length, up(coreTo + after, multiple));
        if (to - from < minimum) {
            to = Math.min(length, up(from + minimum, multiple));
            from = Math.max(0, Math.min(from, down(to - minimum, alignment)));
        }
        return new Span(from, to, coreFrom, coreTo);
    }

    /**
     * The window whose core holds every cell that sees one of some pixels.
     *
     * @param first of the pixels
     * @param last of the pixels
     * @param length of the picture
     */
    Span seeing(int first, int last, int length) {
        int firstCell = Integer.MAX_VALUE;
        int lastCell = 0;
        for (AxisField field : fields) {
            int stride = field.stride();
            firstCell = Math.min(firstCell, up(first - field.after() - stride + 1, stride));
            lastCell = Math.max(lastCell, down(last + field.before(), stride));
        }
        int lastCore = lastCore(length);
        int coreFrom = Math.min(lastCore, down(Math.max(0, firstCell), alignment));
        int coreTo = up(lastCell + 1, alignment);
        return around(coreFrom, coreTo > lastCore ? length : coreTo, length);
    }

    /** The window over all of a picture. */
    static Span whole(int length) {
        return new Span(0, length, 0, length);
    }

    /**
     * Divides a core.
     *
     * @param core that of a larger window
     * @param most the length of a window that should not be exceeded
     * @param length of the picture
     * @return at least one window, in order; longer than {@code most} where a core of the least length needs it
     */
    List<Span> divided(Span core, int most, int length) {
        List<Span> spans = new ArrayList<>();
        int lastCore = lastCore(length);
        int at = core.coreFrom;
        while (at < core.coreTo) {
            Span rest = around(at, core.coreTo, length);
            if (rest.length() <= most) {
                spans.add(rest);
                break;
            }
            int from = Math.max(0, down(at - before, alignment));
            int end = Math.max(at + alignment, down(from + most - up(after, multiple), alignment));
            end = end > lastCore || end >= core.coreTo ? core.coreTo : end;
            spans.add(around(at, end, length));
            at = end;
        }
        return spans;
    }

    /** As {@link #divided}, into as many windows, but all of much the same length. */
    List<Span> evenly(Span core, int most, int length) {
        List<Span> spans = divided(core, most, length);
        int least = 1;
        int enough = most;
        while (least < enough) {
            int middle = (least + enough) >>> 1;
            if (divided(core, middle, length).size() <= spans.size() && longest(core, middle, length) <= most) {
                enough = middle;
            } else {
                least = middle + 1;
            }
        }
        List<Span> even = divided(core, enough, length);
        return even.size() <= spans.size() ? even : spans;
    }

    private int longest(Span core, int most, int length) {
        return divided(core, most, length).stream().mapToInt(Span::length).max().orElse(0);
    }
}
