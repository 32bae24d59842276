package dev.percept.samples;

import java.util.Optional;

/**
 * Peaches, blueberries and a painted sign on an old table by the lake of {@link Landscape}: the picture that has a bit
 * of everything, from soft gradients and skin-like tones to lettering and hard edges.
 */
final class StillLife implements Scene {

    private static final double TABLE = -2.32;
    private static final double TABLE_END = 12.4;
    private static final double FAR = 15;

    /** The sign's middle, half its size, and how it is turned and leant. */
    private static final Vec SIGN = new Vec(1.95, TABLE + 0.80, 10.3);

    private static final Vec SIGN_HALF = new Vec(2.15, 0.78, 0.10);
    private static final double TURN_SINE = -0.17;
    private static final double TURN_COSINE = 0.98545;
    private static final double LEAN = 0.10;

    private static final double[][] PEACHES = {
        {-2.62, 0.96, 9.3, 0.22}, {-0.98, 0.90, 8.75, -0.16}, {-1.66, 0.90, 10.9, 0.1},
    };

    private static final double[][] BERRIES = {
        {0.02, 0.25, 7.75},
        {0.60, 0.27, 8.15},
        {0.36, 0.23, 7.30},
        {1.15, 0.25, 7.85},
        {2.35, 0.26, 8.35},
        {-2.05, 0.25, 7.55},
        {3.25, 0.24, 7.70},
    };

    private enum Thing {
        TABLE,
        SIGN,
        PEACH,
        BERRY
    }

    private final Landscape behind = new Landscape();

    @Override
    public Vec light(double x, double y) {
        double corner = 1 - 0.07 * (x * x + y * y);
        Optional<Vec> twig = Foliage.light(x, y);
        if (twig.isPresent()) {
            return twig.get().times(corner);
        }
        Vec towards = Landscape.direction(x, y);
        // Nothing on the table reaches as high as this, so that most rays need no walk past it.
        double hit = towards.y() > -0.03 ? FAR : hit(Vec.ZERO, towards, 5.5, FAR);
        return hit < FAR ? surface(towards.times(hit), towards).times(corner) : behind.light(x, y);
    }

    /** Walks along a ray by the distance to the nearest surface, which can never step through it. */
    private static double hit(Vec from, Vec towards, double start, double end) {
        double reached = start;
        for (int step = 0; step < 110 && reached < end; step++) {
            double free = distance(from.plus(towards.times(reached)));
            if (free < 0.0012) {
                return reached;
            }
            reached += 0.9 * free;
        }
        return end;
    }

    private static double distance(Vec place) {
        return Math.min(Math.min(table(place), sign(place)), Math.min(peaches(place), berries(place)));
    }

    private static double table(Vec place) {
        double groove = Math.abs(plank(place) - Math.floor(plank(place)) - 0.5);
        double top = place.y() - TABLE + 0.05 * Noise.step(0.475, 0.5, groove);
        double end = place.z() - TABLE_END;
        double rounded = Math.max(0, top + 0.06);
        double edge = Math.max(0, end + 0.06);
        return top > -0.06 && end > -0.06 ? Math.sqrt(rounded * rounded + edge * edge) - 0.06 : Math.max(top, end);
    }

    /** Counts planks from left to right. */
    private static double plank(Vec place) {
        return place.x() / 1.72 + 0.13 * place.z() + 100.2;
    }

    /** A place as the sign's own right, up and back. */
    private static Vec onSign(Vec place) {
        Vec off = place.minus(SIGN);
        double right = TURN_COSINE * off.x() + TURN_SINE * off.z();
        double back = TURN_COSINE * off.z() - TURN_SINE * off.x();
        return new Vec(right, off.y(), back - LEAN * off.y());
    }

    private static double sign(Vec place) {
        Vec own = onSign(place);
        double right = Math.abs(own.x()) - SIGN_HALF.x() + 0.05;
        double up = Math.abs(own.y()) - SIGN_HALF.y() + 0.05;
        double back = Math.abs(own.z()) - SIGN_HALF.z() + 0.05;
        Vec outside = new Vec(Math.max(0, right), Math.max(0, up), Math.max(0, back));
        return outside.length() + Math.min(0, Math.max(right, Math.max(up, back))) - 0.05;
    }

    private static double peaches(Vec place) {
        double nearest = Double.POSITIVE_INFINITY;
        for (double[] peach : PEACHES) {
            Vec off = place.minus(centre(peach));
            double round = off.length() - peach[1];
            if (round < 0.2) {
                // The seam runs down the side that faces the sun a little, and the top sinks in around the stalk.
                double seam = off.x() + 0.42 * off.z() - 0.12 * peach[1] + peach[3] * off.y();
                double shown = off.z() < 0 ? 1 : 0;
                double around = Math.sqrt(off.x() * off.x() + off.z() * off.z());
                round += 0.030 * shown * StrictMath.exp(-seam * seam * 140);
                round += off.y() > 0 ? 0.12 * StrictMath.exp(-around * around * 16) : 0;
            }
            nearest = Math.min(nearest, round);
        }
        return nearest;
    }

