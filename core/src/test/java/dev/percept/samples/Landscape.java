package dev.percept.samples;

/** A lake at dusk: clouds, mountains in haze, wooded shores, and all of it again in the moving water. */
final class Landscape implements Scene {

    /** Half the height of the film, seen from the lens. */
    static final double HALF_VIEW = 0.325;

    private static final Vec EYE = new Vec(0, 1.15, 0);
    private static final double HORIZON = 0.12;
    private static final Terrain LAND = new Terrain();

    @Override
    public Vec light(double x, double y) {
        double corner = 1 - 0.075 * (x * x + y * y) * 0.9;
        return seen(direction(x, y)).times(corner);
    }

    /** The unit direction in which the lens sees a point of the film. */
    static Vec direction(double x, double y) {
        return new Vec(x * HALF_VIEW, (y - HORIZON) * HALF_VIEW, 1).unit();
    }

    /** The light that comes from afar in a direction. */
    static Vec seen(Vec towards) {
        double hit = LAND.hit(EYE, towards);
        if (hit < Double.POSITIVE_INFINITY) {
            return land(EYE, towards, hit, 0);
        }
        return towards.y() < -0.002 ? water(towards) : Sky.light(towards);
    }

    private static Vec water(Vec towards) {
        double away = -EYE.y() / towards.y();
        Vec place = EYE.plus(towards.times(away));
        // Far waves are finer than a pixel: only their stretch along the line of sight is left to see.
        double calm = 1 / (1 + 0.05 * away);
        double u = place.x();
        double v = place.z();
        double breeze = 0.5 + 0.5 * Noise.step(-0.3, 0.4, Noise.fractal(u * 0.10, v * 0.35, 3, 44));
        double strength = 0.034 * calm * breeze;
        double right = strength * 0.55 * Noise.fractal(u * 2.1, v * 3.4, 4, 41);
        double forward = strength * 2.0 * Noise.fractal(u * 1.9 + 7, v * 4.2, 4, 42);
        Vec normal = new Vec(right, 1, forward).unit();
        Vec mirrored = towards.reflected(normal);
        mirrored = new Vec(mirrored.x(), Math.abs(mirrored.y()) + 1e-4, mirrored.z()).unit();
        double hit = LAND.hit(place, mirrored);
        Vec reflection = hit < Double.POSITIVE_INFINITY ? land(place, mirrored, hit, away) : Sky.light(mirrored);
        double facing = 1 + towards.dot(normal);
        double share = 0.03 + 0.97 * facing * facing * facing * facing * facing;
        share = 0.30 + 0.64 * share;
        return new Vec(0.020, 0.055, 0.075).mix(reflection, share);
    }

    private static Vec land(Vec from, Vec towards, double hit, double before) {
        Vec place = from.plus(towards.times(hit));
        double ground = LAND.ground(place.x(), place.z());
        double tree = LAND.tree(place.x(), place.z(), ground);
        Vec normal = LAND.normal(place.x(), place.z(), 0.05 + 0.0008 * hit);
        double sun = LAND.sunlit(place.plus(new Vec(0, 0.08, 0)));
        Vec colour = tree > 0.015 ? wood(place, tree, normal, sun) : rock(place, normal, sun);
        double way = before + hit;
        double thick = 0.0080 * way * StrictMath.exp(-0.20 * Math.max(0, place.y()));
        double haze = 1 - StrictMath.exp(-thick - 0.0000014 * way * way * way);
        Vec air = Sky.clear(new Vec(towards.x(), 0.03, towards.z()).unit()).times(new Vec(0.52, 0.58, 0.82));
        return colour.mix(air, haze);
    }

    private static Vec rock(Vec place, Vec normal, double sun) {
        double speck = Noise.fractal(place.x() * 1.3, place.z() * 1.3 + place.y() * 2, 5, 21);
        Vec stone = new Vec(0.20, 0.17, 0.155).times(1 + 0.9 * speck);
        Vec grass = new Vec(0.105, 0.115, 0.042).times(1 + 0.7 * speck);
        Vec surface =
                stone.mix(grass, Noise.step(0.62, 0.86, normal.y() + 0.25 * speck) * below(place.y(), 3.6, speck));
        double snow = Noise.step(0.42, 0.62, normal.y() + 0.3 * speck) * (1 - below(place.y(), 4.8, 1.6 * speck));
        surface = surface.mix(new Vec(0.80, 0.81, 0.86), snow);
        Vec shore = new Vec(0.24, 0.20, 0.15).times(1 + speck);
        surface = surface.mix(shore, 1 - Noise.step(0.04, 0.13, place.y() + 0.05 * speck));
        return lit(surface, normal, sun);
    }

    private static double below(double height, double line, double raggedness) {
        return 1 - Noise.step(line - 0.8, line + 0.8, height + raggedness * 1.3);
    }

    private static Vec wood(Vec place, double tree, Vec normal, double sun) {
        double leaf = Noise.fractal(place.x() * 9, place.z() * 9 + place.y() * 14, 3, 22);
        double kind = Noise.smooth(place.x() * 0.8, place.z() * 0.8, 23);
        Vec green = new Vec(0.050, 0.072, 0.026).mix(new Vec(0.17, 0.105, 0.028), Noise.step(0.1, 0.6, kind));
        // Crowns are dark inside and catch the sun at their tops.
        double open = 0.35 + 1.9 * tree;
        Vec slanted = normal.plus(new Vec(-0.9 * leaf, 0.2, 0.9 * leaf)).unit();
        return lit(green.times((1 + 1.2 * leaf) * open * 1.5), slanted, sun);
    }

    private static Vec lit(Vec surface, Vec normal, double sun) {
        Vec direct = Sky.SUNLIGHT.times(1.25 * sun * Math.max(0, normal.dot(Sky.SUN)));
        Vec sky = Sky.AMBIENT.times(0.55 + 0.45 * normal.y());
        return surface.times(direct.plus(sky));
    }
}
