package dev.percept.samples;

/**
 * Seeded noise that is the same on every Java runtime: integer hashing, and only the arithmetic that the language
 * defines to the last bit.
 */
final class Noise {

    private Noise() {}

    /** A number in [0, 1) that looks random, decided by its place and the seed. */
    static double hash(int x, int y, int seed) {
        int mixed = x * 0x27d4eb2d ^ y * 0x165667b1 ^ seed * 0x9e3779b1;
        mixed = (mixed ^ mixed >>> 15) * 0x85ebca6b;
        mixed = (mixed ^ mixed >>> 13) * 0xc2b2ae35;
        mixed ^= mixed >>> 16;
        return (mixed >>> 8) / (double) (1 << 24);
    }

    /** A number from the normal distribution with mean 0 and deviation 1, decided by its place and the seed. */
    static double normal(int x, int y, int seed) {
        double radius = hash(x, y, seed * 2 + 1);
        double turn = hash(x, y, seed * 2 + 2);
        return Math.sqrt(-2 * StrictMath.log(1 - radius)) * StrictMath.cos(2 * Math.PI * turn);
    }

    /** Smooth gradient noise in about [-1, 1] with details about one unit wide. */
    static double smooth(double x, double y, int seed) {
        int left = (int) Math.floor(x);
        int low = (int) Math.floor(y);
        double right = x - left;
        double up = y - low;
        double across = fade(right);
        double bottom = lerp(slope(left, low, right, up, seed), slope(left + 1, low, right - 1, up, seed), across);
        double top = lerp(
                slope(left, low + 1, right, up - 1, seed), slope(left + 1, low + 1, right - 1, up - 1, seed), across);
        return 1.5 * lerp(bottom, top, fade(up));
    }

    /** Fractal noise: {@code octaves} layers of {@link #smooth}, each twice as fine and half as strong. */
    static double fractal(double x, double y, int octaves, int seed) {
        double sum = 0;
        double strength = 0.5;
        double u = x;
        double v = y;
        for (int octave = 0; octave < octaves; octave++) {
            sum += strength * smooth(u, v, seed + octave);
            strength /= 2;
            // The turn between layers keeps their grids from lining up and showing.
            double turned = 1.6 * u - 1.2 * v;
            v = 1.2 * u + 1.6 * v;
            u = turned;
        }
        return sum;
    }

    /** Fractal noise with sharp crests, in about [0, 1]: the shape of mountains. */
    static double ridged(double x, double y, int octaves, int seed) {
        double sum = 0;
        double strength = 0.5;
        double weight = 1;
        double u = x;
        double v = y;
        for (int octave = 0; octave < octaves; octave++) {
            double crest = 1 - Math.abs(smooth(u, v, seed + octave));
            crest *= crest * weight;
            sum += strength * crest;
            weight = Math.min(1, Math.max(0, crest * 1.6));
            strength /= 2;
            double turned = 1.6 * u - 1.2 * v;
            v = 1.2 * u + 1.6 * v;
            u = turned;
        }
        return sum;
    }

    /** 0 up to {@code from}, 1 beyond {@code to}, and a smooth rise between them. */
    static double step(double from, double to, double value) {
        double share = Math.min(1, Math.max(0, (value - from) / (to - from)));
        return share * share * (3 - 2 * share);
    }

    private static double slope(int x, int y, double right, double up, int seed) {
        double turn = hash(x, y, seed) * 4;
        // A direction on the diamond |a| + |b| = 1 needs no trigonometry and is even enough for pictures.
        double along = turn < 2 ? turn - 1 : 3 - turn;
        double rest = turn < 2 ? 1 - Math.abs(along) : Math.abs(along) - 1;
        return 1.25 * (along * right + rest * up);
    }

    private static double fade(double share) {
        return share * share * share * (share * (share * 6 - 15) + 10);
    }

    private static double lerp(double from, double to, double share) {
        return from + (to - from) * share;
    }
}
