package dev.percept.samples;

/** A head as a sculptor would rough it out, in skin colours, against a wall in evening light. */
final class Portrait implements Scene {

    private static final Vec LAMP = new Vec(-0.62, 0.48, -0.62).unit();
    private static final Vec LAMPLIGHT = new Vec(2.5, 2.15, 1.75);
    private static final double FAR = 7;

    private enum Part {
        SKIN,
        LIPS,
        EYE,
        HAIR,
        SHIRT
    }

    @Override
    public Vec light(double x, double y) {
        Vec towards = new Vec(x * 0.36, y * 0.36 - 0.02, 1).unit();
        double reached = 2.4;
        for (int step = 0; step < 90 && reached < FAR; step++) {
            double free = distance(towards.times(reached));
            if (free < 0.001) {
                return surface(towards.times(reached), towards);
            }
            reached += 0.85 * free;
        }
        return wall(x, y);
    }

    private static Vec wall(double x, double y) {
        double plaster = 1 + 0.08 * Noise.fractal(x * 3, y * 3, 3, 91);
        double fall = 0.55 - 0.22 * x + 0.10 * y;
        return new Vec(0.24, 0.29, 0.32).times(plaster * fall);
    }

    private static double distance(Vec place) {
        return Math.min(Math.min(skin(place), hair(place)), Math.min(eyes(place), shirt(place)));
    }

    /** The head's own place: the origin between the ears, slightly turned towards the lamp. */
    private static Vec own(Vec place) {
        double x = place.x();
        double z = place.z() - 4;
        return new Vec(0.966 * x + 0.259 * z, place.y() - 0.10, 0.966 * z - 0.259 * x);
    }

    private static double skin(Vec place) {
        Vec at = own(place);
        Vec side = new Vec(Math.abs(at.x()), at.y(), at.z());
        double head = egg(at, 0, 0.22, 0.10, 0.64, 0.70, 0.74);
        head = joined(head, egg(at, 0, -0.34, -0.16, 0.42, 0.46, 0.46), 0.22);
        head = joined(head, egg(side, 0.27, -0.13, -0.42, 0.17, 0.17, 0.16), 0.12);
        head = joined(head, egg(at, 0, -0.66, -0.44, 0.15, 0.11, 0.13), 0.10);
        head = joined(head, rod(side, new Vec(0.08, 0.20, -0.60), new Vec(0.38, 0.21, -0.46), 0.07), 0.09);
        head = -joined(-head, egg(side, 0.235, 0.07, -0.69, 0.13, 0.075, 0.10), 0.07);
        head = joined(head, rod(at, new Vec(0, 0.12, -0.62), new Vec(0, -0.13, -0.76), 0.055), 0.07);
        head = joined(head, egg(at, 0, -0.15, -0.74, 0.085, 0.07, 0.085), 0.05);
        head = joined(head, egg(side, 0.085, -0.18, -0.67, 0.055, 0.045, 0.07), 0.03);
        head = joined(head, lips(at), 0.025);
        head = joined(head, egg(side, 0.66, 0.02, 0.08, 0.07, 0.19, 0.12), 0.04);
        double neck = rod(at, new Vec(0, -0.5, 0.12), new Vec(0, -1.4, 0.22), 0.33);
        return joined(head, neck, 0.10);
    }

    private static double lips(Vec at) {
        Vec side = new Vec(Math.abs(at.x()), at.y(), at.z());
        double upper = rod(side, new Vec(0.0, -0.378, -0.632), new Vec(0.165, -0.402, -0.555), 0.026);
        double lower = rod(side, new Vec(0.0, -0.438, -0.620), new Vec(0.13, -0.415, -0.565), 0.036);
        return Math.min(upper, lower);
    }

    private static double eyes(Vec place) {
        Vec at = own(place);
        Vec side = new Vec(Math.abs(at.x()), at.y(), at.z());
        return egg(side, 0.235, 0.065, -0.50, 0.115, 0.065, 0.105);
    }

    private static double hair(Vec place) {
        Vec at = own(place);
        double strands = 0.016 * Noise.fractal(at.x() * 16 + at.y() * 5, at.z() * 5 - at.y() * 6, 3, 92);
        double cap = egg(at, 0.01, 0.34, 0.18, 0.72, 0.72, 0.76) - strands;
        double line = 0.36 - at.y() - 0.85 * Math.max(0, at.z() + 0.20) + 0.10 * at.x();
        return -joined(-cap, -line * 0.7, 0.06);
    }

    private static double shirt(Vec place) {
        Vec at = own(place);
        double folds = 0.02 * Noise.smooth(at.x() * 3.5, at.y() * 3 + at.z(), 93);
        double body = egg(at, 0, -1.92, 0.30, 1.25, 0.88, 0.62) - folds;
        return -joined(-body, egg(at, 0, -0.98, 0.05, 0.40, 0.22, 0.48), 0.04);
    }

