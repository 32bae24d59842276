package dev.percept;

/**
 * What is behind the transparent parts of a picture. Colour that a fully transparent pixel hides never counts. A picture without
 * transparency is the same under all of these.
 */
public enum Alpha implements Identified {
    /** White, as on most pages; the default. */
    WHITE,
    /** Black. */
    BLACK,
    /** Squares of 8×8 pixels in turn white and light grey (204 of 255), white at the top left. */
    CHECKERBOARD,
    /** White and black, one after the other: the pair's score is the worse of the two. */
    WORST,
    /** Nothing: a picture with a pixel that isn't fully opaque is refused. */
    ERROR
}
