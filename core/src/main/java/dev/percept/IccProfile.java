package dev.percept;

/** What becomes of a picture's colour profile: an ICC profile, or the gamma and primaries that a PNG file states. */
public enum IccProfile implements Identified {
    /** Colours are converted to sRGB, with perceptual intent; the default. A damaged profile is ignored, and results say so. */
    CONVERT,
    /** Values are taken as if they were sRGB's. */
    IGNORE
}
