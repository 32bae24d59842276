package dev.percept.image;

import java.io.IOException;

/** The variable-length LZW codes of a GIF frame. */
final class GifCodes {
    private static final int MOST_CODES = 4096;

    private final byte[] file;
    /** The next byte of the current block, and how many of the block are left. */
    private int at;

    private int left;
    private int bits;
    private int bitCount;

    private final int rootBits;
    /** For each code, the code of all but its last index, that index, and how many there are. */
    private final short[] prefix = new short[MOST_CODES];

    private final byte[] last = new byte[MOST_CODES];
    private final short[] length = new short[MOST_CODES];

    /** @param at where the frame's code size stands */
    GifCodes(byte[] file, int at) {
        this.file = file;
        this.rootBits = file[at];
        this.at = at + 1;
        for (int root = 0; root < 1 << rootBits; root++) {
            last[root] = (byte) root;
            length[root] = 1;
        }
    }

    /**
     * Decodes so many indices, and looks at nothing behind them.
     *
     * @throws DamagedPictureException if there are fewer, or a code stands for nothing
     */
    byte[] indices(int count, Deadline deadline) throws IOException {
        byte[] out = new byte[count];
        int clear = 1 << rootBits;
        int end = clear + 1;
        int next = end + 1;
        int width = rootBits + 1;
        int before = -1;
        for (int done = 0; done < count; ) {
            int code = code(width, deadline);
            if (code == clear) {
                next = end + 1;
                width = rootBits + 1;
                before = -1;
                continue;
            }
            if (code == end || code > next || (before < 0 && code >= clear) || (code == next && next == MOST_CODES)) {
                throw new DamagedPictureException(code == end ? "it ends early" : "its codes stand for nothing");
            }
            if (before >= 0 && next < MOST_CODES) {
                prefix[next] = (short) before;
                length[next] = (short) (length[before] + 1);
                last[next] = first(code == next ? before : code);
                next++;
                if (next == 1 << width && width < 12) {
                    width++;
                }
            }
            done += write(code, out, done);
            before = code;
        }
        return out;
    }

    private byte first(int code) {
        int root = code;
        while (length[root] > 1) {
            root = prefix[root];
        }
        return last[root];
    }

    /** Writes what a code stands for, as far as there is room. */
    private int write(int code, byte[] out, int from) {
        int own = length[code];
        int rest = code;
        for (int i = own - 1; i >= 0; i--) {
            if (from + i < out.length) {
                out[from + i] = last[rest];
            }
            rest = prefix[rest];
        }
        return own;
    }

    private int code(int width, Deadline deadline) throws IOException {
        while (bitCount < width) {
            if (left == 0) {
                deadline.require();
                left = at < file.length ? file[at++] & 0xff : 0;
            }
            if (left == 0 || at >= file.length) {
                throw new DamagedPictureException("it ends early");
            }
            bits |= (file[at++] & 0xff) << bitCount;
            bitCount += 8;
            left--;
        }
        int code = bits & ((1 << width) - 1);
        bits >>>= width;
        bitCount -= width;
        return code;
    }
}