    private static Vec surface(Vec place, Vec towards) {
        Vec normal = normal(place);
        Vec at = own(place);
        double sun = lamplit(place.plus(normal.times(0.006)));
        double facing = normal.dot(LAMP);
        double shine = StrictMath.pow(Math.max(0, LAMP.minus(towards).unit().dot(normal)), 22) * sun;
        Part part = part(place, at);
        Vec colour = colour(part, at);
        // Light that entered skin comes out red past the border of the shadow.
        double soft = part == Part.SKIN || part == Part.LIPS ? 0.22 : 0;
        Vec direct = new Vec(wrapped(facing, soft), wrapped(facing, soft * 0.45), wrapped(facing, soft * 0.3));
        double sheen = part == Part.EYE ? 0.5 : part == Part.SHIRT ? 0 : part == Part.HAIR ? 0.07 : 0.08;
        double open = Math.min(1, 0.35 + 2.2 * distance(place.plus(normal.times(0.22))) / 0.5);
        Vec room = new Vec(0.24, 0.25, 0.29).times((0.75 + 0.25 * normal.y()) * open);
        Vec back = new Vec(0.5, 0.30, 0.16).times(Math.max(0, normal.x() * 0.9 + normal.z() * 0.3 - 0.2));
        return colour.times(LAMPLIGHT.times(direct).times(sun).plus(room).plus(back))
                .plus(LAMPLIGHT.times(sheen * shine));
    }

    private static double wrapped(double facing, double soft) {
        return Math.max(0, (facing + soft) / (1 + soft));
    }

    private static Part part(Vec place, Vec at) {
        double skin = skin(place);
        double least = Math.min(Math.min(skin, hair(place)), Math.min(eyes(place), shirt(place)));
        if (least == skin) {
            return lips(at) < 0.008 ? Part.LIPS : Part.SKIN;
        }
        return least == eyes(place) ? Part.EYE : least == shirt(place) ? Part.SHIRT : Part.HAIR;
    }

    private static Vec colour(Part part, Vec at) {
        double side = Math.abs(at.x());
        double mottle = Noise.fractal(at.x() * 7, at.y() * 7 + at.z() * 3, 4, 94);
        double pores = Noise.fractal(at.x() * 40, at.y() * 40 + at.z() * 20, 2, 95);
        switch (part) {
            case LIPS:
                return new Vec(0.46, 0.17, 0.145).times(1 + 0.2 * mottle + 0.1 * pores);
            case EYE:
                double iris = StrictMath.hypot(side - 0.225, at.y() - 0.065);
                Vec white = new Vec(0.62, 0.58, 0.55);
                Vec brown = iris < 0.020 ? new Vec(0.01, 0.01, 0.01) : new Vec(0.09, 0.055, 0.03);
                return brown.mix(white, Noise.step(0.044, 0.050, iris));
            case HAIR:
                double strand = Noise.fractal(at.x() * 34 + at.y() * 8, at.z() * 7 - at.y() * 9, 3, 96);
                return new Vec(0.062, 0.036, 0.022).times(1 + 1.3 * strand);
            case SHIRT:
                double weave = Noise.smooth(at.x() * 60, at.y() * 60, 97);
                return new Vec(0.09, 0.15, 0.24).times(1 + 0.25 * weave);
            default:
                double cheek =
                        StrictMath.exp(-18 * ((side - 0.30) * (side - 0.30) + (at.y() + 0.16) * (at.y() + 0.16)));
                double brow = Math.abs(at.y() - 0.235 + 0.5 * (side - 0.24) * (side - 0.24)) - 0.026;
                double hairs = Noise.step(0.02, -0.012, brow + 0.02 * mottle) * Noise.step(0.40, 0.35, side);
                hairs *= Noise.step(0.08, 0.12, side) * Noise.step(-0.2, -0.3, at.z());
                Vec skin = new Vec(0.62, 0.385, 0.275).mix(new Vec(0.60, 0.27, 0.20), 0.6 * cheek);
                return skin.times(1 + 0.10 * mottle + 0.07 * pores).mix(new Vec(0.07, 0.04, 0.025), 0.8 * hairs);
        }
    }

    private static Vec normal(Vec place) {
        double reach = 0.002;
        double x = distance(place.plus(new Vec(reach, 0, 0))) - distance(place.minus(new Vec(reach, 0, 0)));
        double y = distance(place.plus(new Vec(0, reach, 0))) - distance(place.minus(new Vec(0, reach, 0)));
        double z = distance(place.plus(new Vec(0, 0, reach))) - distance(place.minus(new Vec(0, 0, reach)));
        return new Vec(x, y, z).unit();
    }

    private static double lamplit(Vec place) {
        double share = 1;
        double reached = 0.03;
        while (reached < 1.6 && share > 0) {
            double free = distance(place.plus(LAMP.times(reached)));
            share = Math.min(share, 0.5 + 6 * free / reached);
            reached += Math.max(0.02, free * 0.8);
        }
        double held = Math.max(0, share);
        return held * held * (3 - 2 * held);
    }

    private static double egg(Vec at, double x, double y, double z, double wide, double high, double deep) {
        Vec off = new Vec((at.x() - x) / wide, (at.y() - y) / high, (at.z() - z) / deep);
        double length = off.length();
        double steep = new Vec(off.x() / wide, off.y() / high, off.z() / deep).length();
        return steep < 1e-9 ? -Math.min(wide, high) : length * (length - 1) / steep;
    }

    private static double rod(Vec at, Vec from, Vec to, double radius) {
        Vec along = to.minus(from);
        double share = Math.min(1, Math.max(0, at.minus(from).dot(along) / along.dot(along)));
        return at.minus(from).minus(along.times(share)).length() - radius;
    }

    /** The nearer of two surfaces, with the seam between them filled over a width of {@code soft}. */
    private static double joined(double one, double other, double soft) {
        double share = Math.max(0, soft - Math.abs(one - other)) / soft;
        return Math.min(one, other) - share * share * soft / 4;
    }
}
