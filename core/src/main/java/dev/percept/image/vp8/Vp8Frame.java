package dev.percept.image.vp8;

import java.io.IOException;
import java.util.Objects;

/** Decodes a VP8 key frame as WebP has it. */
public final class Vp8Frame {
    /** How far, in rows of pixels, the picture's last rows may still change with the next row of macroblocks. */
    private static final int UNSETTLED = 8;

    private final FrameHeader header;
    private final int columns;
    private final int rows;
    private final int height;
    private final Modes modes;
    private final Residuals residuals;
    private final Picture picture;
    private final LoopFilter filter;
    private final RgbRows output;

    /** Asked once for each row of macroblocks whether to go on. */
    @FunctionalInterface
    public interface Interruption {
        /**
         * Returns, or ends the decoding.
         *
         * @throws IOException to end it
         */
        void check() throws IOException;
    }

    private Vp8Frame(FrameHeader header, int width, int height) {
        this.header = header;
        this.columns = (width + 15) / 16;
        this.rows = (height + 15) / 16;
        this.height = height;
        this.modes = new Modes(header, columns);
        this.residuals = new Residuals(header, columns);
        this.picture = new Picture(columns, rows);
        this.filter = new LoopFilter(header, picture, columns);
        this.output = new RgbRows(picture, width, height);
    }

    /**
     * Decodes a frame to the very pixels that libwebp's {@code WebPDecodeRGB} gives.
     *
     * @param file not changed
     * @param from where in the file the frame begins, and {@code length} its bytes
     * @param width and {@code height} in pixels, as the frame states them
     * @return three bytes for each pixel, row by row from the top left
     * @throws IOException if the frame is damaged, ends early or has another size; or from {@code check}
     * @throws IndexOutOfBoundsException if the file hasn't so many bytes
     */
    public static byte[] rgb(byte[] file, int from, int length, int width, int height, Interruption check)
            throws IOException {
        Objects.checkFromIndexSize(from, length, file.length);
        FrameHeader header = new FrameHeader(file, from, length, width, height);
        return new Vp8Frame(header, width, height).decode(check);
    }

    private byte[] decode(Interruption check) throws IOException {
        for (int row = 0; row < rows; row++) {
            check.check();
            decode(row);
            if (row > 0) {
                filter.filter(row - 1);
                output.writeTo(16 * row - UNSETTLED);
            }
        }
        filter.filter(rows - 1);
        output.writeTo(height);
        return output.rgb();
    }

    /** Decodes a row of macroblocks, which the next is predicted from before it is filtered. */
    private void decode(int row) throws IOException {
        BoolDecoder coefficients = header.coefficients(row);
        modes.startRow();
        residuals.startRow();
        picture.startRow(row);
        for (int column = 0; column < columns; column++) {
            modes.read(column);
            residuals.read(coefficients, modes, column);
            picture.add(column, row, modes, residuals);
            filter.remember(column, row, modes, residuals);
        }
        if (header.modes().ended() || coefficients.ended()) {
            throw FrameHeader.endsEarly();
        }
    }
}
