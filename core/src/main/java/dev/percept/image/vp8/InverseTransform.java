package dev.percept.image.vp8;

/** From coefficients to differences of pixels (RFC 6386, section 14). */
final class InverseTransform {
    private static final int SIZE = 16;
    /** √2·cos(π/8) − 1 and √2·sin(π/8), in 65536ths. */
    private static final int COSINE = 20091;

    private static final int SINE = 35468;

    private final int[] between = new int[SIZE];

    /**
     * Adds what a block's coefficients stand for to the predicted pixels.
     *
     * <p>Wraps at 16 bits, which only damaged files need: WebP's library does, on the processors that most have.
     */
    void add(short[] coefficients, int from, byte[] samples, int at, int stride) {
        int[] t = between;
        for (int x = 0; x < 4; x++) {
            int c0 = coefficients[from + x];
            int c4 = coefficients[from + x + 4];
            int c8 = coefficients[from + x + 8];
            int c12 = coefficients[from + x + 12];
            int sum = c0 + c8;
            int difference = c0 - c8;
            int odd = sine(c4) - cosine(c12);
            int even = cosine(c4) + sine(c12);
            t[x] = (short) (sum + even);
            t[x + 4] = (short) (difference + odd);
            t[x + 8] = (short) (difference - odd);
            t[x + 12] = (short) (sum - even);
        }
        int row = at;
        for (int y = 0; y < SIZE; y += 4) {
            int sum = t[y] + t[y + 2] + 4;
            int difference = t[y] - t[y + 2] + 4;
            int odd = sine(t[y + 1]) - cosine(t[y + 3]);
            int even = cosine(t[y + 1]) + sine(t[y + 3]);
            add(samples, row, (short) (sum + even) >> 3);
            add(samples, row + 1, (short) (difference + odd) >> 3);
            add(samples, row + 2, (short) (difference - odd) >> 3);
            add(samples, row + 3, (short) (sum - even) >> 3);
            row += stride;
        }
    }

    /** The same, but for wrapping, for a block with no coefficients but the mean and those to the right of it and below. */
    static void addFew(short[] coefficients, int from, byte[] samples, int at, int stride) {
        int mean = coefficients[from] + 4;
        int right = coefficients[from + 1];
        int below = coefficients[from + 4];
        addRow(samples, at, mean + cosine(below), right);
        addRow(samples, at + stride, mean + sine(below), right);
        addRow(samples, at + 2 * stride, mean - sine(below), right);
        addRow(samples, at + 3 * stride, mean - cosine(below), right);
    }

    private static void addRow(byte[] samples, int row, int mean, int slope) {
        int outer = cosine(slope);
        int inner = sine(slope);
        add(samples, row, (mean + outer) >> 3);
        add(samples, row + 1, (mean + inner) >> 3);
        add(samples, row + 2, (mean - inner) >> 3);
        add(samples, row + 3, (mean - outer) >> 3);
    }

    /** The same for a block with no coefficient but the mean. */
    static void addMean(int mean, byte[] samples, int at, int stride) {
        int difference = (mean + 4) >> 3;
        int row = at;
        for (int y = 0; y < 4; y++) {
            for (int x = 0; x < 4; x++) {
                add(samples, row + x, difference);
            }
            row += stride;
        }
    }

    /**
     * Makes the first coefficients of the sixteen luma blocks that lie in front of a second-order block.
     *
     * @param all whether it may have other coefficients than its first
     */
    static void spread(short[] coefficients, int from, boolean all) {
        if (!all) {
            short same = (short) ((coefficients[from] + 3) >> 3);
            for (int block = 0; block < SIZE; block++) {
                coefficients[block * SIZE] = same;
            }
            return;
        }
        int[] t = new int[SIZE];
        for (int x = 0; x < 4; x++) {
            int outer = coefficients[from + x] + coefficients[from + x + 12];
            int inner = coefficients[from + x + 4] + coefficients[from + x + 8];
            int innerDifference = coefficients[from + x + 4] - coefficients[from + x + 8];
            int outerDifference = coefficients[from + x] - coefficients[from + x + 12];
            t[x] = outer + inner;
            t[x + 4] = outerDifference + innerDifference;
            t[x + 8] = outer - inner;
            t[x + 12] = outerDifference - innerDifference;
        }
        for (int y = 0; y < SIZE; y += 4) {
            int outer = t[y] + t[y + 3] + 3;
            int inner = t[y + 1] + t[y + 2];
            int innerDifference = t[y + 1] - t[y + 2];
            int outerDifference = t[y] - t[y + 3] + 3;
            coefficients[y * SIZE] = (short) ((outer + inner) >> 3);
            coefficients[(y + 1) * SIZE] = (short) ((outerDifference + innerDifference) >> 3);
            coefficients[(y + 2) * SIZE] = (short) ((outer - inner) >> 3);
            coefficients[(y + 3) * SIZE] = (short) ((outerDifference - innerDifference) >> 3);
        }
    }

    private static int cosine(int value) {
        return value + ((value * COSINE) >> 16);
    }

    private static int sine(int value) {
        return (value * SINE) >> 16;
    }

    private static void add(byte[] samples, int at, int difference) {
        samples[at] = Plane.limit((samples[at] & 0xff) + difference);
    }
}
