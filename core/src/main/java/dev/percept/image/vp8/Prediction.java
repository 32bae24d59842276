package dev.percept.image.vp8;

import java.util.Arrays;

/** Predicts a square of samples from the row above and the column to the left (RFC 6386, sections 12.2 and 12.3). */
final class Prediction {
    private static final int UNKNOWN = 128;

    private Prediction() {}

    /**
     * Predicts all luma or one chroma of a macroblock.
     *
     * @param mode one of the first four of {@link SubblockModes}
     * @param size 16 or 8
     * @param hasAbove and hasLeft whether there is a macroblock
     */
    static void square(int mode, byte[] s, int at, int stride, int size, boolean hasAbove, boolean hasLeft) {
        switch (mode) {
            case SubblockModes.TRUE_MOTION -> trueMotion(s, at, stride, size);
            case SubblockModes.VERTICAL -> {
                for (int y = 0; y < size; y++) {
                    System.arraycopy(s, at - stride, s, at + y * stride, size);
                }
            }
            case SubblockModes.HORIZONTAL -> {
                for (int row = at; row < at + size * stride; row += stride) {
                    Arrays.fill(s, row, row + size, s[row - 1]);
                }
            }
            default -> {
                byte mean = (byte) mean(s, at, stride, size, hasAbove, hasLeft);
                for (int row = at; row < at + size * stride; row += stride) {
                    Arrays.fill(s, row, row + size, mean);
                }
            }
        }
    }

    private static int mean(byte[] s, int at, int stride, int size, boolean hasAbove, boolean hasLeft) {
        if (!hasAbove && !hasLeft) {
            return UNKNOWN;
        }
        int sum = 0;
        for (int i = 0; i < size; i++) {
            sum += hasAbove ? s[at - stride + i] & 0xff : 0;
            sum += hasLeft ? s[at + i * stride - 1] & 0xff : 0;
        }
        int count = hasAbove && hasLeft ? 2 * size : size;
        return (sum + count / 2) / count;
    }

    /** The sample to the left and as much as the row above differs from its beginning. */
    static void trueMotion(byte[] s, int at, int stride, int size) {
        int above = at - stride;
        int corner = s[above - 1] & 0xff;
        for (int row = at; row < at + size * stride; row += stride) {
            int difference = (s[row - 1] & 0xff) - corner;
            for (int x = 0; x < size; x++) {
                s[row + x] = Plane.limit((s[above + x] & 0xff) + difference);
            }
        }
    }
}
