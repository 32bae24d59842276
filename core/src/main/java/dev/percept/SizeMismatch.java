package dev.percept;

/** What becomes of a pair whose pictures have different sizes. */
public enum SizeMismatch implements Identified {
    /** It is refused; the default, since every other answer changes the score. */
    ERROR,
    /** The candidate is resized to the reference's size, with the {@link ImageOptions#filter}. */
    RESIZE,
    /** Both are cropped to what they have in common, from the top left: what encoders add, and pages grow by, is right and below. */
    CROP
}
