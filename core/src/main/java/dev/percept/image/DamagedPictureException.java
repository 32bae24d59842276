package dev.percept.image;

import java.io.IOException;

/** A file contradicts itself or its format, or uses a part of the format that is not read. The message completes "it is …" lines. */
final class DamagedPictureException extends IOException {
    private static final long serialVersionUID = 1L;

    DamagedPictureException(String message) {
        super(message);
    }
}
