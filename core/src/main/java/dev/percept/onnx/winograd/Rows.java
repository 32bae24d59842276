package dev.percept.onnx.winograd;

import java.nio.IntBuffer;

/**
 * How the values of a layer lie in memory: as the rows of a matrix, each a block of channels at one place of one picture, in an
 * order that whoever wrote them found best.
 *
 * @param name of the matrix
 * @param index for picture, block of channels, y and x, the row; one after the other
 * @param batch number of pictures
 * @param blocks of channels
 * @param block channels in a row
 * @param height of a picture's layer
 * @param width of a picture's layer
 * @param zero a row of zeros
 */
@SuppressWarnings("ArrayRecordComponent") // Handed on, never compared.
record Rows(String name, int[] index, int batch, int blocks, int block, int height, int width, int zero) {
    /** One after the other, and a row of zeros at the end. */
    static Rows inOrder(String name, int batch, int blocks, int block, int height, int width) {
        int[] index = new int[batch * blocks * height * width];
        for (int i = 0; i < index.length; i++) {
            index[i] = i;
        }
        return new Rows(name, index, batch, blocks, block, height, width, index.length);
    }

    int channels() {
        return blocks * block;
    }

    /** A place's row; beyond the picture's border the row of zeros, as the padding has it. */
    private int at(int picture, int blockOf, int y, int x) {
        return y < 0 || x < 0 || y >= height || x >= width
                ? zero
                : index[((picture * blocks + blockOf) * height + y) * width + x];
    }

    /** Rows of the tiles from one to before another: for each of a tile's 36 places, block and tile. */
    IntBuffer tiles(Chain.Size size, int from, int to) {
        IntBuffer rows = Nodes.directInts(CookToom.FREQUENCIES * blocks * (to - from));
        int across = size.tilesAcross();
        int perPicture = across * size.tilesDown();
        for (int place = 0; place < CookToom.FREQUENCIES; place++) {
            for (int blockOf = 0; blockOf < blocks; blockOf++) {
                for (int tile = from; tile < to; tile++) {
                    int y = tile % perPicture / across * CookToom.OUT + place / CookToom.IN - 1;
                    int x = tile % across * CookToom.OUT + place % CookToom.IN - 1;
                    rows.put(at(tile / perPicture, blockOf, y, x));
                }
            }
        }
        return rows.flip();
    }

    IntBuffer all() {
        return Nodes.directInts(index.length).put(index).flip();
    }
}
