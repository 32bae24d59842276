package dev.percept.image;

import dev.percept.ResizeFilter;

/**
 * Resizes pictures in two passes, rows first, each with the filter's support widened where the picture gets smaller. Kernels, places
 * and the rounding after each pass are as documented for and seen in Pillow's {@code Image.resize}.
 */
public final class Resampler {
    private Resampler() {}

    /** A picture of another size; the same one if it has that size. */
    public static Pixels resize(Pixels picture, int width, int height, ResizeFilter filter) {
        Pixels narrowed = picture.width() == width ? picture : horizontally(picture, width, filter);
        return narrowed.height() == height ? narrowed : vertically(narrowed, height, filter);
    }

    /**
     * Which source pixels make up each target pixel, and with what weights.
     *
     * @param first for each target pixel, the first source pixel
     * @param weights for each target pixel, of the first source pixel and those that follow; their sum is 1
     */
    @SuppressWarnings("ArrayRecordComponent") // Read here, never compared.
    private record Contributions(int[] first, double[][] weights) {}

    private static Contributions contributions(int from, int to, ResizeFilter filter) {
        double scale = (double) from / to;
        double widening = Math.max(1, scale);
        double support = support(filter) * widening;
        int[] first = new int[to];
        double[][] weights = new double[to][];
        for (int target = 0; target < to; target++) {
            double centre = (target + 0.5) * scale;
            int start = Math.max(0, (int) (centre - support + 0.5));
            int end = Math.min(from, (int) (centre + support + 0.5));
            double[] own = new double[end - start];
            double sum = 0;
            for (int i = 0; i < own.length; i++) {
                own[i] = kernel(filter, (start + i - centre + 0.5) / widening);
                sum += own[i];
            }
            for (int i = 0; i < own.length && sum != 0; i++) {
                own[i] /= sum;
            }
            first[target] = start;
            weights[target] = own;
        }
        return new Contributions(first, weights);
    }

    private static Pixels horizontally(Pixels picture, int width, ResizeFilter filter) {
        Contributions contributions = contributions(picture.width(), width, filter);
        Samples from = picture.samples();
        Samples to = target(picture, width, picture.height());
        int at = 0;
        for (int y = 0; y < picture.height(); y++) {
            int row = Pixels.CHANNELS * y * picture.width();
            for (int x = 0; x < width; x++) {
                double[] weights = contributions.weights[x];
                int first = row + Pixels.CHANNELS * contributions.first[x];
                for (int channel = 0; channel < Pixels.CHANNELS; channel++) {
                    to.set(at++, weighted(from, first + channel, Pixels.CHANNELS, weights));
                }
            }
        }
        return new Pixels(width, picture.height(), to);
    }

    private static Pixels vertically(Pixels picture, int height, ResizeFilter filter) {
        Contributions contributions = contributions(picture.height(), height, filter);
        Samples from = picture.samples();
        Samples to = target(picture, picture.width(), height);
        int row = Pixels.CHANNELS * picture.width();
        int at = 0;
        for (int y = 0; y < height; y++) {
            int first = row * contributions.first[y];
            double[] weights = contributions.weights[y];
            for (int column = 0; column < row; column++) {
                to.set(at++, weighted(from, first + column, row, weights));
            }
        }
        return new Pixels(picture.width(), height, to);
    }

    private static Samples target(Pixels picture, int width, int height) {
        return picture.samples().another(Math.multiplyExact(Pixels.CHANNELS, Math.multiplyExact(width, height)));
    }

    private static int weighted(Samples from, int first, int step, double[] weights) {
        double sum = 0.5;
        for (int i = 0, at = first; i < weights.length; i++, at += step) {
            sum += weights[i] * from.get(at);
        }
        return (int) Math.max(0, Math.min(from.maximum(), Math.floor(sum)));
    }

    private static double support(ResizeFilter filter) {
        return switch (filter) {
            case BOX -> 0.5;
            case BILINEAR -> 1;
            case BICUBIC -> 2;
            case LANCZOS -> 3;
        };
    }

    private static double kernel(ResizeFilter filter, double place) {
        double x = Math.abs(place);
        return switch (filter) {
            // Half-open, so that a source pixel on the border counts once.
            case BOX -> place > -0.5 && place <= 0.5 ? 1 : 0;
            case BILINEAR -> x < 1 ? 1 - x : 0;
            case BICUBIC -> {
                double a = -0.5;
                yield x < 1 ? ((a + 2) * x - (a + 3)) * x * x + 1 : x < 2 ? (((x - 5) * x + 8) * x - 4) * a : 0;
            }
            case LANCZOS -> x < 3 ? sinc(x) * sinc(x / 3) : 0;
        };
    }

    private static double sinc(double x) {
        return x == 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x);
    }
}
