package dev.percept.image.vp8;

/** Reads a block's coefficients, token by token (RFC 6386, section 13). */
final class TokenReader {
    /** Kinds of block, in the order of their probabilities. */
    static final int LUMA_WITHOUT_MEAN = 0;

    static final int SECOND_ORDER = 1;
    static final int CHROMA = 2;
    static final int LUMA = 3;

    private static final int SIZE = 16;
    /** Probabilities of a context, of a band and of a kind of block. */
    private static final int OF_CONTEXT = 11;

    private static final int OF_BAND = 3 * OF_CONTEXT;
    private static final int OF_TYPE = 8 * OF_BAND;

    /** Where the band of each coefficient begins; one more, which isn't used, spares a question. */
    private static final int[] BANDS = bands(0, 1, 2, 3, 6, 4, 5, 6, 6, 6, 6, 6, 6, 6, 6, 7, 0);

    private static final int[] ZIGZAG = {0, 1, 4, 8, 5, 2, 3, 6, 9, 12, 13, 10, 7, 11, 14, 15};

    /** Of the four largest categories: the least value, and the probabilities of the bits that are added to it. */
    private static final int[] LEAST = {11, 19, 35, 67};

    private static final int[][] EXTRA_BITS = {
        {173, 148, 140},
        {176, 155, 140, 135},
        {180, 157, 141, 134, 130},
        {254, 254, 243, 230, 196, 177, 153, 140, 133, 130, 129},
    };

    private final int[] probabilities;
    private final short[] coefficients;
    private int meanFactor;
    private int otherFactor;

    /** @param coefficients where they are written, zero before that */
    TokenReader(int[] probabilities, short[] coefficients) {
        this.probabilities = probabilities;
        this.coefficients = coefficients;
    }

    private static int[] bands(int... bands) {
        int[] starts = new int[bands.length];
        for (int i = 0; i < bands.length; i++) {
            starts[i] = bands[i] * OF_BAND;
        }
        return starts;
    }

    /** Sets what the first coefficient and the others are multiplied by. */
    void factors(int mean, int others) {
        meanFactor = mean;
        otherFactor = others;
    }

    /** The first coefficient that a kind of block has. */
    static int first(int type) {
        return type == LUMA_WITHOUT_MEAN ? 1 : 0;
    }

    /**
     * Reads a block.
     *
     * @param context how many of the blocks above and to the left have coefficients
     * @param at where the block's coefficients are written
     * @return how many coefficients there are up to the last that isn't left out, counted from the very first
     */
    int read(BoolDecoder decoder, int type, int context, int at) {
        int[] p = probabilities;
        int ofType = type * OF_TYPE;
        int i = first(type);
        int from = ofType + BANDS[i] + context * OF_CONTEXT;
        while (i < SIZE) {
            if (decoder.bit(p[from]) == 0) {
                return i;
            }
            while (decoder.bit(p[from + 1]) == 0) {
                i++;
                if (i == SIZE) {
                    return SIZE;
                }
                from = ofType + BANDS[i];
            }
            int value = 1;
            int next = OF_CONTEXT;
            if (decoder.bit(p[from + 2]) != 0) {
                value = aboveOne(decoder, from);
                next = 2 * OF_CONTEXT;
            }
            int factor = i == 0 ? meanFactor : otherFactor;
            // Damaged files overflow, and WebP's library then wraps.
            coefficients[at + ZIGZAG[i]] = (short) (decoder.withSign(value) * factor);
            i++;
            from = ofType + BANDS[i] + next;
        }
        return SIZE;
    }

    private int aboveOne(BoolDecoder decoder, int from) {
        int[] p = probabilities;
        if (decoder.bit(p[from + 3]) == 0) {
            return decoder.bit(p[from + 4]) == 0 ? 2 : 3 + decoder.bit(p[from + 5]);
        }
        if (decoder.bit(p[from + 6]) == 0) {
            if (decoder.bit(p[from + 7]) == 0) {
                return 5 + decoder.bit(159);
            }
            int high = decoder.bit(165);
            return 7 + 2 * high + decoder.bit(145);
        }
        int high = decoder.bit(p[from + 8]);
        int category = 2 * high + decoder.bit(p[from + 9 + high]);
        int extra = 0;
        for (int probability : EXTRA_BITS[category]) {
            extra = 2 * extra + decoder.bit(probability);
        }
        return LEAST[category] + extra;
    }
}
