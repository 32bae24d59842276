package dev.percept.image.vp8;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/** The arithmetic decoder of a partition (RFC 6386, section 7). Behind the partition's end it reads zeros, and tells. */
final class BoolDecoder {
    private static final VarHandle LONGS = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);
    private static final int EVEN = 128;

    private final byte[] file;
    /** The next byte that isn't in the window. */
    private int at;

    private final int end;

    /** From 128 to 255 between two bits. */
    private int range = 255;
    /** What hasn't been decoded: eight bits to compare with a share of the range, and spare ones behind them. */
    private long window;

    private int spare = -8;
    private boolean ended;

    BoolDecoder(byte[] file, int from, int length) {
        this.file = file;
        this.at = from;
        this.end = from + length;
        load();
    }

    /**
     * Decodes a bit.
     *
     * @param probability of a zero, in 256ths, from 0 to 255
     */
    int bit(int probability) {
        if (spare < 0) {
            load();
        }
        // One less than the share of a zero. Unsigned, as a partition that no encoder wrote may have a window beyond
        // the range.
        int last = ((range - 1) * probability) >> 8;
        int bit;
        int rest;
        if (Integer.compareUnsigned((int) (window >>> spare), last) > 0) {
            window -= (last + 1L) << spare;
            rest = range - last - 1;
            bit = 1;
        } else {
            rest = last + 1;
            bit = 0;
        }
        int shift = Integer.numberOfLeadingZeros(rest) - 24;
        range = rest << shift;
        spare -= shift;
        return bit;
    }

    boolean flag() {
        return bit(EVEN) != 0;
    }

    /** An unsigned number, its highest bit first. */
    int literal(int bits) {
        int value = 0;
        for (int i = 0; i < bits; i++) {
            value = (value << 1) | bit(EVEN);
        }
        return value;
    }

    /** A flag, and a magnitude and its sign if the flag is set; otherwise 0. */
    int optionalSigned(int bits) {
        if (!flag()) {
            return 0;
        }
        int magnitude = literal(bits);
        return flag() ? -magnitude : magnitude;
    }

    /**
     * The number or its opposite, as the next even bit says; not to be called before another bit was read.
     *
     * <p>Does what {@link #bit} does, but without a branch that nobody can predict.
     */
    int withSign(int magnitude) {
        if (spare < 0) {
            load();
        }
        int last = (range - 1) >> 1;
        int mask = (last - (int) (window >>> spare)) >> 31;
        window -= ((last + 1L) & mask) << spare;
        // Halved, and doubled again to stay above 127.
        range = ((range - 1 + mask) | 1) + 1;
        spare--;
        return (magnitude ^ mask) - mask;
    }

    /** Whether something was read that the partition doesn't have. */
    boolean ended() {
        return ended;
    }

    /** Appends to the window, which has fewer than eight bits. */
    private void load() {
        if (end - at >= Long.BYTES) {
            window = (window << 56) | ((long) LONGS.get(file, at) >>> 8);
            at += 7;
            spare += 56;
            return;
        }
        window <<= 8;
        spare += 8;
        if (at < end) {
            window |= file[at++] & 0xff;
        } else {
            ended = true;
        }
    }
}
