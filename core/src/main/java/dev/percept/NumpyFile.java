// SPDX-License-Identifier: Apache-2.0
package dev.percept;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.Collectors;

/** Writes NumPy's file format, version 1.0: 32-bit floats, little-endian, in row-major order, as {@code numpy.load} reads them. */
final class NumpyFile {
    /** Bytes before the data are a multiple of this. */
    private static final int ALIGNMENT = 64;

    private static final byte[] MAGIC = {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y', 1, 0};

    private static final int VALUES_AT_ONCE = 1 << 14;

    private NumpyFile() {}

    /**
     * Writes an array, and closes nothing.
     *
     * @param shape lengths of the axes
     * @param values as many as the shape says, from position 0
     */
    static void write(List<Integer> shape, FloatBuffer values, OutputStream out) throws IOException {
        out.write(header(shape));
        ByteBuffer bytes = ByteBuffer.allocate(VALUES_AT_ONCE * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        for (int from = 0; from < values.limit(); from += VALUES_AT_ONCE) {
            int count = Math.min(VALUES_AT_ONCE, values.limit() - from);
            bytes.asFloatBuffer().put(values.slice(from, count));
            out.write(bytes.array(), 0, count * Float.BYTES);
        }
    }

    private static byte[] header(List<Integer> shape) {
        // A tuple of one has a comma as well.
        String lengths = shape.stream().map(length -> length + ",").collect(Collectors.joining(" "));
        String tuple = shape.size() > 1 ? lengths.substring(0, lengths.length() - 1) : lengths;
        String text = "{'descr': '<f4', 'fortran_order': False, 'shape': (" + tuple + "), }";
        int before = MAGIC.length + Short.BYTES;
        int length = (before + text.length() + ALIGNMENT) / ALIGNMENT * ALIGNMENT - before;
        ByteBuffer header = ByteBuffer.allocate(before + length).order(ByteOrder.LITTLE_ENDIAN);
        header.put(MAGIC).putShort((short) length);
        String padded = text + " ".repeat(length - 1 - text.length()) + "\n";
        return header.put(padded.getBytes(StandardCharsets.US_ASCII)).array();
    }
}
