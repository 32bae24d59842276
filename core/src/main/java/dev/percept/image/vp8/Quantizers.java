package dev.percept.image.vp8;

/** What coefficients are multiplied by, for each segment (RFC 6386, sections 9.6 and 14.1). */
final class Quantizers {
    /** Where a block's factors are: that of its mean; behind it, that of the other coefficients. */
    static final int LUMA = 0;

    static final int SECOND_ORDER = 2;
    static final int CHROMA = 4;

    private static final int FACTORS = 6;
    private static final int MOST = 127;
    private static final int MOST_FOR_CHROMA_MEAN = 117;

    private static final int[] MEAN = {
        4, 5, 6, 7, 8, 9, 10, 10, 11, 12, 13, 14, 15, 16, 17, 17,
        18, 19, 20, 20, 21, 21, 22, 22, 23, 23, 24, 25, 25, 26, 27, 28,
        29, 30, 31, 32, 33, 34, 35, 36, 37, 37, 38, 39, 40, 41, 42, 43,
        44, 45, 46, 46, 47, 48, 49, 50, 51, 52, 53, 54, 55, 56, 57, 58,
        59, 60, 61, 62, 63, 64, 65, 66, 67, 68, 69, 70, 71, 72, 73, 74,
        75, 76, 76, 77, 78, 79, 80, 81, 82, 83, 84, 85, 86, 87, 88, 89,
        91, 93, 95, 96, 98, 100, 101, 102, 104, 106, 108, 110, 112, 114, 116, 118,
        122, 124, 126, 128, 130, 132, 134, 136, 138, 140, 143, 145, 148, 151, 154, 157,
    };

    private static final int[] OTHERS = {
        4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19,
        20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35,
        36, 37, 38, 39, 40, 41, 42, 43, 44, 45, 46, 47, 48, 49, 50, 51,
        52, 53, 54, 55, 56, 57, 58, 60, 62, 64, 66, 68, 70, 72, 74, 76,
        78, 80, 82, 84, 86, 88, 90, 92, 94, 96, 98, 100, 102, 104, 106, 108,
        110, 112, 114, 116, 119, 122, 125, 128, 131, 134, 137, 140, 143, 146, 149, 152,
        155, 158, 161, 164, 167, 170, 173, 177, 181, 185, 189, 193, 197, 201, 205, 209,
        213, 217, 221, 225, 229, 234, 239, 245, 249, 254, 259, 264, 269, 274, 279, 284,
    };

    private final int[] factors = new int[Segments.COUNT * FACTORS];

    Quantizers(BoolDecoder header, Segments segments) {
        int base = header.literal(7);
        int lumaMean = header.optionalSigned(4);
        int secondMean = header.optionalSigned(4);
        int secondOthers = header.optionalSigned(4);
        int chromaMean = header.optionalSigned(4);
        int chromaOthers = header.optionalSigned(4);
        for (int segment = 0; segment < Segments.COUNT; segment++) {
            int index = segments.quantizer(segment, base);
            int at = segment * FACTORS;
            factors[at + LUMA] = MEAN[limit(index + lumaMean, MOST)];
            factors[at + LUMA + 1] = OTHERS[limit(index, MOST)];
            factors[at + SECOND_ORDER] = MEAN[limit(index + secondMean, MOST)] * 2;
            factors[at + SECOND_ORDER + 1] = Math.max(8, OTHERS[limit(index + secondOthers, MOST)] * 155 / 100);
            factors[at + CHROMA] = MEAN[limit(index + chromaMean, MOST_FOR_CHROMA_MEAN)];
            factors[at + CHROMA + 1] = OTHERS[limit(index + chromaOthers, MOST)];
        }
    }

    /** @param which {@link #LUMA}, {@link #SECOND_ORDER} or {@link #CHROMA}, or one more for all but the mean */
    int factor(int segment, int which) {
        return factors[segment * FACTORS + which];
    }

    private static int limit(int index, int most) {
        return Math.max(0, Math.min(most, index));
    }
}
