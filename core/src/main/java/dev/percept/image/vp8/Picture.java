package dev.percept.image.vp8;

/** A frame's three planes, and their making out of predictions and residuals (RFC 6386, sections 12 and 14.5). */
final class Picture {
    private final Plane luma;
    private final Plane blue;
    private final Plane red;
    private final SubblockPrediction subblocks = new SubblockPrediction();
    private final InverseTransform transform = new InverseTransform();

    /** @param columns and rows of macroblocks */
    Picture(int columns, int rows) {
        luma = new Plane(16 * columns, 16 * rows);
        blue = new Plane(8 * columns, 8 * rows);
        red = new Plane(8 * columns, 8 * rows);
    }

    Plane luma() {
        return luma;
    }

    /** Cb, or U. */
    Plane blue() {
        return blue;
    }

    /** Cr, or V. */
    Plane red() {
        return red;
    }

    /** To be called before the macroblocks of a row. */
    void startRow(int row) {
        if (row > 0) {
            // Blocks at the right edge have nothing above and to the right.
            luma.extend(16 * row - 1);
        }
    }

    /** Makes a macroblock out of those above and to the left, which aren't filtered yet. */
    void add(int column, int row, Modes modes, Residuals residuals) {
        if (modes.subblocks()) {
            addSubblocks(luma.at(16 * column, 16 * row), modes, residuals);
        } else {
            addSquare(luma, column, row, 16, modes.luma(), residuals, 0);
        }
        addSquare(blue, column, row, 8, modes.chroma(), residuals, Residuals.LUMA_BLOCKS);
        addSquare(red, column, row, 8, modes.chroma(), residuals, Residuals.LUMA_BLOCKS + 4);
    }

    private void addSubblocks(int at, Modes modes, Residuals residuals) {
        byte[] s = luma.samples();
        int stride = luma.stride();
        int aboveMacroblock = at - stride;
        for (int block = 0; block < Residuals.LUMA_BLOCKS; block++) {
            int x = 4 * (block & 3);
            int to = at + (block & ~3) * stride + x;
            // The macroblock to the right isn't there yet: all four rows take what is above it.
            int aboveRight = (x < 12 ? to - stride : aboveMacroblock + 12) + 4;
            subblocks.predict(modes.luma(block), s, to, stride, aboveRight);
            if (residuals.some()) {
                addBlock(residuals, block, s, to, stride);
            }
        }
    }

    private void addSquare(Plane plane, int column, int row, int size, int mode, Residuals residuals, int firstBlock) {
        byte[] s = plane.samples();
        int stride = plane.stride();
        int at = plane.at(size * column, size * row);
        Prediction.square(mode, s, at, stride, size, row > 0, column > 0);
        if (!residuals.some()) {
            return;
        }
        int block = firstBlock;
        for (int y = 0; y < size; y += 4) {
            for (int x = 0; x < size; x += 4) {
                addBlock(residuals, block++, s, at + y * stride + x, stride);
            }
        }
    }

    private void addBlock(Residuals residuals, int block, byte[] s, int at, int stride) {
        int from = Residuals.at(block);
        short[] coefficients = residuals.coefficients();
        switch (residuals.kind(block)) {
            case Residuals.ANYTHING -> transform.add(coefficients, from, s, at, stride);
            case Residuals.FEW -> InverseTransform.addFew(coefficients, from, s, at, stride);
            case Residuals.MEAN -> InverseTransform.addMean(coefficients[from], s, at, stride);
            default -> {
                // The prediction stands.
            }
        }
    }
}
