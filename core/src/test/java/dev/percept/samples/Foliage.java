package dev.percept.samples;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Twigs with leaves that hang into the picture from its upper right corner. */
final class Foliage {

    private static final List<Leaf> LEAVES = leaves();

    private Foliage() {}

    /** The light of the twigs at a point of the film, or nothing where they are not in the way. */
    static Optional<Vec> light(double x, double y) {
        for (Leaf leaf : LEAVES) {
            Optional<Vec> light = leaf.light(x, y);
            if (light.isPresent()) {
                return light;
            }
        }
        return Optional.empty();
    }

    private static List<Leaf> leaves() {
        List<Leaf> leaves = new ArrayList<>();
        twig(leaves, 1, 1.62, 0.98, -2.75, 0.020, 15);
        twig(leaves, 2, 1.58, 0.72, -2.42, 0.024, 11);
        twig(leaves, 3, 1.05, 1.08, -2.62, 0.020, 11);
        twig(leaves, 4, 1.60, 1.10, -1.95, 0.022, 12);
        return leaves;
    }

    private static void twig(List<Leaf> leaves, int twig, double x, double y, double heading, double bow, int count) {
        double right = x;
        double up = y;
        double turn = heading;
        for (int index = 0; index < count; index++) {
            double side = index % 2 == 0 ? 1 : -1;
            double size = (0.13 + 0.09 * Noise.hash(twig, index, 81)) * (1 - 0.4 * index / count);
            double spread = side * (0.35 + 0.9 * Noise.hash(twig, index, 82));
            double shade = 0.55 + 0.45 * Noise.hash(twig, index, 83);
            leaves.add(new Leaf(right, up, turn + spread, size, 0.24 + 0.14 * shade, shade, twig * 100 + index));
            double step = 0.050 + 0.03 * Noise.hash(twig, index, 88);
            double nextRight = right + step * StrictMath.cos(turn);
            double nextUp = up + step * StrictMath.sin(turn);
            double length = step * 1.1;
            leaves.add(new Leaf(right, up, turn, length, 0.075, -1, 0));
            right = nextRight;
            up = nextUp;
            turn += bow + 0.16 * (Noise.hash(twig, index, 84) - 0.5);
        }
        leaves.add(new Leaf(right, up, turn, 0.10, 0.4, 0.9, twig * 100 + 99));
    }

    /** One leaf, or with a negative shade a bit of twig. */
    private static final class Leaf {

        private final double x;
        private final double y;
        private final double cosine;
        private final double sine;
        private final double length;
        private final double width;
        private final double shade;
        private final int seed;

        Leaf(double x, double y, double turn, double length, double width, double shade, int seed) {
            this.x = x;
            this.y = y;
            this.cosine = StrictMath.cos(turn);
            this.sine = StrictMath.sin(turn);
            this.length = length;
            this.width = width;
            this.shade = shade;
            this.seed = seed;
        }

        Optional<Vec> light(double pointX, double pointY) {
            double right = pointX - x;
            double up = pointY - y;
            if (right * right + up * up > length * length) {
                return Optional.empty();
            }
            double along = (right * cosine + up * sine) / length;
            if (along < 0 || along > 1) {
                return Optional.empty();
            }
            if (shade < 0) {
                double off = (up * cosine - right * sine) / length;
                Vec bark = new Vec(0.045, 0.030, 0.022).times(off > 0 ? 1.7 : 0.8);
                return Math.abs(off) < width * 1.3 ? Optional.of(bark) : Optional.empty();
            }
            double bend = 0.16 * (Noise.hash(seed, 1, 85) - 0.5) * 4 * along * (1 - along);
            double off = (up * cosine - right * sine) / length - bend;
            // Broad near the stalk, drawn out to a tip, with a finely toothed rim.
            double rim = width * StrictMath.sqrt(along) * (1 - along) * 2.0 * (1 + 0.06 * StrictMath.sin(along * 70));
            if (Math.abs(off) > rim) {
                return Optional.empty();
            }
            double vein = Math.abs(StrictMath.sin((along - 0.8 * Math.abs(off)) * 24));
            double midrib = Math.abs(off) < 0.022 ? 0.5 : 0;
            double lines = 0.28 * (1 - Noise.step(0, 0.35, vein)) + midrib;
            // One half of a folded leaf faces the sun, and the other lets it shine through.
            double half = off * cosine > 0 ? 1 : 0.52;
            double blotch = 1 + 0.5 * Noise.fractal(pointX * 24, pointY * 24, 3, 86);
            Vec green = new Vec(0.085, 0.125, 0.022).mix(new Vec(0.34, 0.155, 0.022), yellowed());
            Vec ribs = new Vec(0.16, 0.13, 0.04).times(lines * shade * half);
            return Optional.of(green.times(shade * half * blotch * 0.95).plus(ribs));
        }

        private double yellowed() {
            return Noise.step(0.55, 1.0, Noise.hash(seed, 2, 87));
        }
    }
}
