package dev.percept.image.vp8;

/** How strongly the edges of a macroblock are filtered (RFC 6386, sections 9.4 and 15). */
final class FilterStrengths {
    private static final int MOST = 63;

    private final boolean simple;
    private final boolean none;
    private final int level;
    private final int sharpness;
    /** What is added to the level of every macroblock of a key frame, and to those that are predicted by 4×4 blocks. */
    private int forKeyFrame;

    private int forSubblocks;

    private final int[] levels = new int[2 * Segments.COUNT];
    private final int[] interiors = new int[2 * Segments.COUNT];

    FilterStrengths(BoolDecoder header, Segments segments) {
        simple = header.flag();
        level = header.literal(6);
        sharpness = header.literal(3);
        none = level == 0;
        if (header.flag()) {
            readAdjustments(header);
        }
        for (int segment = 0; segment < Segments.COUNT; segment++) {
            int base = segments.filterLevel(segment, level) + forKeyFrame;
            set(2 * segment, base);
            set(2 * segment + 1, base + forSubblocks);
        }
    }

    private void readAdjustments(BoolDecoder header) {
        if (!header.flag()) {
            return;
        }
        int[] read = new int[8];
        for (int i = 0; i < read.length; i++) {
            read[i] = header.optionalSigned(6);
        }
        // The others are for macroblocks that refer to other frames.
        forKeyFrame = read[0];
        forSubblocks = read[4];
    }

    private void set(int which, int unlimited) {
        int limited = Math.max(0, Math.min(MOST, unlimited));
        levels[which] = limited;
        int interior = limited;
        if (sharpness > 0) {
            interior = Math.min(interior >> (sharpness > 4 ? 2 : 1), 9 - sharpness);
        }
        interiors[which] = Math.max(1, interior);
    }

    /** Whether the frame isn't filtered at all. */
    boolean none() {
        return none;
    }

    /** Whether only luma is filtered, and by the simple filter. */
    boolean simple() {
        return simple;
    }

    /** What the methods below take, from 0 to 7. */
    static int which(int segment, boolean subblocks) {
        return 2 * segment + (subblocks ? 1 : 0);
    }

    /** From 0, for no filter, to 63. */
    int level(int which) {
        return levels[which];
    }

    /** The most by which two neighbours on the same side of an edge may differ. */
    int interior(int which) {
        return interiors[which];
    }

    /** The most by which two neighbours may differ where the edge doesn't lie between high variances. */
    int highVariance(int which) {
        return levels[which] >= 40 ? 2 : levels[which] >= 15 ? 1 : 0;
    }
}
