package dev.percept;

/** What becomes of the orientation that a camera noted in a picture (EXIF's and TIFF's tag 274). */
public enum Orientation implements Identified {
    /** The picture is turned as the note says; the default. */
    APPLY,
    /** Its pixels are taken as they are stored. */
    IGNORE
}
