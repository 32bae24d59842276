package dev.percept;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The size that both pictures of a pair are brought to before they are compared. Immutable. */
public sealed interface Resize {
    /** The longest side that can be asked for. */
    int MAXIMUM_SIDE = 65_535;

    /** The width that a picture of this size gets. */
    int width(int width, int height);

    /** The height that a picture of this size gets. */
    int height(int width, int height);

    /**
     * Exactly this size, whatever becomes of the proportions.
     *
     * @param width in pixels, 1 to {@link #MAXIMUM_SIDE}
     * @param height in pixels, 1 to {@link #MAXIMUM_SIDE}
     */
    record Exactly(int width, int height) implements Resize {
        public Exactly {
            requireSide(width);
            requireSide(height);
        }

        @Override
        public int width(int sourceWidth, int sourceHeight) {
            return width;
        }

        @Override
        public int height(int sourceWidth, int sourceHeight) {
            return height;
        }

        @Override
        public String toString() {
            return width + "x" + height;
        }
    }

    /**
     * The shorter side gets this length, and the longer one what keeps the proportions, rounded down, as in torchvision's
     * {@code Resize}.
     *
     * @param length in pixels, 1 to {@link #MAXIMUM_SIDE}
     */
    record ShortSide(int length) implements Resize {
        public ShortSide {
            requireSide(length);
        }

        @Override
        public int width(int width, int height) {
            return scaled(width, height);
        }

        @Override
        public int height(int width, int height) {
            return scaled(height, width);
        }

        private int scaled(int side, int other) {
            return side <= other ? length : (int) Math.min(Integer.MAX_VALUE, (long) length * side / other);
        }

        @Override
        public String toString() {
            return "short:" + length;
        }
    }

    /**
     * Reads {@code WxH} or {@code short:N}.
     *
     * @throws IllegalArgumentException if it is neither, or a side is not 1 to {@link #MAXIMUM_SIDE}
     */
    static Resize of(String text) {
        Matcher exactly = Pattern.compile("(\\d{1,5})x(\\d{1,5})").matcher(text);
        if (exactly.matches()) {
            return new Exactly(Integer.parseInt(exactly.group(1)), Integer.parseInt(exactly.group(2)));
        }
        Matcher shortSide = Pattern.compile("short:(\\d{1,5})").matcher(text);
        if (shortSide.matches()) {
            return new ShortSide(Integer.parseInt(shortSide.group(1)));
        }
        throw new IllegalArgumentException("'" + text + "' is no size: give WxH, such as 224x224, or short:N");
    }

    private static void requireSide(int side) {
        if (side < 1 || side > MAXIMUM_SIDE) {
            throw new IllegalArgumentException("a side must be 1 to " + MAXIMUM_SIDE + " pixels, not " + side);
        }
    }
}
