package dev.percept.image;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** Reads the headers of a BMP file, of OS/2's first kind and of Windows' kinds. */
final class BmpFile {
    private static final int FILE_HEADER = 14;
    private static final int CORE_HEADER = 12;

    private BmpFile() {}

    static Header read(byte[] file) throws DamagedPictureException {
        if (file.length < FILE_HEADER + CORE_HEADER) {
            throw new DamagedPictureException("it ends early");
        }
        ByteBuffer bytes = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN);
        long offset = Integer.toUnsignedLong(bytes.getInt(10));
        int header = bytes.getInt(FILE_HEADER);
        boolean core = header == CORE_HEADER;
        if (!core && (header < 40 || header > 124 || file.length < FILE_HEADER + header)) {
            throw new DamagedPictureException("its header has " + Integer.toUnsignedString(header) + " bytes");
        }
        int width = core ? Short.toUnsignedInt(bytes.getShort(18)) : bytes.getInt(18);
        int storedHeight = core ? Short.toUnsignedInt(bytes.getShort(20)) : bytes.getInt(22);
        int planes = bytes.getShort(core ? 22 : 26);
        int depth = bytes.getShort(core ? 24 : 28);
        int compression = core ? 0 : bytes.getInt(30);
        if (width < 1 || storedHeight == 0 || storedHeight == Integer.MIN_VALUE) {
            throw new DamagedPictureException("it declares no pixels");
        }
        if (planes != 1 || !isKnown(depth, compression)) {
            throw new DamagedPictureException("its pixels are stored in a way that is not read (" + depth
                    + " bits, compression " + compression + ")");
        }
        int height = Math.abs(storedHeight);
        long colours = core ? 0 : Integer.toUnsignedLong(bytes.getInt(46));
        if (colours > 256 || (depth <= 8 && colours > 1L << depth)) {
            throw new DamagedPictureException("its palette has " + colours + " colours");
        }
        long row = ((long) width * depth + 31) / 32 * 4;
        // What pads the last row may be missing.
        long pixels = row * (height - 1L) + ((long) width * depth + 7) / 8;
        boolean runs = compression == 1 || compression == 2;
        if (offset < FILE_HEADER + header || offset + (runs ? 1 : pixels) > file.length) {
            throw new DamagedPictureException("it ends early");
        }
        if (runs) {
            new BmpRuns(file, (int) offset, width, height, depth).check();
        }
        return Header.plain(width, height, 8, depth == 32 ? 4 : 3, file);
    }

    private static boolean isKnown(int depth, int compression) {
        return switch (depth) {
            case 1, 24 -> compression == 0;
            case 4 -> compression == 0 || compression == 2;
            case 8 -> compression == 0 || compression == 1;
            case 16, 32 -> compression == 0 || compression == 3;
            default -> false;
        };
    }
}
