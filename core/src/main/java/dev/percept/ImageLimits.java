package dev.percept;

import java.time.Duration;
import java.util.Objects;

/**
 * What a picture may cost at most. What exceeds a limit is refused with an {@link ImageException}, by its header wherever that
 * tells. Immutable.
 *
 * @param bytes of a file or stream; 1 GiB by default
 * @param pixels that are decoded: width times height as stored; 2²⁷ by default, about 11,585 × 11,585
 * @param side the longest width or height that is decoded, in pixels; 65,535 by default
 * @param scoredPixels that a model is given: width times height, after resizing and cropping; 2²⁷ by default
 * @param time that decoding one picture may take; 30 s by default. It is looked at between rows: what a decoder does at once is
 *     not interrupted.
 */
public record ImageLimits(long bytes, long pixels, int side, long scoredPixels, Duration time) {
    private static final ImageLimits DEFAULTS =
            new ImageLimits(1L << 30, 1L << 27, 65_535, 1L << 27, Duration.ofSeconds(30));

    /** What a Java array can hold, in samples, whatever the limits say. */
    private static final long MOST_PIXELS = Integer.MAX_VALUE / 4;

    public ImageLimits {
        Objects.requireNonNull(time, "time");
        requireWithin("bytes", bytes, Integer.MAX_VALUE - 8);
        requireWithin("pixels", pixels, MOST_PIXELS);
        requireWithin("side", side, Integer.MAX_VALUE);
        requireWithin("scoredPixels", scoredPixels, MOST_PIXELS);
        if (time.isNegative() || time.isZero() || time.compareTo(Duration.ofDays(1)) > 0) {
            throw new IllegalArgumentException("time must be more than 0 and at most a day, not " + time);
        }
    }

    /** The defaults of all. */
    public static ImageLimits defaults() {
        return DEFAULTS;
    }

    /** These limits with another one for the bytes of a file. */
    public ImageLimits withBytes(long newBytes) {
        return new ImageLimits(newBytes, pixels, side, scoredPixels, time);
    }

    /** These limits with another one for the pixels that are decoded. */
    public ImageLimits withPixels(long newPixels) {
        return new ImageLimits(bytes, newPixels, side, scoredPixels, time);
    }

    /** These limits with another one for a picture's sides. */
    public ImageLimits withSide(int newSide) {
        return new ImageLimits(bytes, pixels, newSide, scoredPixels, time);
    }

    /** These limits with another one for the pixels that a model is given. */
    public ImageLimits withScoredPixels(long newScoredPixels) {
        return new ImageLimits(bytes, pixels, side, newScoredPixels, time);
    }

    /** These limits with another one for the time that decoding takes. */
    public ImageLimits withTime(Duration newTime) {
        return new ImageLimits(bytes, pixels, side, scoredPixels, newTime);
    }

    private static void requireWithin(String name, long value, long most) {
        if (value < 1 || value > most) {
            throw new IllegalArgumentException(name + " must be 1 to " + most + ", not " + value);
        }
    }
}
