// SPDX-License-Identifier: Apache-2.0
package dev.percept;

/**
 * The colours of heat maps, from near black over purple, red and orange to a light yellow. They follow a path through the colour
 * space OKLab (Ottosson 2020) on which lightness rises evenly while the hue turns, and lie on it at equal distances: equal steps of a value look
 * equally large, and in grey print as well as to the colour-blind more is lighter.
 */
final class HeatColours {
    /** How many there are. */
    static final int COUNT = 256;

    private static final double DARKEST = 0.16;
    private static final double LIGHTEST = 0.95;

    /** Hues in degrees, counted on beyond a full turn: from blue over red to yellow. */
    private static final double FIRST_HUE = 285;

    private static final double LAST_HUE = 465;

    /** Points along the path, of which equally distant ones are taken. */
    private static final int FINE = 1 << 14;

    private static final int[] COLOURS = colours();

    private HeatColours() {}

    /**
     * The colour of a value.
     *
     * @param share of the scale, 0 to 1; what is beyond is taken as its end
     * @return red, green and blue, 8 bits each, from the highest
     */
    static int at(double share) {
        return COLOURS[(int) Math.round(Math.max(0, Math.min(1, share)) * (COUNT - 1))];
    }

    private static int[] colours() {
        double[] length = new double[FINE + 1];
        for (int i = 1; i <= FINE; i++) {
            length[i] = length[i - 1] + distance(path((double) (i - 1) / FINE), path((double) i / FINE));
        }
        int[] colours = new int[COUNT];
        int at = 0;
        for (int i = 0; i < COUNT; i++) {
            double wanted = length[FINE] * i / (COUNT - 1);
            while (at < FINE && length[at] < wanted) {
                at++;
            }
            colours[i] = rgb(path((double) at / FINE));
        }
        return colours;
    }

    /** A point of the path, as lightness and the two opponents of OKLab; all of it lies inside sRGB. */
    private static double[] path(double t) {
        double hue = Math.toRadians(FIRST_HUE + (LAST_HUE - FIRST_HUE) * t);
        double chroma = 0.06 + 0.04 * t + 0.1 * Math.sin(Math.PI * t);
        return new double[] {
            DARKEST + (LIGHTEST - DARKEST) * t, chroma * Math.cos(hue), chroma * Math.sin(hue),
        };
    }

    private static double distance(double[] from, double[] to) {
        return Math.hypot(Math.hypot(from[0] - to[0], from[1] - to[1]), from[2] - to[2]);
    }

    private static int rgb(double[] lab) {
        double l = cube(lab[0] + 0.3963377774 * lab[1] + 0.2158037573 * lab[2]);
        double m = cube(lab[0] - 0.1055613458 * lab[1] - 0.0638541728 * lab[2]);
        double s = cube(lab[0] - 0.0894841775 * lab[1] - 1.2914855480 * lab[2]);
        int red = sample(4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s);
        int green = sample(-1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s);
        int blue = sample(-0.0041960863 * l - 0.7034186147 * m + 1.7076147010 * s);
        return red << 16 | green << 8 | blue;
    }

    private static double cube(double x) {
        return x * x * x;
    }

    /** An 8-bit sample from linear light. */
    private static int sample(double linear) {
        double encoded = linear <= 0.0031308 ? 12.92 * linear : 1.055 * Math.pow(linear, 1 / 2.4) - 0.055;
        return (int) Math.round(255 * encoded);
    }
}