    private static double berries(Vec place) {
        double nearest = Double.POSITIVE_INFINITY;
        for (double[] berry : BERRIES) {
            nearest = Math.min(nearest, place.minus(centre(berry)).length() - berry[1]);
        }
        return nearest;
    }

    private static Vec centre(double[] fruit) {
        return new Vec(fruit[0], TABLE + 0.985 * fruit[1], fruit[2]);
    }

    private static Thing nearest(Vec place) {
        double table = table(place);
        double sign = sign(place);
        double peach = peaches(place);
        double berry = berries(place);
        double least = Math.min(Math.min(table, sign), Math.min(peach, berry));
        if (least == table) {
            return Thing.TABLE;
        }
        return least == sign ? Thing.SIGN : least == peach ? Thing.PEACH : Thing.BERRY;
    }

    private static Vec surface(Vec place, Vec towards) {
        Vec normal = normal(place);
        Vec off = place.plus(normal.times(0.004));
        double sun = sunlit(off);
        double open = open(place, normal);
        return switch (nearest(place)) {
            case TABLE -> {
                Vec bumped =
                        normal.plus(Surfaces.grainSlope(place, plank(place))).unit();
                double gloss = 0.05 + 0.25 * StrictMath.pow(1 + Math.min(0, towards.dot(bumped)), 4);
                Vec sheen = shine(towards, bumped).times(gloss * open);
                yield lit(Surfaces.planks(place, plank(place)), bumped, sun, open)
                        .plus(sheen);
            }
            case SIGN -> lit(Surfaces.sign(onSign(place), SIGN_HALF), normal, sun, open);
            case PEACH -> {
                double rim = 1 + towards.dot(normal);
                Vec velvet = new Vec(0.34, 0.22, 0.16).times(rim * rim * rim * (0.35 + 0.9 * sun) * open);
                Vec bumped = normal.plus(Surfaces.fuzz(place)).unit();
                yield lit(Surfaces.peach(place, normal), bumped, sun, open).plus(velvet);
            }
            case BERRY -> {
                double facing = 1 + Math.min(0, towards.dot(normal));
                Vec sheen = shine(towards, normal).times((0.03 + 0.4 * facing * facing * facing * facing) * open);
                Vec half = Sky.SUN.minus(towards).unit();
                double glint = sun * StrictMath.pow(Math.max(0, half.dot(normal)), 60);
                yield lit(Surfaces.berry(place, normal), normal, sun, open)
                        .plus(sheen)
                        .plus(Sky.SUNLIGHT.times(0.35 * glint));
            }
        };
    }

    private static Vec lit(Vec colour, Vec normal, double sun, double open) {
        // Light wraps a little around soft things, and the table throws some of it back up.
        double direct = sun * Math.max(0, (normal.dot(Sky.SUN) + 0.08) / 1.08);
        double up = 0.5 + 0.5 * normal.y();
        Vec sky = new Vec(0.36, 0.37, 0.47).times(up * open);
        Vec front = new Vec(0.17, 0.13, 0.12).times(open * Math.max(0, 0.25 - 0.75 * normal.z()));
        Vec bounce = new Vec(0.26, 0.15, 0.08).times((1 - up) * open);
        return colour.times(
                Sky.SUNLIGHT.times(1.15 * direct).plus(sky).plus(front).plus(bounce));
    }

    private static Vec shine(Vec towards, Vec normal) {
        Vec mirrored = towards.reflected(normal);
        return Sky.clear(new Vec(mirrored.x(), Math.abs(mirrored.y()), mirrored.z()));
    }

    private static Vec normal(Vec place) {
        double reach = 0.002;
        double x = distance(place.plus(new Vec(reach, 0, 0))) - distance(place.plus(new Vec(-reach, 0, 0)));
        double y = distance(place.plus(new Vec(0, reach, 0))) - distance(place.plus(new Vec(0, -reach, 0)));
        double z = distance(place.plus(new Vec(0, 0, reach))) - distance(place.plus(new Vec(0, 0, -reach)));
        return new Vec(x, y, z).unit();
    }

    /** The share of the sun that reaches a place; the narrower the miss, the darker, as the sun is not a point. */
    private static double sunlit(Vec place) {
        double share = 1;
        double reached = 0.02;
        while (reached < 7 && share > 0) {
            double free = distance(place.plus(Sky.SUN.times(reached)));
            share = Math.min(share, 0.5 + 5.5 * free / reached);
            reached += Math.max(0.03, free * 0.8);
        }
        double held = Math.max(0, share);
        return held * held * (3 - 2 * held);
    }

    /** How open a place is to the sky: less in corners, and where things touch. */
    private static double open(Vec place, Vec normal) {
        double closed = 0;
        double weight = 0.55;
        for (double reach = 0.06; reach < 1.2; reach *= 2.1) {
            closed += weight * Math.max(0, 1 - distance(place.plus(normal.times(reach))) / reach);
            weight *= 0.72;
        }
        return Math.max(0.06, 1 - 0.85 * closed);
    }
}
