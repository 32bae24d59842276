package dev.percept;

import dev.percept.image.Decoder;
import dev.percept.image.Picture;
import dev.percept.image.Pixels;
import dev.percept.image.Resampler;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A pair of pictures to decode and to make comparable.
 *
 * @param pair the sources
 * @param decodedReference the reference where it is known, or null
 * @param preparation how it is done
 */
record PairDecoding(ImagePair pair, @Nullable Picture decodedReference, Preparation preparation) {
    /** How pictures are read for a model. */
    static final class Preparation {
        private final Backbone backbone;
        private final ImageOptions options;
        private final Decoder decoder;

        Preparation(Backbone backbone, ImageOptions options) {
            this.backbone = backbone;
            this.options = options;
            this.decoder = new Decoder(options);
        }

        /**
         * Reads a picture and brings it to the size that is asked for.
         *
         * @param wanted of the size that it has then; asked before it is decoded, if that is its own
         * @throws ImageException if it can't be read
         */
        Picture read(ImageSource source, Decoder.SizeCheck wanted) {
            if (source instanceof ImageSource.Decoded decoded) {
                if (!decoded.isOf(this)) {
                    throw new IllegalArgumentException(
                            decoded.name() + " was decoded by another PerceptualLoss than the one that it is given to");
                }
                wanted.check(decoded.width(), decoded.height());
                return decoded.picture();
            }
            boolean asItIs = options.resize() == null && options.sizeMismatch() == SizeMismatch.ERROR;
            Picture picture = decoder.decode(source, asItIs ? wanted : (width, height) -> {});
            // A graph that takes bytes can't be given more.
            Picture fitting =
                    backbone.spec().input().type() == InputSpec.Type.UINT8 ? picture.map(Pixels::shallow) : picture;
            Resize resize = options.resize();
            if (resize == null) {
                return fitting;
            }
            Pixels pixels = fitting.pixels();
            int width = resize.width(pixels.width(), pixels.height());
            int height = resize.height(pixels.width(), pixels.height());
            return resized(source, fitting, width, height);
        }

        /** How many pixels the picture has as stored, by its header alone. */
        long pixels(ImageSource source) {
            return source instanceof ImageSource.Decoded decoded
                    ? (long) decoded.width() * decoded.height()
                    : decoder.pixels(source);
        }

        private Picture resized(ImageSource source, Picture picture, int width, int height) {
            requireScorable(source, width, height);
            try {
                return picture.map(view -> Resampler.resize(view, width, height, options.filter()));
            } catch (ArithmeticException | OutOfMemoryError e) {
                throw new ImageException(
                        source.name(),
                        "it does not fit into memory at " + width + "×" + height,
                        "choose a smaller size",
                        e);
            }
        }

        /**
         * Reads a picture that is scored as it is.
         *
         * @throws ImageException if it can't be read, or the model doesn't take its size
         */
        Picture readToScore(ImageSource source) {
            Picture picture = read(source, (width, height) -> requireAccepted(source, width, height));
            requireAccepted(source, picture.pixels().width(), picture.pixels().height());
            return picture;
        }

        private void requireScorable(ImageSource source, int width, int height) {
            long most = options.limits().scoredPixels();
            if ((long) width * height > most) {
                throw new ImageException(
                        source.name(),
                        "it is " + width + "×" + height + ", more than the " + most + " pixels that are scored",
                        "scale or crop it, or raise the limit (--max-scored-pixels)");
            }
        }

        private void requireAccepted(ImageSource source, int width, int height) {
            requireScorable(source, width, height);
            String refusal = backbone.spec().input().size().refusal(width, height);
            if (refusal != null) {
                throw new ImageException(
                        source.name(),
                        "it is " + width + "×" + height + ", and the model " + backbone.name() + " " + refusal,
                        "scale it (--resize), or use another model");
            }
        }
    }

    /** Decodes both. Never throws for what is wrong with a picture. */
    DecodedPair decode() {
        try {
            Picture reference = decodedReference == null ? readReference() : decodedReference;
            Pixels wanted = reference.pixels();
            Picture candidate = preparation.read(pair.candidate(), (width, height) -> {
                if (width != wanted.width() || height != wanted.height()) {
                    throw otherSize(width, height, wanted);
                }
            });
            return matched(reference, candidate);
        } catch (PerceptException e) {
            return new DecodedPair(null, null, e);
        }
    }

    private Picture readReference() {
        return preparation.read(
                pair.reference(), (width, height) -> preparation.requireAccepted(pair.reference(), width, height));
    }

    private ImageException otherSize(int width, int height, Pixels wanted) {
        return new ImageException(
                pair.candidate().name(),
                "it is " + width + "×" + height + ", the reference "
                        + pair.reference().name() + " is " + wanted.size(),
                "scale one of them, so that both have the same size (or use --size-mismatch resize or crop)");
    }

    private DecodedPair matched(Picture reference, Picture candidate) {
        Pixels wanted = reference.pixels();
        Pixels given = candidate.pixels();
        if (given.sameSizeAs(wanted)) {
            return finished(reference, candidate);
        }
        return switch (preparation.options.sizeMismatch()) {
            case ERROR -> throw otherSize(given.width(), given.height(), wanted);
            case RESIZE ->
                finished(reference, preparation.resized(pair.candidate(), candidate, wanted.width(), wanted.height()));
            case CROP -> {
                int width = Math.min(wanted.width(), given.width());
                int height = Math.min(wanted.height(), given.height());
                yield finished(
                        wanted.width() == width && wanted.height() == height
                                ? reference
                                : reference.map(view -> view.cropped(width, height)),
                        candidate.map(view -> view.cropped(width, height)));
            }
        };
    }

    private DecodedPair finished(Picture reference, Picture candidate) {
        preparation.requireAccepted(
                pair.reference(), reference.pixels().width(), reference.pixels().height());
        return new DecodedPair(reference, candidate, null);
    }

    /**
     * Decodes both, for later.
     *
     * @throws ImageException if one can't be read, or they can't be compared
     */
    ImagePair decoded() {
        DecodedPair decoded = decode();
        Picture reference = decoded.reference();
        Picture candidate = decoded.candidate();
        if (reference == null || candidate == null) {
            throw Objects.requireNonNull(decoded.error());
        }
        return new ImagePair(keep(pair.reference(), reference), keep(pair.candidate(), candidate));
    }

    private ImageSource.Decoded keep(ImageSource source, Picture picture) {
        // The same object for the same picture: it tells that pairs have one reference.
        return source instanceof ImageSource.Decoded decoded
                        && decoded.picture().equals(picture)
                ? decoded
                : new ImageSource.Decoded(source.name(), picture, preparation);
    }

    /** Whether nothing is left to do. */
    boolean isDone() {
        return pair.candidate() instanceof ImageSource.Decoded
                && (decodedReference != null || pair.reference() instanceof ImageSource.Decoded);
    }

    /** A stream is read by the thread that calls: it may belong to that thread. */
    boolean needsItsCaller() {
        return pair.candidate() instanceof ImageSource.Stream
                || (decodedReference == null && pair.reference() instanceof ImageSource.Stream);
    }
}
