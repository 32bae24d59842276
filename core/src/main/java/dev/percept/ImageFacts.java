package dev.percept;

import org.jspecify.annotations.Nullable;

/**
 * What was found in a picture, and what was done with it.
 *
 * @param format of the file, such as {@code png}; {@code memory} for pictures that were none
 * @param width as stored, in pixels
 * @param height as stored, in pixels
 * @param bits of each sample: 8, or 16 for everything that has more than 8
 * @param orientation as the file notes it, 1 to 8; 1 where it notes none
 * @param profile what describes its colours: a profile's name, or {@code gamma} for a PNG file's; null where nothing does
 * @param profileUse what was done with that; null where there is none
 * @param alpha whether a pixel is not fully opaque
 */
public record ImageFacts(
        String format,
        int width,
        int height,
        int bits,
        int orientation,
        @Nullable String profile,
        @Nullable ProfileUse profileUse,
        boolean alpha) {

    /** What was done with a colour profile. */
    public enum ProfileUse implements Identified {
        /** Colours were converted to sRGB. */
        CONVERTED,
        /** Nothing: it describes sRGB, to within a level. */
        SRGB,
        /** Nothing, as {@link IccProfile#IGNORE} says. */
        IGNORED,
        /** Nothing, because it is damaged, or not for such a picture. */
        UNUSABLE
    }
}
