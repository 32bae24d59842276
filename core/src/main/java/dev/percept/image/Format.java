package dev.percept.image;

import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** The file formats that are read, told apart by their first bytes and never by a file's name. */
enum Format {
    PNG("png", "\u0089PNG\r\n\u001a\n"),
    JPEG("jpeg", "\u00ff\u00d8\u00ff"),
    BMP("bmp", "BM"),
    GIF("gif", "GIF8");

    /** The first bytes that are needed to tell. */
    static final int SIGNATURE_LENGTH = 8;

    private final String imageIoName;
    private final String signature;

    /** @param signature of the format's files, a character for each byte */
    Format(String imageIoName, String signature) {
        this.imageIoName = imageIoName;
        this.signature = signature;
    }

    /** The name under which ImageIO registers readers. */
    String imageIoName() {
        return imageIoName;
    }

    /** The format of a file that starts like this, or null if it is none of these. */
    static @Nullable Format of(byte[] start) {
        String text = new String(start, StandardCharsets.ISO_8859_1);
        for (Format format : values()) {
            if (text.startsWith(format.signature)) {
                return format;
            }
        }
        return null;
    }
}
