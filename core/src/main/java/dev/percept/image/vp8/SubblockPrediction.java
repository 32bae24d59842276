package dev.percept.image.vp8;

/** Predicts a 4×4 block of luma from the samples around it (RFC 6386, section 12.3). */
final class SubblockPrediction {
    private static final int SIZE = 4;
    private static final int CORNER = SIZE;
    private static final int ABOVE = CORNER + 1;

    /** The samples from the lowest to the left to the topmost, the corner, and eight from left to right above. */
    private final int[] edge = new int[3 * SIZE + 1];

    /** A diagonal's values: up to ten, from the lower left to the upper right. */
    private final byte[] line = new byte[10];

    /**
     * Predicts a block.
     *
     * @param mode of {@link SubblockModes}
     * @param aboveRight where the four samples behind those above the block are
     */
    void predict(int mode, byte[] s, int at, int stride, int aboveRight) {
        if (mode == SubblockModes.TRUE_MOTION) {
            Prediction.trueMotion(s, at, stride, SIZE);
            return;
        }
        collect(s, at, stride, aboveRight);
        switch (mode) {
            case SubblockModes.VERTICAL -> vertical(s, at, stride);
            case SubblockModes.HORIZONTAL -> horizontal(s, at, stride);
            case SubblockModes.RIGHT_DOWN -> rightDown(s, at, stride);
            case SubblockModes.VERTICAL_RIGHT -> verticalRight(s, at, stride);
            case SubblockModes.LEFT_DOWN -> leftDown(s, at, stride);
            case SubblockModes.VERTICAL_LEFT -> verticalLeft(s, at, stride);
            case SubblockModes.HORIZONTAL_DOWN -> horizontalDown(s, at, stride);
            case SubblockModes.HORIZONTAL_UP -> horizontalUp(s, at, stride);
            default -> mean(s, at, stride);
        }
    }

    private void collect(byte[] s, int at, int stride, int aboveRight) {
        int left = at - 1;
        for (int i = CORNER - 1; i >= 0; i--) {
            edge[i] = s[left] & 0xff;
            left += stride;
        }
        int above = at - stride;
        edge[CORNER] = s[above - 1] & 0xff;
        for (int i = 0; i < SIZE; i++) {
            edge[ABOVE + i] = s[above + i] & 0xff;
            edge[ABOVE + SIZE + i] = s[aboveRight + i] & 0xff;
        }
    }

    private void mean(byte[] s, int at, int stride) {
        int sum = SIZE;
        for (int i = 0; i < SIZE; i++) {
            sum += edge[i] + edge[ABOVE + i];
        }
        for (int i = 0; i < SIZE; i++) {
            line[i] = (byte) (sum >> 3);
        }
        rows(s, at, stride, 0, 0);
    }

    private void vertical(byte[] s, int at, int stride) {
        for (int x = 0; x < SIZE; x++) {
            line[x] = three(ABOVE + x);
        }
        rows(s, at, stride, 0, 0);
    }

    private void horizontal(byte[] s, int at, int stride) {
        int row = at;
        for (int i = CORNER - 1; i >= 0; i--) {
            byte value = i == 0 ? average(edge[1], edge[0], edge[0]) : three(i);
            for (int x = 0; x < SIZE; x++) {
                s[row + x] = value;
            }
            row += stride;
        }
    }

    private void rightDown(byte[] s, int at, int stride) {
        for (int i = 0; i < 7; i++) {
            line[i] = three(i + 1);
        }
        rows(s, at, stride, 3, -1);
    }

    private void leftDown(byte[] s, int at, int stride) {
        for (int i = 0; i < 6; i++) {
            line[i] = three(ABOVE + 1 + i);
        }
        int last = edge[ABOVE + 7];
        line[6] = average(edge[ABOVE + 6], last, last);
        rows(s, at, stride, 0, 1);
    }

    private void verticalRight(byte[] s, int at, int stride) {
        // The two rows below repeat those above, one to the right.
        line[1] = three(3);
        line[0] = three(2);
        for (int x = 0; x < SIZE; x++) {
            s[at + x] = two(CORNER + x);
            s[at + stride + x] = three(CORNER + x);
        }
        for (int y = 2; y < SIZE; y++) {
            int row = at + y * stride;
            s[row] = line[3 - y];
            System.arraycopy(s, row - 2 * stride, s, row + 1, 3);
        }
    }

    private void verticalLeft(byte[] s, int at, int stride) {
        for (int x = 0; x < SIZE; x++) {
            s[at + x] = two(ABOVE + x);
            s[at + stride + x] = three(ABOVE + 1 + x);
        }
        int third = at + 2 * stride;
        System.arraycopy(s, at + 1, s, third, 3);
        System.arraycopy(s, at + stride + 1, s, third + stride, 3);
        // Not what the pattern would have, but what the standard has.
        s[third + 3] = three(ABOVE + 5);
        s[third + stride + 3] = three(ABOVE + 6);
    }

    private void horizontalDown(byte[] s, int at, int stride) {
        for (int i = 0; i < SIZE; i++) {
            line[2 * i] = two(i);
            line[2 * i + 1] = three(i + 1);
        }
        line[8] = three(ABOVE);
        line[9] = three(ABOVE + 1);
        rows(s, at, stride, 6, -2);
    }

    private void horizontalUp(byte[] s, int at, int stride) {
        for (int i = 0; i < 3; i++) {
            line[2 * i] = two(2 - i);
            line[2 * i + 1] = i < 2 ? three(2 - i) : average(edge[1], edge[0], edge[0]);
        }
        for (int i = 6; i < 10; i++) {
            line[i] = (byte) edge[0];
        }
        rows(s, at, stride, 0, 2);
    }

    /** Copies four values of the line to each row, the first from here and each next so much further on. */
    private void rows(byte[] s, int at, int stride, int from, int step) {
        int row = at;
        int start = from;
        for (int y = 0; y < SIZE; y++) {
            for (int x = 0; x < SIZE; x++) {
                s[row + x] = line[start + x];
            }
            row += stride;
            start += step;
        }
    }

    /** The mean of a sample and the next. */
    private byte two(int i) {
        return (byte) ((edge[i] + edge[i + 1] + 1) >> 1);
    }

    /** The mean of a sample and its neighbours, itself twice. */
    private byte three(int i) {
        return average(edge[i - 1], edge[i], edge[i + 1]);
    }

    private static byte average(int before, int middle, int behind) {
        return (byte) ((before + 2 * middle + behind + 2) >> 2);
    }
}
