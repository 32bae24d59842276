package dev.percept.image.vp8;

import java.util.Arrays;

/** The coefficients of the current macroblock (RFC 6386, sections 13 and 14.1), by 4×4 blocks. */
final class Residuals {
    /** What {@link #kind} says of a block: nothing to add, the same to all pixels, few coefficients, or anything. */
    static final int NOTHING = 0;

    static final int MEAN = 1;
    static final int FEW = 2;
    static final int ANYTHING = 3;

    static final int LUMA_BLOCKS = 16;
    static final int BLOCKS = 24;
    /** Where, behind all others, the block is that has the means of the luma blocks. */
    private static final int SECOND_ORDER = BLOCKS;
    /** Coefficients of a block. */
    private static final int SIZE = 16;

    /** For each macroblock above, and for the one to the left, flags: four of luma, two, two, and the second order. */
    private static final int FLAGS = 9;

    private static final int SECOND_ORDER_FLAG = 8;

    private final TokenReader tokens;
    private final Quantizers quantizers;
    private final byte[] above;
    private final byte[] left = new byte[FLAGS];

    private final short[] coefficients = new short[(BLOCKS + 1) * SIZE];
    private final byte[] kinds = new byte[BLOCKS];
    private boolean some;

    Residuals(FrameHeader header, int columns) {
        tokens = new TokenReader(header.probabilities(), coefficients);
        quantizers = header.quantizers();
        above = new byte[FLAGS * columns];
    }

    void startRow() {
        Arrays.fill(left, (byte) 0);
    }

    /** Reads the next macroblock of the row. */
    void read(BoolDecoder decoder, Modes modes, int column) {
        int from = FLAGS * column;
        some = false;
        if (modes.skipped()) {
            skip(from, modes.subblocks());
            return;
        }
        Arrays.fill(coefficients, (short) 0);
        int segment = modes.segment();
        if (modes.subblocks()) {
            factors(segment, Quantizers.LUMA);
            readSquare(decoder, TokenReader.LUMA, 0, 4, from, 0);
        } else {
            factors(segment, Quantizers.SECOND_ORDER);
            readSecondOrder(decoder, from + SECOND_ORDER_FLAG);
            factors(segment, Quantizers.LUMA);
            readSquare(decoder, TokenReader.LUMA_WITHOUT_MEAN, 0, 4, from, 0);
        }
        factors(segment, Quantizers.CHROMA);
        readSquare(decoder, TokenReader.CHROMA, LUMA_BLOCKS, 2, from, 4);
        readSquare(decoder, TokenReader.CHROMA, LUMA_BLOCKS + 4, 2, from, 6);
    }

    private void skip(int from, boolean subblocks) {
        // Macroblocks without a second-order block leave the flag of those that have one alone.
        int flags = subblocks ? SECOND_ORDER_FLAG : FLAGS;
        Arrays.fill(left, 0, flags, (byte) 0);
        Arrays.fill(above, from, from + flags, (byte) 0);
        Arrays.fill(kinds, (byte) NOTHING);
    }

    private void factors(int segment, int which) {
        tokens.factors(quantizers.factor(segment, which), quantizers.factor(segment, which + 1));
    }

    private void readSecondOrder(BoolDecoder decoder, int flag) {
        int at = SECOND_ORDER * SIZE;
        int context = above[flag] + left[SECOND_ORDER_FLAG];
        int end = tokens.read(decoder, TokenReader.SECOND_ORDER, context, at);
        byte coded = (byte) (end > 0 ? 1 : 0);
        above[flag] = coded;
        left[SECOND_ORDER_FLAG] = coded;
        InverseTransform.spread(coefficients, at, end > 1);
    }

    /** Reads so many rows of as many blocks. */
    private void readSquare(BoolDecoder decoder, int type, int firstBlock, int side, int from, int flag) {
        int first = TokenReader.first(type);
        int block = firstBlock;
        for (int y = flag; y < flag + side; y++) {
            int before = left[y];
            for (int x = from + flag; x < from + flag + side; x++) {
                int end = tokens.read(decoder, type, before + above[x], block * SIZE);
                before = end > first ? 1 : 0;
                above[x] = (byte) before;
                byte kind = kind(type, end, coefficients[block * SIZE]);
                kinds[block++] = kind;
                some |= kind != NOTHING;
            }
            left[y] = (byte) before;
        }
    }

    private static byte kind(int type, int end, int mean) {
        if (end <= 1) {
            return (byte) (mean != 0 ? MEAN : NOTHING);
        }
        // For chroma the difference would only be seen where damaged files overflow, and WebP's library makes none.
        return (byte) (end <= 3 && type != TokenReader.CHROMA ? FEW : ANYTHING);
    }

    /** Whether there is something to add to the prediction. */
    boolean some() {
        return some;
    }

    /** Says what a block has: 16 of luma, row by row, then four of each chroma. */
    int kind(int block) {
        return kinds[block];
    }

    /** Where a block's coefficients begin in {@link #coefficients}. */
    static int at(int block) {
        return block * SIZE;
    }

    short[] coefficients() {
        return coefficients;
    }
}
