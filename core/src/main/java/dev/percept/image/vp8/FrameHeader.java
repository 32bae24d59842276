package dev.percept.image.vp8;

import java.io.IOException;

/** What precedes the macroblocks (RFC 6386, section 9), and where they are. */
final class FrameHeader {
    private static final int LENGTH = 10;
    private static final int START_CODE = 0x2a019d;
    private static final int LAST_VERSION = 3;
    private static final int SIZE_BYTES = 3;

    private final BoolDecoder first;
    private final BoolDecoder[] partitions;
    private final Segments segments;
    private final FilterStrengths filter;
    private final Quantizers quantizers;
    private final int[] probabilities = DefaultProbabilities.copy();
    private final boolean skips;
    private final int skipProbability;

    /** @throws IOException if there is no such frame */
    FrameHeader(byte[] file, int from, int length, int width, int height) throws IOException {
        int firstLength = checkStart(file, from, length, width, height);
        first = new BoolDecoder(file, from + LENGTH, firstLength);
        // The colour space and whether to clamp: there is one, and everyone does.
        first.literal(2);
        segments = new Segments(first);
        filter = new FilterStrengths(first, segments);
        int behind = LENGTH + firstLength;
        partitions = partitions(file, from + behind, length - behind, 1 << first.literal(2));
        quantizers = new Quantizers(first, segments);
        // Whether the probabilities outlive the frame.
        first.flag();
        ProbabilityUpdates.read(first, probabilities);
        skips = first.flag();
        skipProbability = skips ? first.literal(8) : 0;
        if (first.ended()) {
            throw endsEarly();
        }
    }

    /** @return the length of the first partition */
    private static int checkStart(byte[] file, int from, int length, int width, int height) throws IOException {
        if (length < LENGTH) {
            throw endsEarly();
        }
        int tag = littleEndian(file, from);
        if ((tag & 1) != 0) {
            throw new IOException("its VP8 frame is no key frame");
        }
        if (((tag >> 1) & 7) > LAST_VERSION) {
            throw new IOException("its VP8 frame is of an unknown version");
        }
        if (((tag >> 4) & 1) == 0) {
            throw new IOException("its VP8 frame is not to be shown");
        }
        if (littleEndian(file, from + 3) != START_CODE) {
            throw new IOException("its VP8 frame does not begin as one");
        }
        if (width < 1 || height < 1 || size(file, from + 6) != width || size(file, from + 8) != height) {
            throw new IOException("its VP8 frame is of another size");
        }
        if (tag >> 5 > length - LENGTH) {
            throw endsEarly();
        }
        return tag >> 5;
    }

    /** A width or height; its two highest bits say how to enlarge the picture, which WebP doesn't. */
    private static int size(byte[] file, int at) {
        return (file[at] & 0xff) | ((file[at + 1] & 0x3f) << 8);
    }

    private static BoolDecoder[] partitions(byte[] file, int from, int length, int count) throws IOException {
        int at = SIZE_BYTES * (count - 1);
        if (at > length) {
            throw endsEarly();
        }
        BoolDecoder[] partitions = new BoolDecoder[count];
        for (int i = 0; i < count - 1; i++) {
            int size = littleEndian(file, from + SIZE_BYTES * i);
            if (size > length - at) {
                throw endsEarly();
            }
            partitions[i] = new BoolDecoder(file, from + at, size);
            at += size;
        }
        if (at == length) {
            throw endsEarly();
        }
        partitions[count - 1] = new BoolDecoder(file, from + at, length - at);
        return partitions;
    }

    private static int littleEndian(byte[] file, int at) {
        return (file[at] & 0xff) | ((file[at + 1] & 0xff) << 8) | ((file[at + 2] & 0xff) << 16);
    }

    static IOException endsEarly() {
        return new IOException("its VP8 frame ends early");
    }

    /** The first partition, with the macroblocks' modes. */
    BoolDecoder modes() {
        return first;
    }

    /** The partition with a row's coefficients. */
    BoolDecoder coefficients(int row) {
        return partitions[row & (partitions.length - 1)];
    }

    Segments segments() {
        return segments;
    }

    FilterStrengths filter() {
        return filter;
    }

    Quantizers quantizers() {
        return quantizers;
    }

    /** The probabilities of coefficient tokens, in the order of {@link DefaultProbabilities}. */
    int[] probabilities() {
        return probabilities;
    }

    /** Whether macroblocks say that they have no coefficients. */
    boolean skips() {
        return skips;
    }

    /** The probability, in 256ths, that a macroblock has coefficients. */
    int skipProbability() {
        return skipProbability;
    }
}
