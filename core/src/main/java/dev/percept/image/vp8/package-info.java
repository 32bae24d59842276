/** Key frames of VP8 (RFC 6386) as lossy WebP has them (RFC 9649), to the very pixels of WebP's own library. Not API. */
@NullMarked
package dev.percept.image.vp8;

import org.jspecify.annotations.NullMarked;
