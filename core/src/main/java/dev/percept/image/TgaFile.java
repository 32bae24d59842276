package dev.percept.image;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/** Reads the header of a Truevision TGA file, which begins with nothing that tells it from others. */
final class TgaFile {
    private static final int HEADER = 18;
    private static final String FOOTER = "TRUEVISION-XFILE.\0";

    private TgaFile() {}

    /** Whether a file may be TGA: it ends as version 2 does, or every field of its header has a value that TGA has. */
    static boolean isLikely(byte[] file) {
        if (file.length < HEADER) {
            return false;
        }
        int tail = file.length - FOOTER.length();
        boolean footer =
                tail >= HEADER && new String(file, tail, FOOTER.length(), StandardCharsets.ISO_8859_1).equals(FOOTER);
        return footer || isConsistent(ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN));
    }

    private static boolean isConsistent(ByteBuffer bytes) {
        int mapped = bytes.get(1);
        int type = bytes.get(2) & ~8;
        int depth = bytes.get(16);
        int descriptor = bytes.get(17);
        int entries = Short.toUnsignedInt(bytes.getShort(5));
        int entryBits = bytes.get(7);
        boolean map = mapped == 0
                ? entries == 0 && entryBits == 0
                : mapped == 1 && (entryBits == 15 || entryBits == 16 || entryBits == 24 || entryBits == 32);
        boolean pixels =
                switch (type) {
                    case 1 -> mapped == 1 && entries > 0 && depth == 8;
                    case 2 -> depth == 15 || depth == 16 || depth == 24 || depth == 32;
                    case 3 -> depth == 8;
                    default -> false;
                };
        return map && pixels && (descriptor & 0xd0) == 0 && (descriptor & 0xf) <= 8;
    }

    static Header read(byte[] file) throws DamagedPictureException {
        ByteBuffer bytes = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN);
        if (!isConsistent(bytes)) {
            throw new DamagedPictureException("its header states a type or depth that is not read");
        }
        int width = Short.toUnsignedInt(bytes.getShort(12));
        int height = Short.toUnsignedInt(bytes.getShort(14));
        if (width == 0 || height == 0) {
            throw new DamagedPictureException("it declares no pixels");
        }
        int depth = bytes.get(16);
        int map = bytes.get(1) == 0 ? 0 : Short.toUnsignedInt(bytes.getShort(5)) * ((bytes.get(7) + 7) / 8);
        long from = (long) HEADER + Byte.toUnsignedInt(bytes.get(0)) + map;
        boolean runs = (bytes.get(2) & 8) != 0;
        long pixels = (long) width * height * ((depth + 7) / 8);
        // A run has 128 pixels at most, of one value.
        long least = runs ? ((long) width * height + 127) / 128 * (1 + (depth + 7) / 8) : pixels;
        if (from + least > file.length) {
            throw new DamagedPictureException("it ends early");
        }
        return Header.plain(width, height, 8, depth == 32 ? 4 : 3, file);
    }
}
