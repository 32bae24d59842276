package dev.percept.samples;

/** A coarse woollen cloth in raking light: fine texture from edge to edge. */
final class Cloth implements Scene {

    private static final double THREADS = 21;

    @Override
    public Vec light(double x, double y) {
        double reach = 0.004;
        double slopeX = (height(x + reach, y) - height(x - reach, y)) / (2 * reach);
        double slopeY = (height(x, y + reach) - height(x, y - reach)) / (2 * reach);
        Vec normal = new Vec(-slopeX, -slopeY, 1).unit();
        Vec lamp = new Vec(-0.66, 0.50, 0.56).unit();
        double lit = Math.max(0, normal.dot(lamp));
        double depth = 0.55 + 12 * height(x, y);
        double fall = 1 - 0.18 * x + 0.12 * y;
        Vec light = new Vec(1.9, 1.65, 1.35).times(lit * fall).plus(new Vec(0.20, 0.23, 0.30));
        return dye(x, y).times(light).times(Math.max(0.25, Math.min(1.2, depth)));
    }

    private static Vec dye(double x, double y) {
        double u = bentX(x, y) * THREADS;
        double v = bentY(x, y) * THREADS;
        boolean over = over(u, v);
        int thread = (int) Math.floor(over ? u : v);
        double shade = 0.8 + 0.4 * Noise.hash(thread, over ? 1 : 2, 111);
        int stripe = Math.floorMod(thread, 14);
        Vec wool = stripe < 6 ? new Vec(0.36, 0.12, 0.07) : new Vec(0.10, 0.19, 0.20);
        if (stripe == 9 || stripe == 10) {
            wool = new Vec(0.60, 0.46, 0.24);
        }
        return wool.times(shade * (1 + 0.35 * Noise.fractal(x * 30, y * 30, 3, 112)));
    }

    private static double height(double x, double y) {
        double u = bentX(x, y) * THREADS;
        double v = bentY(x, y) * THREADS;
        double across = over(u, v) ? u - Math.floor(u) : v - Math.floor(v);
        double along = over(u, v) ? v - Math.floor(v) : u - Math.floor(u);
        double round = Math.sqrt(Math.max(0, 1 - (2 * across - 1) * (2 * across - 1)));
        double arch = 0.6 + 0.4 * Math.sqrt(Math.max(0, 1 - (2 * along - 1) * (2 * along - 1)));
        double twist = 0.0035 * StrictMath.sin(2 * Math.PI * (across + along * 1.5));
        return 0.040 * round * arch + twist + 0.010 * Noise.fractal(x * 38, y * 38, 3, 113);
    }

    /** Whether the upright thread is on top, in a twill that moves on by one thread a row. */
    private static boolean over(double u, double v) {
        return Math.floorMod((int) Math.floor(u) + (int) Math.floor(v), 4) < 2;
    }

    private static double bentX(double x, double y) {
        return x + 0.05 * Noise.fractal(x * 1.4, y * 1.4, 3, 114);
    }

    private static double bentY(double x, double y) {
        return y + 0.05 * Noise.fractal(x * 1.4 + 5, y * 1.4, 3, 115);
    }
}
