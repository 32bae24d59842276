package dev.percept.image;

/**
 * Checks the run-length codes of a BMP file (BI_RLE8, BI_RLE4): the JDK's reader ignores runs that leave the picture, and that the
 * last of them is missing.
 */
final class BmpRuns {
    private final byte[] file;
    private final int width;
    private final int height;
    private final int depth;
    private int at;
    private int x;
    private int y;

    /** @param from where the codes begin */
    BmpRuns(byte[] file, int from, int width, int height, int depth) {
        this.file = file;
        this.at = from;
        this.width = width;
        this.height = height;
        this.depth = depth;
    }

    /** @throws DamagedPictureException if they end early, or leave the picture */
    void check() throws DamagedPictureException {
        while (true) {
            int count = next();
            int code = next();
            if (count > 0) {
                move(count, 0);
            } else if (code == 0) {
                x = 0;
                move(0, 1);
            } else if (code == 1) {
                return;
            } else if (code == 2) {
                int right = next();
                move(right, next());
            } else {
                move(code, 0);
                // Padded to two bytes.
                at += (code * depth + 15) / 16 * 2;
            }
        }
    }

    private void move(int right, int down) throws DamagedPictureException {
        x += right;
        y += down;
        // The end of the last row may be said before the end of the picture is.
        boolean outside = x > width || y > height || (y == height && x > 0);
        if (outside) {
            throw new DamagedPictureException("its runs leave the picture");
        }
    }

    private int next() throws DamagedPictureException {
        if (at >= file.length) {
            throw new DamagedPictureException("it ends early");
        }
        return file[at++] & 0xff;
    }
}
