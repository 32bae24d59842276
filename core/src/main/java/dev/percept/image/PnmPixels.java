package dev.percept.image;

import java.io.IOException;

/** Decodes the pixels of a PBM, PGM or PPM file, plain or raw, to 8 or 16 bits. */
final class PnmPixels {
    private final byte[] file;
    private final int maximum;
    private final boolean plain;
    private int at;

    private PnmPixels(byte[] file, PnmFile.Start start) {
        this.file = file;
        this.maximum = start.maximum();
        this.plain = start.kind() <= 3;
        this.at = start.pixels();
    }

    static Unpacked decode(Header header, Deadline deadline) throws IOException {
        PnmFile.Start start = PnmFile.start(header.file());
        return new PnmPixels(header.file(), start).decode(header, start.kind() == 1 || start.kind() == 4, deadline);
    }

    private Unpacked decode(Header header, boolean bits, Deadline deadline) throws IOException {
        int row = header.width() * header.channels();
        Samples values = Samples.ofDepth(maximum > 255, Math.multiplyExact(row, header.height()));
        int to = 0;
        for (int y = 0; y < header.height(); y++) {
            deadline.require();
            for (int x = 0; x < row; x++, to++) {
                // One is black there.
                int value = bits ? 1 - bit(x) : value();
                if (value > maximum) {
                    throw new DamagedPictureException("it has the value " + value + ", more than its largest");
                }
                values.set(to, (int) (((long) value * values.maximum() + maximum / 2) / maximum));
            }
            if (bits && !plain) {
                at += (row + 7) / 8;
            }
        }
        return new Unpacked(header.width(), header.height(), header.channels(), values, null);
    }

    private int bit(int x) throws IOException {
        if (!plain) {
            return (file[at + x / 8] >> (7 - x % 8)) & 1;
        }
        at = PnmFile.skipSpace(file, at);
        int digit = file[at++] - '0';
        if (digit != 0 && digit != 1) {
            throw new DamagedPictureException("it has a bit that is neither 0 nor 1");
        }
        return digit;
    }

    private int value() throws IOException {
        if (!plain) {
            int value = file[at++] & 0xff;
            return maximum > 255 ? (value << 8) | (file[at++] & 0xff) : value;
        }
        at = PnmFile.skipSpace(file, at);
        int from = at;
        int value = 0;
        while (at < file.length && file[at] >= '0' && file[at] <= '9' && value <= maximum) {
            value = 10 * value + file[at++] - '0';
        }
        if (at == from || (at < file.length && !PnmFile.isSpace(file[at]) && file[at] != '#')) {
            throw new DamagedPictureException("it has a value that is not a number");
        }
        return value;
    }
}
