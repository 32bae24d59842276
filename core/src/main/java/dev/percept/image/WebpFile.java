package dev.percept.image;

import dev.percept.image.vp8.Vp8Frame;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Reads the chunks of a WebP file (RFC 9649). A decoder is given one still picture: of an animation the first frame, without
 * metadata.
 */
final class WebpFile {
    private static final int RIFF_HEADER = 12;
    private static final int CHUNK_HEADER = 8;
    private static final int ALPHA_FLAG = 0x10;
    /** Zeros behind the pixels: the reader looks eight bytes ahead, and goes on without them where there are none. */
    private static final int READ_AHEAD = 16;

    private final byte[] file;
    private final ByteBuffer bytes;

    private int canvasWidth;
    private int canvasHeight;
    private boolean extended;
    private @Nullable Chunk alpha;
    private @Nullable Chunk pixels;
    private Header.@Nullable Frame frame;
    private Header.@Nullable Profile profile;
    private int orientation = 1;

    /** A chunk, and where its content is. */
    private record Chunk(String type, int from, int length) {
        int end() {
            return from + length + (length & 1);
        }
    }

    private WebpFile(byte[] file) {
        this.file = file;
        this.bytes = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN);
    }

    static Header read(byte[] file) throws DamagedPictureException {
        return new WebpFile(file).read();
    }

    private Header read() throws DamagedPictureException {
        if (file.length < RIFF_HEADER) {
            throw new DamagedPictureException("it ends early");
        }
        long end = CHUNK_HEADER + Integer.toUnsignedLong(bytes.getInt(4));
        if (end > file.length) {
            throw new DamagedPictureException("it ends early");
        }
        for (int at = RIFF_HEADER; at < end && frame == null; ) {
            Chunk chunk = chunk(at, (int) end);
            accept(chunk, (int) end);
            at = chunk.end();
        }
        Chunk found = pixels;
        if (found == null) {
            throw new DamagedPictureException("it has no pixels");
        }
        Header header = found.type.equals("VP8L") ? lossless(found) : lossy(found);
        checkSize(header);
        if (extended) {
            header = Header.plain(canvasWidth, canvasHeight, 8, header.channels(), header.file());
        }
        return header.withOrientation(orientation)
                .withProfile(profile)
                .withFrame(frame)
                .withFile(still(header, found));
    }

    /**
     * Decodes a file: lossless pixels and opacity by ImageIO's reader, lossy pixels by our own, since that reader filters and converts
     * them otherwise than WebP's own library does.
     *
     * @param header with the file that {@link #read} made
     */
    static Unpacked decode(Header header, Deadline deadline) throws IOException {
        byte[] file = header.file();
        int end = file.length - READ_AHEAD;
        WebpFile still = new WebpFile(file);
        for (int at = RIFF_HEADER; at < end; ) {
            Chunk chunk = still.chunk(at, end);
            if (chunk.type.equals("ALPH")) {
                still.alpha = chunk;
            } else if (chunk.type.equals("VP8 ")) {
                int width = header.decodedWidth();
                int height = header.decodedHeight();
                byte[] rgb = Vp8Frame.rgb(file, chunk.from, chunk.length, width, height, deadline::require);
                return new Unpacked(width, height, 3, Samples.of(rgb), still.opacity(header, end, deadline));
            }
            at = chunk.end();
        }
        return Reader.read(Format.WEBP, header, end, deadline);
    }

    private @Nullable Samples opacity(Header header, int end, Deadline deadline) throws IOException {
        Chunk chunk = alpha;
        if (chunk == null) {
            return null;
        }
        requireLength(chunk, 1);
        int compression = file[chunk.from] & 3;
        if (compression > 1) {
            throw new DamagedPictureException("its opacity is stored in a way that WebP has not");
        }
        return compression == 1
                ? Reader.read(Format.WEBP, header, end, deadline).opacity()
                : WebpAlpha.uncompressed(file, chunk.from, chunk.length, header.decodedWidth(), header.decodedHeight());
    }

    private Chunk chunk(int at, int end) throws DamagedPictureException {
        if (at > end - CHUNK_HEADER) {
            throw new DamagedPictureException("it ends early");
        }
        long length = Integer.toUnsignedLong(bytes.getInt(at + 4));
        if (length > end - at - CHUNK_HEADER) {
            throw new DamagedPictureException("it ends early");
        }
        return new Chunk(new String(file, at, 4, StandardCharsets.ISO_8859_1), at + CHUNK_HEADER, (int) length);
    }

    private void accept(Chunk chunk, int end) throws DamagedPictureException {
        switch (chunk.type) {
            case "VP8X" -> {
                requireLength(chunk, 10);
                extended = true;
                canvasWidth = 1 + int24(chunk.from + 4);
                canvasHeight = 1 + int24(chunk.from + 7);
            }
            case "VP8 ", "VP8L" -> pixels = pixels == null ? chunk : pixels;
            case "ALPH" -> alpha = alpha == null ? chunk : alpha;
            case "ICCP" ->
                profile = new Header.Profile(null, Arrays.copyOfRange(file, chunk.from, chunk.from + chunk.length));
            case "ANMF" -> animation(chunk);
            case "EXIF" -> orientation = exif(chunk);
            default -> {
                // Texts, and what a later format may have.
            }
        }
        if (frame != null) {
            // Behind the frames; what comes before them has been read.
            for (int at = chunk.end(); at <= end - CHUNK_HEADER; ) {
                Chunk later = chunk(at, end);
                if (later.type.equals("EXIF")) {
                    orientation = exif(later);
                }
                at = later.end();
            }
        }
    }

    private int exif(Chunk chunk) {
        // Some writers put JPEG's prefix in front.
        boolean prefixed = chunk.length > 6 && file[chunk.from] == 'E';
        int skip = prefixed ? 6 : 0;
        return Exif.orientation(file, chunk.from + skip, chunk.length - skip);
    }

    private void animation(Chunk chunk) throws DamagedPictureException {
        requireLength(chunk, 16);
        int from = chunk.from;
        int left = 2 * int24(from);
        int top = 2 * int24(from + 3);
        int width = 1 + int24(from + 6);
        int height = 1 + int24(from + 9);
        if (!extended || (long) left + width > canvasWidth || (long) top + height > canvasHeight) {
            throw new DamagedPictureException("its first frame lies outside of the picture");
        }
        for (int at = from + 16; at < from + chunk.length; ) {
            Chunk part = chunk(at, from + chunk.length);
            if (part.type.equals("ALPH") || part.type.startsWith("VP8")) {
                accept(part, at);
            }
            at = part.end();
        }
        frame = new Header.Frame(left, top, width, height, false);
    }

    private Header lossy(Chunk chunk) throws DamagedPictureException {
        requireLength(chunk, 10);
        int at = chunk.from;
        if ((file[at] & 1) != 0 || int24(at + 3) != 0x2a019d) {
            throw new DamagedPictureException("its VP8 frame does not begin as one");
        }
        int width = bytes.getShort(at + 6) & 0x3fff;
        int height = bytes.getShort(at + 8) & 0x3fff;
        return Header.plain(width, height, 8, alpha == null ? 3 : 4, file);
    }

    private Header lossless(Chunk chunk) throws DamagedPictureException {
        requireLength(chunk, 5);
        int at = chunk.from;
        int bits = bytes.getInt(at + 1);
        if (file[at] != 0x2f || bits >>> 29 != 0) {
            throw new DamagedPictureException("its VP8L frame does not begin as one");
        }
        boolean hasAlpha = (bits >>> 28 & 1) != 0;
        return Header.plain(1 + (bits & 0x3fff), 1 + (bits >>> 14 & 0x3fff), 8, hasAlpha ? 4 : 3, file);
    }

    private void checkSize(Header header) throws DamagedPictureException {
        if (header.width() == 0 || header.height() == 0) {
            throw new DamagedPictureException("it declares no pixels");
        }
        int width = frame != null ? frame.width() : extended ? canvasWidth : header.width();
        int height = frame != null ? frame.height() : extended ? canvasHeight : header.height();
        if (header.width() != width || header.height() != height) {
            throw new DamagedPictureException(
                    "it states two sizes: " + width + "×" + height + " and " + header.width() + "×" + header.height());
        }
    }

    /** A file with nothing but these pixels. */
    private byte[] still(Header header, Chunk found) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        Chunk transparency = found.type.equals("VP8 ") ? alpha : null;
        if (transparency != null) {
            ByteBuffer extension = ByteBuffer.allocate(CHUNK_HEADER + 10).order(ByteOrder.LITTLE_ENDIAN);
            extension.put("VP8X".getBytes(StandardCharsets.US_ASCII)).putInt(10).putInt(ALPHA_FLAG);
            putInt24(putInt24(extension, header.width() - 1), header.height() - 1);
            out.writeBytes(extension.array());
            append(out, transparency);
        }
        append(out, found);
        byte[] body = out.toByteArray();
        return ByteBuffer.allocate(RIFF_HEADER + body.length + READ_AHEAD)
                .order(ByteOrder.LITTLE_ENDIAN)
                .put("RIFF".getBytes(StandardCharsets.US_ASCII))
                .putInt(4 + body.length)
                .put("WEBP".getBytes(StandardCharsets.US_ASCII))
                .put(body)
                .array();
    }

    private void append(ByteArrayOutputStream out, Chunk chunk) {
        out.write(file, chunk.from - CHUNK_HEADER, CHUNK_HEADER + chunk.length);
        if ((chunk.length & 1) != 0) {
            out.write(0);
        }
    }

    private static void requireLength(Chunk chunk, int least) throws DamagedPictureException {
        if (chunk.length < least) {
            throw new DamagedPictureException("its chunk " + chunk.type.strip() + " is too short");
        }
    }

    private int int24(int at) {
        return (file[at] & 0xff) | (file[at + 1] & 0xff) << 8 | (file[at + 2] & 0xff) << 16;
    }

    private static ByteBuffer putInt24(ByteBuffer to, int value) {
        return to.put((byte) value).put((byte) (value >> 8)).put((byte) (value >> 16));
    }
}
