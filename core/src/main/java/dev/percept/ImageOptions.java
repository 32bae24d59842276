package dev.percept;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * How pictures are read and made comparable. Every score's {@link Provenance} repeats it. Immutable.
 *
 * @param sizeMismatch what becomes of a pair of different sizes; {@link SizeMismatch#ERROR} by default
 * @param resize the size that both pictures get first, or null, the default, to leave them as they are
 * @param filter how pictures are resized; {@link ResizeFilter#BICUBIC} by default
 * @param alpha what is behind transparent parts; {@link Alpha#WHITE} by default
 * @param orientation whether a picture is turned as its camera noted; {@link Orientation#APPLY} by default
 * @param icc whether colours are converted to sRGB; {@link IccProfile#CONVERT} by default
 * @param limits what a picture may cost
 */
public record ImageOptions(
        SizeMismatch sizeMismatch,
        @Nullable Resize resize,
        ResizeFilter filter,
        Alpha alpha,
        Orientation orientation,
        IccProfile icc,
        ImageLimits limits) {

    private static final ImageOptions DEFAULTS = new ImageOptions(
            SizeMismatch.ERROR,
            null,
            ResizeFilter.BICUBIC,
            Alpha.WHITE,
            Orientation.APPLY,
            IccProfile.CONVERT,
            ImageLimits.defaults());

    public ImageOptions {
        Objects.requireNonNull(sizeMismatch, "sizeMismatch");
        Objects.requireNonNull(filter, "filter");
        Objects.requireNonNull(alpha, "alpha");
        Objects.requireNonNull(orientation, "orientation");
        Objects.requireNonNull(icc, "icc");
        Objects.requireNonNull(limits, "limits");
    }

    /** The defaults of all. */
    public static ImageOptions defaults() {
        return DEFAULTS;
    }

    /** These options with another answer to pictures of different sizes. */
    public ImageOptions withSizeMismatch(SizeMismatch newSizeMismatch) {
        return new ImageOptions(newSizeMismatch, resize, filter, alpha, orientation, icc, limits);
    }

    /** These options with another size for both pictures; null leaves them as they are. */
    public ImageOptions withResize(@Nullable Resize newResize) {
        return new ImageOptions(sizeMismatch, newResize, filter, alpha, orientation, icc, limits);
    }

    /** These options with another filter. */
    public ImageOptions withFilter(ResizeFilter newFilter) {
        return new ImageOptions(sizeMismatch, resize, newFilter, alpha, orientation, icc, limits);
    }

    /** These options with something else behind transparent parts. */
    public ImageOptions withAlpha(Alpha newAlpha) {
        return new ImageOptions(sizeMismatch, resize, filter, newAlpha, orientation, icc, limits);
    }

    /** These options, applying orientations or not. */
    public ImageOptions withOrientation(Orientation newOrientation) {
        return new ImageOptions(sizeMismatch, resize, filter, alpha, newOrientation, icc, limits);
    }

    /** These options, converting colours or not. */
    public ImageOptions withIcc(IccProfile newIcc) {
        return new ImageOptions(sizeMismatch, resize, filter, alpha, orientation, newIcc, limits);
    }

    /** These options with other limits. */
    public ImageOptions withLimits(ImageLimits newLimits) {
        return new ImageOptions(sizeMismatch, resize, filter, alpha, orientation, icc, newLimits);
    }

    /** Whether a picture may be resized, and so {@link #filter} matter. */
    boolean mayResize() {
        return resize != null || sizeMismatch == SizeMismatch.RESIZE;
    }
}
