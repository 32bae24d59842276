package dev.percept;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a backbone's image input takes. A value v of 8 bits becomes {@code (low + (high − low) · v / 255 − mean) / std},
 * and one of 16 bits the same with 65,535.
 *
 * @param name the graph's input
 * @param layout NCHW or NHWC
 * @param type of its values
 * @param low what black is mapped to, before mean and std
 * @param high what full intensity is mapped to, before mean and std
 * @param bgr true if the channels come blue first
 * @param mean per channel, in the input's channel order
 * @param std per channel, in the input's channel order; above zero
 * @param batch pictures per run: exactly this many, or null if free
 * @param size which heights and widths it takes
 */
public record InputSpec(
        String name,
        FeatureLayout layout,
        Type type,
        double low,
        double high,
        boolean bgr,
        List<Double> mean,
        List<Double> std,
        @Nullable Integer batch,
        Size size) {

    /** The type of the input's values. */
    public enum Type implements Identified {
        FLOAT32,
        UINT8
    }

    /**
     * Heights and widths that a graph accepts.
     *
     * @param fixedHeight the only height, or null if others are accepted
     * @param fixedWidth the only width, or null if others are accepted
     * @param multiple both sides must be multiples of this; 1 if any will do
     * @param minimum neither side may be smaller; at least 1
     */
    public record Size(
            @Nullable Integer fixedHeight, @Nullable Integer fixedWidth, int multiple, int minimum) {
        /** Any size. */
        public static final Size FREE = new Size(null, null, 1, 1);

        /** Why a picture of this size is refused, or null if it is accepted. */
        public @Nullable String refusal(int width, int height) {
            if (fixedHeight != null && fixedWidth != null) {
                return width == fixedWidth && height == fixedHeight
                        ? null
                        : "takes pictures of exactly " + fixedWidth + "×" + fixedHeight;
            }
            if (width < minimum || height < minimum) {
                return "takes pictures of at least " + minimum + "×" + minimum;
            }
            if (width % multiple != 0 || height % multiple != 0) {
                return "takes pictures whose sides are multiples of " + multiple;
            }
            return null;
        }

        @Override
        public String toString() {
            if (fixedHeight != null) {
                return "exactly " + fixedWidth + "×" + fixedHeight;
            }
            String text = minimum > 1 ? "at least " + minimum + "×" + minimum : "any";
            return multiple > 1 ? text + ", multiples of " + multiple : text;
        }
    }
}
