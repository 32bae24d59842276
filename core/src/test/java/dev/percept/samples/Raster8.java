package dev.percept.samples;

import java.awt.image.BufferedImage;

/** A picture in memory as levels from 0 to 255 that need not be whole until it becomes an image again. */
final class Raster8 {

    private final int width;
    private final int height;
    private final Vec[] colours;

    private Raster8(int width, int height) {
        this.width = width;
        this.height = height;
        this.colours = new Vec[width * height];
    }

    static Raster8 of(BufferedImage image) {
        Raster8 raster = new Raster8(image.getWidth(), image.getHeight());
        int[] pixels = image.getRGB(0, 0, raster.width, raster.height, null, 0, raster.width);
        for (int index = 0; index < pixels.length; index++) {
            int pixel = pixels[index];
            raster.colours[index] = new Vec(pixel >> 16 & 255, pixel >> 8 & 255, pixel & 255);
        }
        return raster;
    }

    /** Another of the same size, which has still to be filled. */
    Raster8 blank() {
        return new Raster8(width, height);
    }

    int width() {
        return width;
    }

    int height() {
        return height;
    }

    /** The colour of a pixel, or of the nearest one on the edge where it lies outside. */
    Vec at(int x, int y) {
        int column = Math.min(width - 1, Math.max(0, x));
        int row = Math.min(height - 1, Math.max(0, y));
        return colours[row * width + column];
    }

    void set(int x, int y, Vec colour) {
        colours[y * width + x] = colour;
    }

    /** The colour at a place between pixels, whose centres lie at whole numbers. */
    Vec between(double x, double y) {
        int column = (int) Math.floor(x);
        int row = (int) Math.floor(y);
        Vec top = at(column, row).mix(at(column + 1, row), x - column);
        Vec bottom = at(column, row + 1).mix(at(column + 1, row + 1), x - column);
        return top.mix(bottom, y - row);
    }

    /** Weighs each pixel and its neighbours in one direction; the middle weight is the pixel's own. */
    Raster8 weighted(double[] weights, int stepX, int stepY) {
        Raster8 result = blank();
        int reach = weights.length / 2;
        for (int y = 0; y < height; y++) {
            for (int x = 0; x < width; x++) {
                Vec sum = Vec.ZERO;
                for (int off = -reach; off <= reach; off++) {
                    sum = sum.plus(at(x + off * stepX, y + off * stepY).times(weights[off + reach]));
                }
                result.set(x, y, sum);
            }
        }
        return result;
    }

    /** The means of squares of {@code size} by {@code size} pixels; at the right and lower edge, of what is there. */
    Raster8 shrunk(int size) {
        if (size < 1) {
            throw new IllegalArgumentException("size must be 1 or more");
        }
        Raster8 result = new Raster8((width + size - 1) / size, (height + size - 1) / size);
        for (int y = 0; y < result.height; y++) {
            for (int x = 0; x < result.width; x++) {
                result.set(x, y, mean(x * size, y * size, size));
            }
        }
        return result;
    }

    /** The picture in 8 bits, rounded and clamped. */
    BufferedImage toImage() {
        BufferedImage image = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
        int[] pixels = new int[colours.length];
        for (int index = 0; index < pixels.length; index++) {
            Vec colour = colours[index];
            pixels[index] = level(colour.x()) << 16 | level(colour.y()) << 8 | level(colour.z());
        }
        image.setRGB(0, 0, width, height, pixels, 0, width);
        return image;
    }

    private Vec mean(int left, int top, int size) {
        int right = Math.min(width, left + size);
        int bottom = Math.min(height, top + size);
        Vec sum = Vec.ZERO;
        for (int y = top; y < bottom; y++) {
            for (int x = left; x < right; x++) {
                sum = sum.plus(at(x, y));
            }
        }
        return sum.times(1.0 / ((right - left) * (bottom - top)));
    }

    private static int level(double value) {
        return (int) Math.min(255, Math.max(0, Math.floor(value + 0.5)));
    }
}
