package dev.percept.image.vp8;

import java.util.Arrays;

/**
 * The samples of a component, in whole macroblocks, with what they are predicted from at the picture's edges: 127 above, 129 to the
 * left (RFC 6386, section 12.2), and four more columns to the right.
 */
final class Plane {
    private static final int ABOVE = 127;
    private static final int LEFT = 129;
    private static final int RIGHT_COLUMNS = 4;

    private final byte[] samples;
    private final int stride;

    /** @param width and height in samples */
    Plane(int width, int height) {
        stride = 1 + width + RIGHT_COLUMNS;
        samples = new byte[stride * (1 + height)];
        Arrays.fill(samples, 0, stride, (byte) ABOVE);
        for (int at = stride; at < samples.length; at += stride) {
            samples[at] = (byte) LEFT;
        }
    }

    byte[] samples() {
        return samples;
    }

    /** How far two samples are apart that lie one above the other. */
    int stride() {
        return stride;
    }

    /** Where a sample is; −1 is to the left and above. */
    int at(int x, int y) {
        return (y + 1) * stride + x + 1;
    }

    /** Repeats the last sample of a row to the right. */
    void extend(int y) {
        int end = at(-1, y + 1) - RIGHT_COLUMNS;
        Arrays.fill(samples, end, end + RIGHT_COLUMNS, samples[end - 1]);
    }

    /** The nearest number that a sample can be, from 0 to 255. */
    static byte limit(int value) {
        // Most are in that range already.
        return (byte) ((value & ~0xff) == 0 ? value : ~value >> 31);
    }
}
