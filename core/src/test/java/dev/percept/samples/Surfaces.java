package dev.percept.samples;

/** The colours and fine grain of the things in {@link StillLife}. */
final class Surfaces {

    private static final String LETTERING = "PERCEPT";

    private Surfaces() {}

    /** The weathered wood of the table; {@code plank} counts planks, so that each has a grain of its own. */
    static Vec planks(Vec place, double plank) {
        int number = (int) Math.floor(plank);
        double tint = Noise.hash(number, 5, 61);
        Vec wood = new Vec(0.30, 0.185, 0.105).mix(new Vec(0.36, 0.27, 0.19), tint);
        double grain = grain(place, plank);
        double pores = Noise.fractal(place.x() * 28, place.z() * 2.6 + number * 9, 2, 63);
        double worn = Noise.step(0.0, 0.6, Noise.fractal(place.x() * 0.9, place.z() * 0.5, 4, 64));
        double dark = 1 + 1.05 * grain - 0.4 * Math.max(0, pores);
        return wood.mix(new Vec(0.34, 0.30, 0.26), 0.5 * worn).times(Math.max(0.18, dark));
    }

    /** How the grain tilts the surface of the table. */
    static Vec grainSlope(Vec place, double plank) {
        double reach = 0.012;
        double rise = grain(place.plus(new Vec(reach, 0, 0)), plank) - grain(place.minus(new Vec(reach, 0, 0)), plank);
        return new Vec(-0.16 * Math.max(-1.2, Math.min(1.2, rise * 4)), 0, 0);
    }

    private static double grain(Vec place, double plank) {
        int number = (int) Math.floor(plank);
        double across = (plank - number) * 1.72;
        double shift = number * 17.3;
        // Rings of a tree cut lengthwise: long lines that bend together.
        double bend = Noise.fractal(across * 0.9 + shift, place.z() * 0.22, 3, 65);
        double rings = StrictMath.sin((across * 3.1 + bend * 3.2) * 7);
        double fibre = Noise.fractal(across * 11 + shift, place.z() * 0.55, 4, 66);
        return 0.16 * rings + 0.75 * fibre;
    }

    /** The sign at a place given as its own right, up and back: cream letters and a thin border on dark paint. */
    static Vec sign(Vec own, Vec half) {
        double height = 0.70;
        double x = (own.x() + height * Glyphs.width(LETTERING) / 2 * 0.765) / (height * 0.765);
        double y = (own.y() + height / 2) / height;
        double letters = Glyphs.distance(LETTERING, x, y) - 0.088;
        double inner = Math.max(Math.abs(own.x()) - half.x() + 0.15, Math.abs(own.y()) - half.y() + 0.15);
        double border = Math.abs(inner) / height - 0.022;
        double paint = 1 - Noise.step(-0.012, 0.012, Math.min(letters, border));
        double grain = Noise.fractal(own.x() * 1.6, own.y() * 22, 4, 67);
        double worn = Noise.fractal(own.x() * 5, own.y() * 9, 4, 68);
        Vec board = new Vec(0.030, 0.085, 0.092).times(1 + 0.7 * grain);
        Vec bare = new Vec(0.20, 0.13, 0.075).times(1 + 0.8 * grain);
        double edge = Noise.step(0.06, 0.0, -1 * Math.max(Math.abs(own.x()) - half.x(), Math.abs(own.y()) - half.y()));
        board = board.mix(bare, Noise.step(0.34, 0.46, worn + 0.4 * edge + 0.25 * grain));
        Vec cream = new Vec(0.80, 0.70, 0.53).times(1 + 0.16 * grain);
        return board.mix(cream, paint * (1 - 0.75 * Noise.step(0.36, 0.46, worn + 0.3 * grain)));
    }

    /** The skin of a peach: pale yellow, with a blush where the sun has reached it. */
    static Vec peach(Vec place, Vec normal) {
        double cloud = Noise.fractal(normal.x() * 1.6 + place.x() * 0.3, normal.y() * 1.9 + normal.z(), 4, 71);
        double freckle = Noise.fractal(place.x() * 17, place.y() * 17 + place.z() * 9, 2, 72);
        double blush = Noise.step(-0.40, 0.60, 0.42 * normal.y() + 0.55 * normal.x() + 1.0 * cloud + 0.14 * freckle);
        Vec pale = new Vec(0.78, 0.46, 0.23);
        Vec red = new Vec(0.56, 0.145, 0.075);
        return pale.mix(red, 0.85 * blush).times(1 + 0.16 * freckle);
    }

    /** The down on a peach, as a tilt of its surface. */
    static Vec fuzz(Vec place) {
        double right = Noise.smooth(place.x() * 34, place.y() * 34 + place.z() * 11, 73);
        double up = Noise.smooth(place.x() * 34 + 9, place.y() * 34 + place.z() * 11, 74);
        return new Vec(0.07 * right, 0.07 * up, 0);
    }

    /** A blueberry: nearly black, under a grey bloom that touch has rubbed off in places. */
    static Vec berry(Vec place, Vec normal) {
        double rubbed = Noise.fractal(place.x() * 5 + normal.x(), place.y() * 6 + normal.z(), 4, 75);
        return new Vec(0.022, 0.025, 0.070).mix(new Vec(0.105, 0.125, 0.235), Noise.step(-0.6, 0.6, rubbed));
    }
}
