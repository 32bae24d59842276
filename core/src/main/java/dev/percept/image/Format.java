package dev.percept.image;

import dev.percept.IccProfile;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The file formats that are read, told apart by what is in a file and never by its name. */
enum Format {
    PNG("png", "com.sun.imageio.", "\u0089PNG\r\n\u001a\n"),
    JPEG("jpeg", "com.twelvemonkeys.", "\u00ff\u00d8\u00ff"),
    WEBP("webp", "com.twelvemonkeys.", "RIFF....WEBP"),
    TIFF("tiff", "com.twelvemonkeys.", "II*\0", "MM\0*", "II+\0", "MM\0+"),
    BMP("bmp", "com.sun.imageio.", "BM"),
    GIF("gif", "", "GIF87a", "GIF89a"),
    PNM("pnm", "", "P1", "P2", "P3", "P4", "P5", "P6"),
    /** Has no signature, and so comes last. */
    TGA("tga", "com.twelvemonkeys.");

    private static final int SIGNATURE_LENGTH = 12;

    private final String id;
    private final String readers;

    @SuppressWarnings("ImmutableEnumChecker") // List.of.
    private final List<String> signatures;

    /**
     * @param id also the name under which ImageIO registers readers
     * @param readers how the class names of the readers begin that may be asked; empty where none is
     * @param signatures of the format's files, a character for each byte; a dot is any byte
     */
    Format(String id, String readers, String... signatures) {
        this.id = id;
        this.readers = readers;
        this.signatures = List.of(signatures);
    }

    /** The name in results, and under which ImageIO registers readers. */
    String id() {
        return id;
    }

    /** How the class names of the readers begin that may be asked. */
    String readers() {
        return readers;
    }

    /** All of them, for messages. */
    static String names() {
        String all = Stream.of(values()).map(Format::toString).collect(Collectors.joining(", "));
        return all.replaceFirst(", (\\w+)$", " or $1");
    }

    /** The format of a file, or null if it is none of these. */
    static @Nullable Format of(byte[] file) {
        String start =
                new String(Arrays.copyOf(file, Math.min(file.length, SIGNATURE_LENGTH)), StandardCharsets.ISO_8859_1);
        for (Format format : values()) {
            for (String signature : format.signatures) {
                if (startsWith(start, signature)) {
                    return format;
                }
            }
        }
        return TgaFile.isLikely(file) ? TGA : null;
    }

    private static boolean startsWith(String start, String signature) {
        boolean same = start.length() >= signature.length();
        for (int i = 0; same && i < signature.length(); i++) {
            same = signature.charAt(i) == '.' || signature.charAt(i) == start.charAt(i);
        }
        return same;
    }

    /**
     * Reads and checks a file's header.
     *
     * @param file which may be changed
     * @param icc what is to become of its colour profile
     * @throws DamagedPictureException if it is damaged, or in a way that is not read
     * @throws IndexOutOfBoundsException if it ends within the header
     */
    Header header(byte[] file, IccProfile icc) throws DamagedPictureException {
        return switch (this) {
            case PNG -> PngFile.read(file);
            case JPEG -> JpegFile.read(file, icc == IccProfile.CONVERT);
            case WEBP -> WebpFile.read(file);
            case TIFF -> TiffFile.read(file);
            case BMP -> BmpFile.read(file);
            case GIF -> GifFile.read(file);
            case PNM -> PnmFile.read(file);
            case TGA -> TgaFile.read(file);
        };
    }

    /**
     * Decodes a file's pixels.
     *
     * @param header as {@link #header} gave it
     * @throws IOException if it is damaged, or the time is over
     */
    Unpacked decode(Header header, Deadline deadline) throws IOException {
        return switch (this) {
            case WEBP -> WebpFile.decode(header, deadline);
            case GIF -> GifFile.decode(header, deadline);
            case PNM -> PnmPixels.decode(header, deadline);
            default -> Reader.read(this, header, deadline);
        };
    }

    @Override
    public String toString() {
        return this == WEBP ? "WebP" : id.toUpperCase(Locale.ROOT);
    }
}
