package dev.percept.samples;

/** The evening sky: its colours, its clouds and the low sun that lights everything else. */
final class Sky {

    /** Towards the sun, which stands low on the left, out of every picture. */
    static final Vec SUN = new Vec(-0.80, 0.29, -0.22).unit();

    static final Vec SUNLIGHT = new Vec(2.7, 1.42, 0.66);

    /** What the whole sky gives a surface that faces up. */
    static final Vec AMBIENT = new Vec(0.20, 0.235, 0.34);

    private static final Vec HORIZON = new Vec(0.80, 0.42, 0.24);
    private static final Vec ROSE = new Vec(0.42, 0.28, 0.34);
    private static final Vec ZENITH = new Vec(0.085, 0.15, 0.32);
    private static final Vec CLOUD_LIT = new Vec(1.00, 0.44, 0.24);
    private static final Vec CLOUD_SHADED = new Vec(0.23, 0.19, 0.28);

    private Sky() {}

    /** The light that comes from the unit direction {@code towards}. */
    static Vec light(Vec towards) {
        double up = Math.max(0, towards.y());
        Vec clear = clear(towards);
        // Clouds lie in a sheet high above; the offset keeps the sheet from rushing to infinity at the horizon.
        double reach = 1 / (up + 0.07);
        double u = towards.x() * reach;
        double v = towards.z() * reach * 1.3;
        double bend = Noise.fractal(u * 0.5, v * 0.5, 3, 51);
        double thickness = cloud(u + bend, v);
        double cover = 0.92 * Noise.step(-0.10, 0.22, thickness) * Noise.step(0.0, 0.07, up);
        double sunward = thickness - cloud(u + bend - 0.16, v - 0.05);
        double lit = Noise.step(-0.14, 0.16, sunward - 0.2 * (thickness - 0.2));
        return clear.mix(CLOUD_SHADED.mix(CLOUD_LIT, lit), cover);
    }

    /** The same without clouds: also the colour of the haze in front of distant land. */
    static Vec clear(Vec towards) {
        double up = Math.max(0, towards.y());
        Vec low = HORIZON.mix(ROSE, Noise.step(0, 0.17, up));
        Vec colour = low.mix(ZENITH, Noise.step(0.06, 0.42, up));
        double glow = Math.max(0, 0.5 - 0.9 * towards.x());
        return colour.plus(new Vec(0.40, 0.19, 0.06).times(glow * glow * (1 - Noise.step(0, 0.4, up))));
    }

    private static double cloud(double u, double v) {
        return Noise.fractal(u * 0.55 + 3.3, v * 0.75 + 1.7, 6, 52);
    }
}
