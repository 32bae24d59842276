package dev.percept.image;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** The one entry of EXIF that changes how a picture looks. Counts and offsets are believed only within the block. */
final class Exif {
    static final int ORIENTATION = 0x0112;

    private static final int SHORT = 3;
    private static final int ENTRY = 12;

    private Exif() {}

    /**
     * The orientation that a block notes.
     *
     * @param file that has the block, a TIFF header and what follows it
     * @param from where the block begins
     * @param length of the block
     * @return 1 to 8; 1 where none is noted, or the block is damaged
     */
    static int orientation(byte[] file, int from, int length) {
        ByteBuffer block = ByteBuffer.wrap(file, from, length).slice();
        if (length < 14 || !setOrder(block) || block.getShort(2) != 42) {
            return 1;
        }
        long entries = Integer.toUnsignedLong(block.getInt(4));
        if (entries > length - 2) {
            return 1;
        }
        int count = Short.toUnsignedInt(block.getShort((int) entries));
        int at = (int) entries + 2;
        for (int i = 0; i < count && at <= length - ENTRY; i++, at += ENTRY) {
            if (Short.toUnsignedInt(block.getShort(at)) == ORIENTATION) {
                int value = block.getShort(at + 2) == SHORT && block.getInt(at + 4) == 1 ? block.getShort(at + 8) : 1;
                return valid(value);
            }
        }
        return 1;
    }

    /** The orientation that a value stands for. */
    static int valid(int value) {
        return value >= 1 && value <= 8 ? value : 1;
    }

    /** Sets the byte order that a TIFF header names, or returns false. */
    static boolean setOrder(ByteBuffer tiff) {
        switch (tiff.getShort(0)) {
            case 0x4949 -> tiff.order(ByteOrder.LITTLE_ENDIAN);
            case 0x4d4d -> tiff.order(ByteOrder.BIG_ENDIAN);
            default -> {
                return false;
            }
        }
        return true;
    }
}
