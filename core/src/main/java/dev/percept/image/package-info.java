/**
 * From files, streams and {@code BufferedImage}s to sRGB pixels of 8 or 16 bits. A format's header is read by a class of its own
 * ({@link dev.percept.image.Format} lists them), which hands on a file with nothing but pixels in it. Not API.
 */
@NullMarked
package dev.percept.image;

import org.jspecify.annotations.NullMarked;
