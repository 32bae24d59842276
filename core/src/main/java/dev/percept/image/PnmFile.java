package dev.percept.image;

/** Reads the header of a PBM, PGM or PPM file, plain or raw (Netpbm). */
final class PnmFile {
    private final byte[] file;
    private int at = 2;

    /**
     * A header.
     *
     * @param kind the digit of its signature, 1 to 6
     * @param maximum what stands for full intensity, 1 to 65,535
     * @param pixels where they begin
     */
    record Start(int kind, int width, int height, int maximum, int pixels) {}

    private PnmFile(byte[] file) {
        this.file = file;
    }

    static Header read(byte[] file) throws DamagedPictureException {
        Start start = start(file);
        boolean bits = start.kind == 1 || start.kind == 4;
        int channels = start.kind == 3 || start.kind == 6 ? 3 : 1;
        long row = start.kind == 4
                ? (start.width + 7L) / 8
                : (long) start.width * channels * (start.maximum > 255 ? 2 : 1);
        // Of plain ones, each value has a digit, and all but bits have a space before it.
        long least =
                start.kind > 3 ? row * start.height : (long) start.width * start.height * channels * (bits ? 1 : 2) - 1;
        if (start.pixels + least > file.length) {
            throw new DamagedPictureException("it ends early");
        }
        return Header.plain(start.width, start.height, start.maximum > 255 ? 16 : 8, channels, file);
    }

    static Start start(byte[] file) throws DamagedPictureException {
        return new PnmFile(file).start();
    }

    private Start start() throws DamagedPictureException {
        int kind = file[1] - '0';
        int width = number();
        int height = number();
        int maximum = kind == 1 || kind == 4 ? 1 : number();
        if (width == 0 || height == 0) {
            throw new DamagedPictureException("it declares no pixels");
        }
        if (maximum < 1 || maximum > 0xffff) {
            throw new DamagedPictureException("its largest value is " + maximum);
        }
        return new Start(kind, width, height, maximum, at + 1);
    }

    /** The next number, after white space and comments; only one space behind it is what separates it from pixels. */
    private int number() throws DamagedPictureException {
        int from = at;
        at = skipSpace(file, at);
        if (at == from) {
            throw new DamagedPictureException("its header is not one");
        }
        long value = -1;
        for (int digit = file[at] - '0'; digit >= 0 && digit <= 9; digit = at < file.length ? file[at] - '0' : -1) {
            value = Math.max(value, 0) * 10 + digit;
            at++;
            if (value > Integer.MAX_VALUE) {
                throw new DamagedPictureException("it declares a number that is too large");
            }
        }
        if (value < 0 || at >= file.length || !(isSpace(file[at]) || file[at] == '#')) {
            throw new DamagedPictureException(at >= file.length ? "it ends early" : "its header is not one");
        }
        return (int) value;
    }

    /**
     * Where the next character is that is neither white space nor in a comment.
     *
     * @throws DamagedPictureException if there is none
     */
    static int skipSpace(byte[] file, int from) throws DamagedPictureException {
        int next = from;
        boolean comment = false;
        while (next < file.length && (comment || isSpace(file[next]) || file[next] == '#')) {
            comment = file[next] == '#' || (comment && file[next] != '\n' && file[next] != '\r');
            next++;
        }
        if (next >= file.length) {
            throw new DamagedPictureException("it ends early");
        }
        return next;
    }

    static boolean isSpace(byte character) {
        return character == ' ' || (character >= '\t' && character <= '\r');
    }
}
