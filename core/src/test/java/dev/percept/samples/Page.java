package dev.percept.samples;

/** A printed page: lines of lettering in several sizes, dark on light, light on dark and in colour. */
final class Page implements Scene {

    private static final Vec PAPER = new Vec(0.83, 0.80, 0.74);
    private static final Vec INK = new Vec(0.030, 0.030, 0.036);
    private static final Vec RED = new Vec(0.42, 0.045, 0.035);
    private static final Vec BLUE = new Vec(0.035, 0.13, 0.30);

    private static final Line[] LINES = {
        new Line("PERCEPT", -1.32, 0.58, 0.26, 0.085, RED),
        new Line("HOW DIFFERENT DO THEY LOOK", -1.32, 0.37, 0.095, 0.07, INK),
        new Line("SPHINX OF BLACK QUARTZ, JUDGE MY VOW.", -1.32, 0.19, 0.066, 0.07, INK),
        new Line("PACK MY BOX WITH FIVE DOZEN LIQUOR JUGS,", -1.32, 0.07, 0.060, 0.07, INK),
        new Line("0123456789 - 3.14159, 2.71828, 1.41421", -1.32, -0.05, 0.060, 0.07, BLUE),
        new Line("THE FINE PRINT IS THE FIRST THING TO GO WHEN A PICTURE", -1.32, -0.15, 0.044, 0.07, INK),
        new Line("IS BLURRED, SCALED DOWN OR PACKED TOO TIGHTLY.", -1.32, -0.23, 0.044, 0.07, INK),
        new Line("LIGHT ON DARK", -1.20, -0.57, 0.135, 0.08, PAPER),
        new Line("AND SMALL", -1.20, -0.76, 0.09, 0.07, new Vec(0.80, 0.55, 0.10)),
    };

    @Override
    public Vec light(double x, double y) {
        double fibre = Noise.fractal(x * 9, y * 9, 5, 101);
        Vec colour = PAPER.times(1 + 0.03 * fibre - 0.02 * x);
        boolean panel = Math.abs(x) < 1.34 && y < -0.34 && y > -0.86;
        if (panel) {
            colour = new Vec(0.035, 0.075, 0.12).times(1 + 0.1 * fibre);
            // Bars from wide to narrow, as on a test chart for lenses.
            double across = (x - 0.50) / 0.80;
            if (across > 0 && across < 1 && y < -0.42 && y > -0.78) {
                double bars = StrictMath.sin(Math.PI * 5 * (across + 1.6 * across * across));
                colour = bars > 0 ? PAPER : INK;
            }
        }
        for (Line line : LINES) {
            colour = line.over(colour, x, y);
        }
        return colour;
    }

    private record Line(String writing, double left, double base, double height, double pen, Vec ink) {

        Vec over(Vec paper, double x, double y) {
            double up = (y - base) / height;
            double right = (x - left) / (height * 0.86);
            if (up < -0.4 || up > 1.4 || right < -0.4 || right > Glyphs.width(writing) + 0.4) {
                return paper;
            }
            return Glyphs.distance(writing, right, up) < pen ? ink : paper;
        }
    }
}
