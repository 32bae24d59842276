package dev.percept.image.vp8;

/** Smooths the edges of macroblocks and of the blocks in them (RFC 6386, section 15). */
final class LoopFilter {
    /** In {@link #remembered}, whether the edges inside of the macroblock are filtered too. */
    private static final int INSIDE = 8;

    private final FilterStrengths strengths;
    private final Plane lumaPlane;
    private final Plane chromaPlane;
    private final EdgeFilter luma;
    private final EdgeFilter blue;
    private final EdgeFilter red;
    private final int columns;
    /** How to filter the macroblocks of two rows: {@link FilterStrengths#which}, and {@link #INSIDE}. */
    private final byte[] remembered;

    LoopFilter(FrameHeader header, Picture picture, int columns) {
        this.strengths = header.filter();
        this.lumaPlane = picture.luma();
        this.chromaPlane = picture.blue();
        this.luma = new EdgeFilter(picture.luma().samples());
        this.blue = new EdgeFilter(picture.blue().samples());
        this.red = new EdgeFilter(picture.red().samples());
        this.columns = columns;
        this.remembered = new byte[2 * columns];
    }

    /** Remembers how to filter a macroblock, which is predicted from before it is. */
    void remember(int column, int row, Modes modes, Residuals residuals) {
        int how = FilterStrengths.which(modes.segment(), modes.subblocks());
        if (modes.subblocks() || residuals.some()) {
            how |= INSIDE;
        }
        remembered[(row & 1) * columns + column] = (byte) how;
    }

    /** Filters a row of macroblocks, and up to three rows of samples above them. */
    void filter(int row) {
        if (strengths.none()) {
            return;
        }
        for (int column = 0; column < columns; column++) {
            int how = remembered[(row & 1) * columns + column];
            int which = how & (INSIDE - 1);
            if (strengths.level(which) == 0) {
                continue;
            }
            boolean inside = (how & INSIDE) != 0;
            if (strengths.simple()) {
                simple(column, row, which, inside);
            } else {
                normal(column, row, which, inside);
            }
        }
    }

    private void simple(int column, int row, int which, boolean inside) {
        int stride = lumaPlane.stride();
        int at = lumaPlane.at(16 * column, 16 * row);
        int limit = 2 * strengths.level(which) + strengths.interior(which);
        simpleEdges(at, 1, stride, limit, column > 0, inside);
        simpleEdges(at, stride, 1, limit, row > 0, inside);
    }

    private void simpleEdges(int at, int across, int along, int limit, boolean outside, boolean inside) {
        if (outside) {
            luma.limits(limit + 4, 0, 0);
            luma.simple(at, across, along);
        }
        if (inside) {
            luma.limits(limit, 0, 0);
            luma.simple(at + 4 * across, across, along);
            luma.simple(at + 8 * across, across, along);
            luma.simple(at + 12 * across, across, along);
        }
    }

    private void normal(int column, int row, int which, boolean inside) {
        int lumaStride = lumaPlane.stride();
        int lumaAt = lumaPlane.at(16 * column, 16 * row);
        int chromaStride = chromaPlane.stride();
        int chromaAt = chromaPlane.at(8 * column, 8 * row);
        if (column > 0) {
            limits(which, 4);
            outer(lumaAt, 1, lumaStride, chromaAt, 1, chromaStride);
        }
        if (inside) {
            limits(which, 0);
            inner(lumaAt, 1, lumaStride, chromaAt, 1, chromaStride);
        }
        if (row > 0) {
            limits(which, 4);
            outer(lumaAt, lumaStride, 1, chromaAt, chromaStride, 1);
        }
        if (inside) {
            limits(which, 0);
            inner(lumaAt, lumaStride, 1, chromaAt, chromaStride, 1);
        }
    }

    private void limits(int which, int more) {
        int interior = strengths.interior(which);
        int limit = 2 * strengths.level(which) + interior + more;
        int variance = strengths.highVariance(which);
        luma.limits(limit, interior, variance);
        blue.limits(limit, interior, variance);
        red.limits(limit, interior, variance);
    }

    private void outer(int lumaAt, int lumaAcross, int lumaAlong, int chromaAt, int chromaAcross, int chromaAlong) {
        luma.outer(lumaAt, lumaAcross, lumaAlong, 16);
        blue.outer(chromaAt, chromaAcross, chromaAlong, 8);
        red.outer(chromaAt, chromaAcross, chromaAlong, 8);
    }

    private void inner(int lumaAt, int lumaAcross, int lumaAlong, int chromaAt, int chromaAcross, int chromaAlong) {
        luma.inner(lumaAt + 4 * lumaAcross, lumaAcross, lumaAlong, 16);
        luma.inner(lumaAt + 8 * lumaAcross, lumaAcross, lumaAlong, 16);
        luma.inner(lumaAt + 12 * lumaAcross, lumaAcross, lumaAlong, 16);
        blue.inner(chromaAt + 4 * chromaAcross, chromaAcross, chromaAlong, 8);
        red.inner(chromaAt + 4 * chromaAcross, chromaAcross, chromaAlong, 8);
    }
}
