package dev.percept.image;

import org.jspecify.annotations.Nullable;

/**
 * What a picture file says of itself, read by our own code before any decoder sees it.
 *
 * @param width of the whole picture as stored, in pixels
 * @param height of the whole picture as stored, in pixels
 * @param bits of a sample, as stored: 1 to 16
 * @param channels that are stored, alpha included
 * @param orientation 1 to 8, as EXIF counts; 1 where nothing is noted
 * @param profile what describes the colours, or null
 * @param transparent the one value of each channel that is transparent (PNG's tRNS), or null
 * @param multiplied whether colours are stored darkened by their opacity
 * @param frame where in the picture the decoded part lies, or null if that is all of it
 * @param file what a decoder is given: the same picture without what it has no use for
 */
@SuppressWarnings("ArrayRecordComponent") // Handed on, never compared.
record Header(
        int width,
        int height,
        int bits,
        int channels,
        int orientation,
        @Nullable Profile profile,
        int @Nullable [] transparent,
        boolean multiplied,
        @Nullable Frame frame,
        byte[] file) {

    /**
     * A part of the picture; around it is nothing, which is transparent.
     *
     * @param left column of its first pixel
     * @param top row of its first pixel
     * @param width in pixels
     * @param height in pixels
     * @param interlaced whether its rows are decoded in GIF's four passes
     */
    record Frame(int left, int top, int width, int height, boolean interlaced) {}

    /**
     * A colour profile as found.
     *
     * @param name for people, or null to take the one inside
     * @param icc an ICC profile
     */
    @SuppressWarnings("ArrayRecordComponent") // Handed on, never compared.
    record Profile(@Nullable String name, byte[] icc) {}

    /** A picture that is all there is, without profile or orientation. */
    static Header plain(int width, int height, int bits, int channels, byte[] file) {
        return new Header(width, height, bits, channels, 1, null, null, false, null, file);
    }

    /** Width of what a decoder gives. */
    int decodedWidth() {
        return frame == null ? width : frame.width();
    }

    /** Height of what a decoder gives. */
    int decodedHeight() {
        return frame == null ? height : frame.height();
    }

    Header withOrientation(int newOrientation) {
        return new Header(width, height, bits, channels, newOrientation, profile, transparent, multiplied, frame, file);
    }

    Header withProfile(@Nullable Profile newProfile) {
        return new Header(width, height, bits, channels, orientation, newProfile, transparent, multiplied, frame, file);
    }

    Header withTransparent(int @Nullable [] newTransparent) {
        return new Header(width, height, bits, channels, orientation, profile, newTransparent, multiplied, frame, file);
    }

    Header withMultiplied(boolean newMultiplied) {
        return new Header(width, height, bits, channels, orientation, profile, transparent, newMultiplied, frame, file);
    }

    Header withFrame(@Nullable Frame newFrame) {
        return new Header(width, height, bits, channels, orientation, profile, transparent, multiplied, newFrame, file);
    }

    Header withFile(byte[] newFile) {
        return new Header(width, height, bits, channels, orientation, profile, transparent, multiplied, frame, newFile);
    }
}
