package dev.percept.samples;

import java.awt.image.BufferedImage;

/**
 * Pictures that are drawn by code, so that they are free of anybody's rights and the same on every machine. Each is
 * opaque 8-bit sRGB of type {@link BufferedImage#TYPE_INT_RGB}, of any size, and asked for again it is the same pixel
 * for pixel.
 */
public final class Pictures {

    /** How strong the film grain of photograph-like pictures is, of the full range. */
    private static final double GRAIN = 0.004;

    private Pictures() {}

    /** A still life before a lake at dusk: soft gradients, texture, foliage, skin-like tones, lettering and edges. */
    public static BufferedImage stillLife(int width, int height) {
        return new StillLife().photograph(width, height, 2, GRAIN);
    }

    /** Mountains, woods and clouds at dusk, and their reflection in a lake. */
    public static BufferedImage landscape(int width, int height) {
        return new Landscape().photograph(width, height, 2, GRAIN);
    }

    /** A sculpted head in skin colours before a plain wall. */
    public static BufferedImage portrait(int width, int height) {
        return new Portrait().photograph(width, height, 2, GRAIN);
    }

    /** A page of lettering in several sizes and colours, with hard edges and even areas. */
    public static BufferedImage text(int width, int height) {
        return new Page().photograph(width, height, 4, 0);
    }

    /** A coarse woven cloth: fine texture everywhere. */
    public static BufferedImage texture(int width, int height) {
        return new Cloth().photograph(width, height, 2, GRAIN);
    }

    /** Nothing but slow changes of colour, without grain, where banding shows first. */
    public static BufferedImage gradient(int width, int height) {
        Vec left = new Vec(0.10, 0.20, 0.42);
        Vec right = new Vec(0.62, 0.26, 0.16);
        Vec top = new Vec(0.70, 0.58, 0.36);
        Scene slope = (x, y) -> {
            double across = 0.5 + 0.5 * x * height / width;
            double up = 0.5 + 0.5 * y;
            return left.mix(right, across).mix(top, up * up * 0.8);
        };
        return slope.photograph(width, height, 1, 0);
    }
}
