package dev.percept.terminal;

import dev.percept.Alpha;
import dev.percept.IccProfile;
import dev.percept.ImageLimits;
import dev.percept.ImageOptions;
import dev.percept.Orientation;
import dev.percept.Resize;
import dev.percept.ResizeFilter;
import dev.percept.SizeMismatch;
import java.time.Duration;
import java.util.Objects;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

/** How pictures are read and made comparable: a mixin for every command that scores. */
public final class PictureOptions {
    @Option(
            names = "--size-mismatch",
            paramLabel = "POLICY",
            converter = Mismatches.class,
            completionCandidates = Mismatches.class,
            description = "Pictures of different sizes: error, the default; resize the candidate to the reference's"
                    + " size; or crop both from the top left.")
    private @Nullable SizeMismatch sizeMismatch;

    @Option(
            names = "--resize",
            paramLabel = "WxH|short:N",
            converter = Resizes.class,
            description = "Resize both pictures first: to this size, or the shorter side to N pixels.")
    private @Nullable Resize resize;

    @Option(
            names = "--filter",
            paramLabel = "FILTER",
            converter = Filters.class,
            completionCandidates = Filters.class,
            description = "How pictures are resized: box, bilinear, bicubic (the default) or lanczos, as Pillow does.")
    private @Nullable ResizeFilter filter;

    @Option(
            names = "--alpha",
            paramLabel = "BEHIND",
            converter = Alphas.class,
            completionCandidates = Alphas.class,
            description = "What is behind transparent parts: white, the default; black; checkerboard; worst, the worse"
                    + " of white and black; or error, to refuse them.")
    private @Nullable Alpha alpha;

    @Option(
            names = "--orientation",
            paramLabel = "POLICY",
            converter = Orientations.class,
            completionCandidates = Orientations.class,
            description = "Whether pictures are turned as their camera noted: apply, the default, or ignore.")
    private @Nullable Orientation orientation;

    @Option(
            names = "--icc",
            paramLabel = "POLICY",
            converter = Profiles.class,
            completionCandidates = Profiles.class,
            description = "Whether colours are converted to sRGB by a picture's profile: convert, the default, or"
                    + " ignore.")
    private @Nullable IccProfile icc;

    @Option(
            names = "--max-bytes",
            paramLabel = "SIZE",
            converter = ByteSize.class,
            description = "The largest picture file that is read; default: 1G.")
    private @Nullable Long maxBytes;

    @Option(
            names = "--max-pixels",
            paramLabel = "N",
            description = "The most pixels that a picture may have; default: 134217728.")
    private @Nullable Long maxPixels;

    @Option(
            names = "--max-side",
            paramLabel = "N",
            description = "The longest width or height that a picture may have; default: 65535.")
    private @Nullable Integer maxSide;

    @Option(
            names = "--max-scored-pixels",
            paramLabel = "N",
            description = "The most pixels that are scored, after resizing and cropping; default: 134217728.")
    private @Nullable Long maxScoredPixels;

    @Option(
            names = "--decode-timeout",
            paramLabel = "SECONDS",
            description = "How long decoding one picture may take; default: 30.")
    private @Nullable Integer decodeTimeout;

    /**
     * These options with the given ones.
     *
     * @throws IllegalArgumentException if one has a value that it can't have
     */
    public ImageOptions applyTo(ImageOptions options) {
        ImageOptions changed = options.withResize(resize == null ? options.resize() : resize)
                .withSizeMismatch(sizeMismatch == null ? options.sizeMismatch() : sizeMismatch)
                .withFilter(filter == null ? options.filter() : filter)
                .withAlpha(alpha == null ? options.alpha() : alpha)
                .withOrientation(orientation == null ? options.orientation() : orientation)
                .withIcc(icc == null ? options.icc() : icc)
                .withLimits(limits(options.limits()));
        if (filter != null && changed.resize() == null && changed.sizeMismatch() != SizeMismatch.RESIZE) {
            throw new IllegalArgumentException(
                    "--filter has nothing to resize; add --resize or --size-mismatch resize");
        }
        return changed;
    }

    private ImageLimits limits(ImageLimits limits) {
        ImageLimits changed = limits;
        if (maxBytes != null) {
            long bytes = maxBytes;
            changed = named("--max-bytes", changed, known -> known.withBytes(bytes));
        }
        if (maxPixels != null) {
            long pixels = maxPixels;
            changed = named("--max-pixels", changed, known -> known.withPixels(pixels));
        }
        if (maxSide != null) {
            int side = maxSide;
            changed = named("--max-side", changed, known -> known.withSide(side));
        }
        if (maxScoredPixels != null) {
            long pixels = maxScoredPixels;
            changed = named("--max-scored-pixels", changed, known -> known.withScoredPixels(pixels));
        }
        if (decodeTimeout != null) {
            Duration time = Duration.ofSeconds(decodeTimeout);
            changed = named("--decode-timeout", changed, known -> known.withTime(time));
        }
        return changed;
    }

    /** A change of a limit, whose refusal names the option. */
    private static ImageLimits named(String option, ImageLimits limits, UnaryOperator<ImageLimits> change) {
        try {
            return change.apply(limits);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(option + ": " + e.getMessage(), e);
        }
    }

    /** {@code --resize}. */
    static final class Resizes implements ITypeConverter<Resize> {
        @Override
        public Resize convert(String value) {
            try {
                return Resize.of(value);
            } catch (IllegalArgumentException e) {
                throw new TypeConversionException(Objects.toString(e.getMessage()));
            }
        }
    }

    /** {@code --size-mismatch}. */
    static final class Mismatches extends Choice<SizeMismatch> {
        private static final long serialVersionUID = 1L;

        Mismatches() {
            super(SizeMismatch.class);
        }
    }

    /** {@code --filter}. */
    static final class Filters extends Choice<ResizeFilter> {
        private static final long serialVersionUID = 1L;

        Filters() {
            super(ResizeFilter.class);
        }
    }

    /** {@code --alpha}. */
    static final class Alphas extends Choice<Alpha> {
        private static final long serialVersionUID = 1L;

        Alphas() {
            super(Alpha.class);
        }
    }

    /** {@code --orientation}. */
    static final class Orientations extends Choice<Orientation> {
        private static final long serialVersionUID = 1L;

        Orientations() {
            super(Orientation.class);
        }
    }

    /** {@code --icc}. */
    static final class Profiles extends Choice<IccProfile> {
        private static final long serialVersionUID = 1L;

        Profiles() {
            super(IccProfile.class);
        }
    }
}
