package dev.percept.image.vp8;

import java.util.Arrays;

/** How the current macroblock is predicted, and what else the first partition has about it (RFC 6386, section 11). */
final class Modes {
    private static final int BLOCKS = 4;

    private final BoolDecoder decoder;
    private final Segments segments;
    private final boolean skips;
    private final int skipProbability;
    /** The modes of the 4×4 blocks above all macroblocks of the row, and to the left of the current one. */
    private final byte[] above;

    private final byte[] left = new byte[BLOCKS];

    private int segment;
    private boolean skipped;
    private boolean subblocks;
    private int luma;
    private int chroma;
    private final byte[] subblockModes = new byte[BLOCKS * BLOCKS];

    Modes(FrameHeader header, int columns) {
        decoder = header.modes();
        segments = header.segments();
        skips = header.skips();
        skipProbability = header.skipProbability();
        above = new byte[BLOCKS * columns];
    }

    void startRow() {
        Arrays.fill(left, (byte) SubblockModes.DC);
    }

    /** Reads the next macroblock of the row. */
    void read(int column) {
        segment = segments.read(decoder);
        skipped = skips && decoder.bit(skipProbability) != 0;
        subblocks = decoder.bit(145) == 0;
        if (subblocks) {
            readSubblocks(BLOCKS * column);
        } else {
            luma = lumaMode();
            Arrays.fill(above, BLOCKS * column, BLOCKS * (column + 1), (byte) luma);
            Arrays.fill(left, (byte) luma);
        }
        chroma = chromaMode();
    }

    private void readSubblocks(int from) {
        for (int y = 0; y < BLOCKS; y++) {
            int mode = left[y];
            for (int x = 0; x < BLOCKS; x++) {
                mode = SubblockModes.read(decoder, above[from + x], mode);
                above[from + x] = (byte) mode;
                subblockModes[BLOCKS * y + x] = (byte) mode;
            }
            left[y] = (byte) mode;
        }
    }

    private int lumaMode() {
        if (decoder.bit(156) != 0) {
            return decoder.bit(128) != 0 ? SubblockModes.TRUE_MOTION : SubblockModes.HORIZONTAL;
        }
        return decoder.bit(163) != 0 ? SubblockModes.VERTICAL : SubblockModes.DC;
    }

    private int chromaMode() {
        if (decoder.bit(142) == 0) {
            return SubblockModes.DC;
        }
        if (decoder.bit(114) == 0) {
            return SubblockModes.VERTICAL;
        }
        return decoder.bit(183) != 0 ? SubblockModes.TRUE_MOTION : SubblockModes.HORIZONTAL;
    }

    /** From 0 to 3. */
    int segment() {
        return segment;
    }

    /** Whether it has no coefficients, not even a zero. */
    boolean skipped() {
        return skipped;
    }

    /** Whether its luma is predicted by 4×4 blocks. */
    boolean subblocks() {
        return subblocks;
    }

    /** The mode of all its luma: one of the first four of {@link SubblockModes}. */
    int luma() {
        return luma;
    }

    /** The mode of a 4×4 block of luma, row by row from 0 to 15. */
    int luma(int block) {
        return subblockModes[block];
    }

    /** The mode of its chroma: one of the first four of {@link SubblockModes}. */
    int chroma() {
        return chroma;
    }
}
