package dev.percept;

/**
 * How pictures are resized. Where they get smaller, the filter's support is widened by the same factor, so that nothing aliases.
 * The kernels, their supports and the rounding after each pass are those of Pillow's {@code Image.resize}, with results within
 * one level of its.
 */
public enum ResizeFilter implements Identified {
    /** The mean of the source pixels that an output pixel covers. */
    BOX,
    /** A triangle, of support 1. */
    BILINEAR,
    /** Keys' cubic with a = −0.5 (Keys 1981), of support 2; the default. */
    BICUBIC,
    /** Lanczos' windowed sinc, of support 3. */
    LANCZOS
}
