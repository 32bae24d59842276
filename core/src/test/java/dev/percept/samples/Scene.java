package dev.percept.samples;

import java.awt.image.BufferedImage;
import java.util.stream.IntStream;

/** Something to take a picture of: the light that reaches each point of the film. */
interface Scene {

    /**
     * The linear light at a point of the film.
     *
     * @param x from minus the aspect ratio at the left edge to plus it at the right edge
     * @param y from -1 at the bottom edge to 1 at the top edge
     */
    Vec light(double x, double y);

    /** Takes the picture, with {@code side} by {@code side} points of film to the pixel, and develops it. */
    default BufferedImage photograph(int width, int height, int side, double grain) {
        BufferedImage picture = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
        int[] pixels = new int[width * height];
        IntStream.range(0, height).parallel().forEach(row -> {
            for (int column = 0; column < width; column++) {
                Vec sum = Vec.ZERO;
                for (int part = 0; part < side * side; part++) {
                    int across = part % side;
                    int along = part / side;
                    double right = column + (across + 0.5) / side;
                    double down = row + (along + 0.5) / side;
                    Vec light = light((2 * right - width) / height, 1 - 2 * down / height);
                    // Each part is toned on its own, or one glint would leave a jagged white pixel.
                    sum = sum.plus(new Vec(tone(light.x()), tone(light.y()), tone(light.z())));
                }
                double speck = grain * Noise.normal(column, row, 77);
                Vec mean = sum.times(1.0 / (side * side)).plus(new Vec(speck, speck, speck));
                pixels[row * width + column] = level(mean.x()) << 16 | level(mean.y()) << 8 | level(mean.z());
            }
        });
        picture.setRGB(0, 0, width, height, pixels, 0, width);
        return picture;
    }

    /** Linear light to display signal in [0, 1]: a film-like curve with soft highlights, then the sRGB curve. */
    private static double tone(double light) {
        double held = Math.max(0, light) * 0.82;
        double curved = held * (2.51 * held + 0.03) / (held * (2.43 * held + 0.59) + 0.14);
        double shown = Math.min(1, curved);
        return shown <= 0.0031308 ? 12.92 * shown : 1.055 * StrictMath.pow(shown, 1 / 2.4) - 0.055;
    }

    private static int level(double signal) {
        return (int) Math.min(255, Math.max(0, Math.floor(signal * 255 + 0.5)));
    }
}
