package dev.percept.samples;

import java.util.stream.IntStream;

/** The mountains and wooded hills beyond the lake, as heights above its water. */
final class Terrain {

    static final double FAR = 74;

    private static final int CELLS = 900;
    private static final double LEFT = -44;
    private static final double NEAR = 15;
    private static final double CELL_X = -2 * LEFT / CELLS;
    private static final double CELL_Z = (FAR - NEAR) / CELLS;
    private static final double TREE_SPACING = 0.19;
    private static final double TREE_HEIGHT = 0.42;

    private final float[] heights = new float[CELLS * CELLS];
    private final float[] patches = new float[CELLS * CELLS];
    private double highest;

    Terrain() {
        IntStream.range(0, CELLS).parallel().forEach(row -> {
            for (int column = 0; column < CELLS; column++) {
                double x = LEFT + column * CELL_X;
                double z = NEAR + row * CELL_Z;
                heights[row * CELLS + column] = (float) rock(x, z);
                patches[row * CELLS + column] =
                        (float) (Noise.smooth(x * 0.35, z * 0.35, 34) + 0.5 * Noise.smooth(x, z, 35));
            }
        });
        for (float height : heights) {
            highest = Math.max(highest, height);
        }
    }

    /** The bare ground at a place, below 0 under the lake. */
    double ground(double x, double z) {
        return between(heights, x, z);
    }

    private static double between(float[] grid, double x, double z) {
        double column = Math.min(CELLS - 1.001, Math.max(0, (x - LEFT) / CELL_X));
        double row = Math.min(CELLS - 1.001, Math.max(0, (z - NEAR) / CELL_Z));
        int at = ((int) row) * CELLS + ((int) column);
        double across = column - (int) column;
        double along = row - (int) row;
        double near = grid[at] * (1 - across) + grid[at + 1] * across;
        double far = grid[at + CELLS] * (1 - across) + grid[at + CELLS + 1] * across;
        return near * (1 - along) + far * along;
    }

    /** How far a tree stands out of the ground at a place: pointed crowns, one to a cell of a loose grid. */
    double tree(double x, double z, double ground) {
        double wooded = wooded(x, z, ground);
        if (wooded <= 0) {
            return 0;
        }
        int column = (int) Math.floor(x / TREE_SPACING);
        int row = (int) Math.floor(z / TREE_SPACING);
        double size = wooded * (0.45 + 0.55 * Noise.hash(column, row, 31));
        double right = x - (column + 0.5 + 0.3 * (Noise.hash(column, row, 32) - 0.5)) * TREE_SPACING;
        double away = z - (row + 0.5 + 0.3 * (Noise.hash(column, row, 33) - 0.5)) * TREE_SPACING;
        double crown = 1 - Math.sqrt(right * right + away * away) / (TREE_SPACING * 0.62);
        return TREE_HEIGHT * size * Math.max(0, crown);
    }

    /** 1 in the woods, 0 where it is too high, too wet or too patchy for trees. */
    double wooded(double x, double z, double ground) {
        if (ground < 0.03 || ground > 3.2) {
            return 0;
        }
        double patch = between(patches, x, z);
        return Noise.step(0.03, 0.12, ground) * Noise.step(0.75, 0.35, ground / 3 - 0.35 * patch - 0.1);
    }

    /** How far along a ray the land is met, or infinity; the ray ends at the water, height 0. */
    double hit(Vec from, Vec towards) {
        double end = (FAR - from.z()) / Math.max(1e-6, towards.z());
        if (towards.y() < 0) {
            end = Math.min(end, -from.y() / towards.y());
        }
        double reached = Math.max(0.01, (NEAR - from.z()) / Math.max(1e-6, towards.z()));
        double before = reached;
        while (reached < end) {
            Vec place = from.plus(towards.times(reached));
            if (place.y() > highest + TREE_HEIGHT && towards.y() >= 0) {
                return Double.POSITIVE_INFINITY;
            }
            double above = above(place);
            if (above < 0) {
                return refined(from, towards, before, reached);
            }
            before = reached;
            reached += Math.max(0.0013 * reached, 0.45 * above);
        }
        return Double.POSITIVE_INFINITY;
    }

    /** The share of the sun that reaches a place, with the soft border that haze gives. */
    double sunlit(Vec place) {
        double share = 1;
        for (double reached = 0.12; reached < 14; reached *= 1.22) {
            Vec at = place.plus(Sky.SUN.times(reached));
            double clear = at.y() - ground(at.x(), at.z());
            share = Math.min(share, 0.5 + 9 * clear / reached);
        }
        return Math.max(0, share);
    }

    /** The unit normal of the bare ground. */
    Vec normal(double x, double z, double reach) {
        double right = ground(x + reach, z) - ground(x - reach, z);
        double away = ground(x, z + reach) - ground(x, z - reach);
        return new Vec(-right, 2 * reach, -away).unit();
    }

    private double above(Vec place) {
        double ground = ground(place.x(), place.z());
        double bare = place.y() - ground;
        return bare > TREE_HEIGHT ? bare - TREE_HEIGHT * 0.6 : bare - tree(place.x(), place.z(), ground);
    }

    private double refined(Vec from, Vec towards, double before, double beyond) {
        double low = before;
        double high = beyond;
        for (int halving = 0; halving < 7; halving++) {
            double middle = (low + high) / 2;
            if (above(from.plus(towards.times(middle))) < 0) {
                high = middle;
            } else {
                low = middle;
            }
        }
        return high;
    }

    private static double rock(double x, double z) {
        double warp = Noise.smooth(x * 0.06, z * 0.06, 11) * 4;
        double crests = Noise.ridged((x + warp) * 0.045 + 0.35, (z - warp) * 0.045 + 0.2, 8, 12);
        double range = Noise.step(27, 52, z + 0.12 * Math.abs(x - 4));
        double height = -0.55 + range * (0.9 + 5.5 * crests + 5.0 * crests * crests);
        height += hill(x + 19, z - 27, 10.5, 5, 3.3) + hill(x - 20, z - 23, 8, 4.5, 2.6);
        height += hill(x - 4, z - 36, 9, 4, 1.0);
        return height + Noise.fractal(x * 0.16, z * 0.16, 7, 13) * (0.75 + 0.5 * range);
    }

    private static double hill(double right, double away, double width, double depth, double height) {
        double square = right * right / (width * width) + away * away / (depth * depth);
        return height * StrictMath.exp(-square);
    }
}
