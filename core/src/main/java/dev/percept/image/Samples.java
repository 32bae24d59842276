package dev.percept.image;

import java.util.Arrays;

/** Unsigned samples of 8 or 16 bits, in an array that is not copied. */
abstract sealed class Samples {
    /** Samples of 8 bits. */
    static Samples of(byte[] values) {
        return new Bytes(values);
    }

    /** Samples of 16 bits. */
    static Samples of(short[] values) {
        return new Shorts(values);
    }

    /** Samples that are all 0. */
    static Samples ofDepth(boolean deep, int length) {
        return deep ? new Shorts(new short[length]) : new Bytes(new byte[length]);
    }

    abstract int length();

    abstract int get(int index);

    abstract void set(int index, int value);

    abstract boolean isDeep();

    /** What stands for full intensity: 255 or 65,535. */
    final int maximum() {
        return isDeep() ? 0xffff : 0xff;
    }

    /** As many bytes as this has samples, or twice as many. */
    final long bytes() {
        return (long) length() * (isDeep() ? Short.BYTES : 1);
    }

    /** Others of the same depth, all 0. */
    final Samples another(int length) {
        return ofDepth(isDeep(), length);
    }

    /** Copies a run into samples of the same depth. */
    abstract void copy(int from, Samples to, int at, int length);

    /** True if every sample is the same; an 8-bit one equals 257 times itself. */
    final boolean sameAs(Samples other) {
        if (isDeep() == other.isDeep()) {
            return equalTo(other);
        }
        if (length() != other.length()) {
            return false;
        }
        Samples shallow = isDeep() ? other : this;
        Samples deep = isDeep() ? this : other;
        for (int i = 0; i < length(); i++) {
            if (257 * shallow.get(i) != deep.get(i)) {
                return false;
            }
        }
        return true;
    }

    abstract boolean equalTo(Samples other);

    static final class Bytes extends Samples {
        private final byte[] values;

        private Bytes(byte[] values) {
            this.values = values;
        }

        byte[] values() {
            return values;
        }

        @Override
        int length() {
            return values.length;
        }

        @Override
        int get(int index) {
            return values[index] & 0xff;
        }

        @Override
        void set(int index, int value) {
            values[index] = (byte) value;
        }

        @Override
        boolean isDeep() {
            return false;
        }

        @Override
        void copy(int from, Samples to, int at, int length) {
            System.arraycopy(values, from, ((Bytes) to).values, at, length);
        }

        @Override
        boolean equalTo(Samples other) {
            return Arrays.equals(values, ((Bytes) other).values);
        }
    }

    static final class Shorts extends Samples {
        private final short[] values;

        private Shorts(short[] values) {
            this.values = values;
        }

        short[] values() {
            return values;
        }

        @Override
        int length() {
            return values.length;
        }

        @Override
        int get(int index) {
            return values[index] & 0xffff;
        }

        @Override
        void set(int index, int value) {
            values[index] = (short) value;
        }

        @Override
        boolean isDeep() {
            return true;
        }

        @Override
        void copy(int from, Samples to, int at, int length) {
            System.arraycopy(values, from, ((Shorts) to).values, at, length);
        }

        @Override
        boolean equalTo(Samples other) {
            return Arrays.equals(values, ((Shorts) other).values);
        }
    }
}
