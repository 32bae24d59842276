package dev.percept;

import java.util.Objects;

/**
 * A reference and the candidate to compare with it.
 *
 * @param reference to compare with
 * @param candidate of the same size
 */
public record ImagePair(ImageSource reference, ImageSource candidate) {
    public ImagePair {
        Objects.requireNonNull(reference, "reference");
        Objects.requireNonNull(candidate, "candidate");
    }
}
