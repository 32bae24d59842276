/** From files, streams and {@code BufferedImage}s to 8-bit sRGB pixels. Not API. */
@NullMarked
package dev.percept.image;

import org.jspecify.annotations.NullMarked;
