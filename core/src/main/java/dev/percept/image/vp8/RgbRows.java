package dev.percept.image.vp8;

/**
 * From planes to RGB as WebP's library does it: chroma at twice the size, each sample from the nearest four weighted 9, 3, 3 and 1;
 * then BT.601 at video range in whole numbers.
 */
final class RgbRows {
    private final Picture picture;
    private final int width;
    private final int height;
    private final byte[] rgb;
    private int written;

    /** @param width and height of the picture in pixels */
    RgbRows(Picture picture, int width, int height) {
        this.picture = picture;
        this.width = width;
        this.height = height;
        this.rgb = new byte[3 * width * height];
    }

    /** Three for each pixel, row by row. */
    byte[] rgb() {
        return rgb;
    }

    /** Writes the rows above this one; the last of them only where the picture ends. */
    void writeTo(int end) {
        if (written == 0) {
            write(0, 0, 0, 0);
            written = 1;
        }
        for (; written + 1 < end; written += 2) {
            write(written, written + 1, written / 2, written / 2 + 1);
        }
        if (end == height && written < height) {
            write(written, written, written / 2, written / 2);
            written = height;
        }
    }

    /** Writes two rows that lie between the same two of chroma; or the first or the last, twice, from one. */
    private void write(int y, int nextY, int chroma, int nextChroma) {
        byte[] to = rgb;
        byte[] blue = picture.blue().samples();
        byte[] red = picture.red().samples();
        int above = picture.blue().at(0, chroma);
        int below = picture.blue().at(0, nextChroma);
        byte[] luma = picture.luma().samples();
        int at = picture.luma().at(0, y);
        int nextAt = picture.luma().at(0, nextY);
        int out = 3 * width * y;
        int nextOut = 3 * width * nextY;
        int aboveBlue = blue[above] & 0xff;
        int aboveRed = red[above] & 0xff;
        int belowBlue = blue[below] & 0xff;
        int belowRed = red[below] & 0xff;
        pixel(to, out, luma[at], ofTwo(aboveBlue, belowBlue), ofTwo(aboveRed, belowRed));
        pixel(to, nextOut, luma[nextAt], ofTwo(belowBlue, aboveBlue), ofTwo(belowRed, aboveRed));
        int pairs = (width - 1) / 2;
        for (int i = 1; i <= pairs; i++) {
            int rightAboveBlue = blue[above + i] & 0xff;
            int rightAboveRed = red[above + i] & 0xff;
            int rightBelowBlue = blue[below + i] & 0xff;
            int rightBelowRed = red[below + i] & 0xff;
            // Of the two diagonals one weighs three times as much; a half is lost at each step, as in WebP's library.
            int sumBlue = aboveBlue + rightAboveBlue + belowBlue + rightBelowBlue + 8;
            int sumRed = aboveRed + rightAboveRed + belowRed + rightBelowRed + 8;
            int risingBlue = (sumBlue + 2 * (rightAboveBlue + belowBlue)) >> 3;
            int risingRed = (sumRed + 2 * (rightAboveRed + belowRed)) >> 3;
            int fallingBlue = (sumBlue + 2 * (aboveBlue + rightBelowBlue)) >> 3;
            int fallingRed = (sumRed + 2 * (aboveRed + rightBelowRed)) >> 3;
            int x = 2 * i - 1;
            int o = out + 3 * x;
            pixel(to, o, luma[at + x], (risingBlue + aboveBlue) >> 1, (risingRed + aboveRed) >> 1);
            pixel(to, o + 3, luma[at + x + 1], (fallingBlue + rightAboveBlue) >> 1, (fallingRed + rightAboveRed) >> 1);
            o = nextOut + 3 * x;
            pixel(to, o, luma[nextAt + x], (fallingBlue + belowBlue) >> 1, (fallingRed + belowRed) >> 1);
            pixel(
                    to,
                    o + 3,
                    luma[nextAt + x + 1],
                    (risingBlue + rightBelowBlue) >> 1,
                    (risingRed + rightBelowRed) >> 1);
            aboveBlue = rightAboveBlue;
            aboveRed = rightAboveRed;
            belowBlue = rightBelowBlue;
            belowRed = rightBelowRed;
        }
        if ((width & 1) == 0) {
            int x = width - 1;
            pixel(to, out + 3 * x, luma[at + x], ofTwo(aboveBlue, belowBlue), ofTwo(aboveRed, belowRed));
            pixel(to, nextOut + 3 * x, luma[nextAt + x], ofTwo(belowBlue, aboveBlue), ofTwo(belowRed, aboveRed));
        }
    }

    private static int ofTwo(int near, int far) {
        return (3 * near + far + 2) >> 2;
    }

    private static void pixel(byte[] rgb, int out, byte luma, int blue, int red) {
        // All in 64ths; the last number has the offsets of luma and chroma, and a half to round.
        int grey = ((luma & 0xff) * 19077) >> 8;
        rgb[out] = Plane.limit((grey + ((red * 26149) >> 8) - 14234) >> 6);
        rgb[out + 1] = Plane.limit((grey - ((blue * 6419) >> 8) - ((red * 13320) >> 8) + 8708) >> 6);
        rgb[out + 2] = Plane.limit((grey + ((blue * 33050) >> 8) - 17685) >> 6);
    }
}
