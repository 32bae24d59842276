package dev.percept;

import dev.percept.image.Decoder;
import dev.percept.image.Pixels;
import org.jspecify.annotations.Nullable;

/**
 * A pair of pictures to decode, and what the model says of their size.
 *
 * @param pair the sources
 * @param decodedReference the reference's pixels where they are known, or null
 * @param backbone that they are for
 */
record PairDecoding(ImagePair pair, @Nullable Pixels decodedReference, Backbone backbone) {
    /** Decodes both. Never throws for what is wrong with a picture. */
    DecodedPair decode() {
        try {
            Pixels reference = decodedReference == null ? decode(pair.reference(), backbone) : decodedReference;
            Pixels candidate = Decoder.decode(pair.candidate());
            if (!candidate.sameSizeAs(reference)) {
                throw new ImageException(
                        pair.candidate().name(),
                        "it is " + candidate.size() + ", the reference "
                                + pair.reference().name() + " is " + reference.size(),
                        "scale one of them, so that both have the same size");
            }
            return new DecodedPair(reference, candidate, null);
        } catch (PerceptException e) {
            return new DecodedPair(null, null, e);
        }
    }

    /** A stream is read by the thread that calls: it may belong to that thread. */
    boolean needsItsCaller() {
        return pair.candidate() instanceof ImageSource.Stream
                || (decodedReference == null && pair.reference() instanceof ImageSource.Stream);
    }

    /**
     * Decodes a picture of a size that the model takes.
     *
     * @throws ImageException if it can't be read, or has another size
     */
    static Pixels decode(ImageSource source, Backbone backbone) {
        Pixels pixels = Decoder.decode(source);
        String refusal = backbone.spec().input().size().refusal(pixels.width(), pixels.height());
        if (refusal != null) {
            throw new ImageException(
                    source.name(),
                    "it is " + pixels.size() + ", and the model " + backbone.name() + " " + refusal,
                    "scale it, or use another model");
        }
        return pixels;
    }
}
