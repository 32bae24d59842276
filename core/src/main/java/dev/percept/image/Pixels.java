package dev.percept.image;

import java.util.Arrays;

/**
 * A decoded picture: 8-bit sRGB, interleaved, row by row from the top left.
 *
 * @param width in pixels
 * @param height in pixels
 * @param rgb {@code 3 · width · height} bytes, unsigned; not to be changed
 */
@SuppressWarnings("ArrayRecordComponent") // Compared by content in sameAs; equals is never asked.
public record Pixels(int width, int height, byte[] rgb) {
    public Pixels {
        if (rgb.length != 3L * width * height) {
            throw new IllegalArgumentException(width + "×" + height + " pixels can't have " + rgb.length + " bytes");
        }
    }

    /** True if both have the same width and height. */
    public boolean sameSizeAs(Pixels other) {
        return width == other.width && height == other.height;
    }

    /** True if every pixel is the same. */
    public boolean sameAs(Pixels other) {
        return sameSizeAs(other) && Arrays.equals(rgb, other.rgb);
    }

    /** Width and height, as messages write them. */
    public String size() {
        return width + "×" + height;
    }
}
