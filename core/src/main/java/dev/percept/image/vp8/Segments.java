package dev.percept.image.vp8;

/** Groups of macroblocks with a quantizer and a filter level of their own (RFC 6386, section 9.3). */
final class Segments {
    static final int COUNT = 4;

    private final boolean used;
    private final boolean mapped;
    private boolean absolute = true;
    private final int[] quantizers = new int[COUNT];
    private final int[] filterLevels = new int[COUNT];
    private final int[] probabilities = {255, 255, 255};

    Segments(BoolDecoder header) {
        used = header.flag();
        mapped = used && header.flag();
        if (used && header.flag()) {
            absolute = header.flag();
            for (int i = 0; i < COUNT; i++) {
                quantizers[i] = header.optionalSigned(7);
            }
            for (int i = 0; i < COUNT; i++) {
                filterLevels[i] = header.optionalSigned(6);
            }
        }
        if (mapped) {
            for (int i = 0; i < probabilities.length; i++) {
                probabilities[i] = header.flag() ? header.literal(8) : 255;
            }
        }
    }

    /** Reads which segment a macroblock belongs to, from 0 to 3; 0 if the frame doesn't say. */
    int read(BoolDecoder decoder) {
        if (!mapped) {
            return 0;
        }
        int high = decoder.bit(probabilities[0]);
        return 2 * high + decoder.bit(probabilities[1 + high]);
    }

    /** A segment's quantizer index, not yet limited. */
    int quantizer(int segment, int ofFrame) {
        return value(quantizers[segment], ofFrame);
    }

    /** A segment's filter level, not yet limited. */
    int filterLevel(int segment, int ofFrame) {
        return value(filterLevels[segment], ofFrame);
    }

    private int value(int ofSegment, int ofFrame) {
        if (!used) {
            return ofFrame;
        }
        return absolute ? ofSegment : ofFrame + ofSegment;
    }
}
