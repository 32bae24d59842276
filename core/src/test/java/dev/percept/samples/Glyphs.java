package dev.percept.samples;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * A small alphabet of pen strokes. It is drawn here rather than with a font, because a font would differ between
 * machines, or be missing.
 */
final class Glyphs {

    /** From one letter to the next, in heights of a capital letter. */
    static final double ADVANCE = 1.0;

    /** Each stroke is a row of points "xy" on a grid with x from 0 to 4 and y from 0 at the base to 6. */
    private static final Map<Character, String> STROKES = Map.ofEntries(
            Map.entry('A', "002640 1232"),
            Map.entry('B', "000636454433 0333424130 3000"),
            Map.entry('C', "4536160501103041"),
            Map.entry('D', "00062644422000"),
            Map.entry('E', "46060040 0333"),
            Map.entry('F', "000646 0333"),
            Map.entry('G', "4536160501103041 414323"),
            Map.entry('H', "0006 4046 0343"),
            Map.entry('I', "1636 2620 1030"),
            Map.entry('J', "4641301001"),
            Map.entry('K', "0006 4602 1340"),
            Map.entry('L', "060040"),
            Map.entry('M', "0006234640"),
            Map.entry('N', "00064046"),
            Map.entry('O', "163645413010010516"),
            Map.entry('P', "00063645443303"),
            Map.entry('Q', "163645413010010516 2240"),
            Map.entry('R', "00063645443303 2340"),
            Map.entry('S', "453616050413334241301001"),
            Map.entry('T', "0646 2620"),
            Map.entry('U', "060110304146"),
            Map.entry('V', "062046"),
            Map.entry('W', "0610243046"),
            Map.entry('X', "0640 0046"),
            Map.entry('Y', "062346 2320"),
            Map.entry('Z', "06460040"),
            Map.entry('0', "163645413010010516 1135"),
            Map.entry('1', "152620 1030"),
            Map.entry('2', "0516364544000040"),
            Map.entry('3', "05163645443313 3342413010 1001"),
            Map.entry('4', "30360242"),
            Map.entry('5', "4606033342413010 1001"),
            Map.entry('6', "4536160501103041423303"),
            Map.entry('7', "064610"),
            Map.entry('8', "133304051636454433 1302011030414233"),
            Map.entry('9', "0110304145361605041343"),
            Map.entry('.', "2020"),
            Map.entry(',', "2110"),
            Map.entry('-', "1333"));

    private Glyphs() {}

    /**
     * The distance from a point to the nearest stroke of a line of writing, in heights of a capital letter.
     *
     * @param x from the left edge of the first letter
     * @param y up from the base line, 1 at the top of a capital letter
     */
    static double distance(String writing, double x, double y) {
        double nearest = Double.POSITIVE_INFINITY;
        int at = (int) Math.floor(x / ADVANCE);
        for (int index = Math.max(0, at - 1); index <= Math.min(writing.length() - 1, at + 1); index++) {
            for (double[] segment : Shapes.of(writing.charAt(index))) {
                nearest = Math.min(nearest, distance(segment, x - index * ADVANCE, y));
            }
        }
        return nearest;
    }

    /** The width of a line of writing, in heights of a capital letter. */
    static double width(String writing) {
        return (writing.length() - 1) * ADVANCE + 4.0 / 6;
    }

    private static double distance(double[] segment, double x, double y) {
        double right = segment[2] - segment[0];
        double up = segment[3] - segment[1];
        double square = right * right + up * up;
        double share = square == 0 ? 0 : ((x - segment[0]) * right + (y - segment[1]) * up) / square;
        share = Math.min(1, Math.max(0, share));
        double missX = x - segment[0] - share * right;
        double missY = y - segment[1] - share * up;
        return Math.sqrt(missX * missX + missY * missY);
    }

    /** The strokes as straight segments, with their chamfered corners turned into curves. */
    private static final class Shapes {

        private static final List<List<double[]>> SEGMENTS = new ArrayList<>();

        static {
            for (char letter = 0; letter < 128; letter++) {
                SEGMENTS.add(segments(STROKES.getOrDefault(letter, "")));
            }
        }

        static List<double[]> of(char letter) {
            return letter < SEGMENTS.size() ? SEGMENTS.get(letter) : List.of();
        }

        private static List<double[]> segments(String strokes) {
            List<double[]> segments = new ArrayList<>();
            for (String stroke : strokes.isEmpty() ? new String[0] : strokes.split(" ")) {
                List<double[]> points = new ArrayList<>();
                for (int at = 0; at < stroke.length(); at += 2) {
                    points.add(new double[] {(stroke.charAt(at) - '0') / 6.0, (stroke.charAt(at + 1) - '0') / 6.0});
                }
                List<double[]> curve = rounded(rounded(points));
                for (int at = 1; at < curve.size(); at++) {
                    double[] from = curve.get(at - 1);
                    double[] to = curve.get(at);
                    segments.add(new double[] {from[0], from[1], to[0], to[1]});
                }
            }
            return segments;
        }

        /** Cuts the corners that turn by less than a right angle, as those of a chamfered bow do. */
        private static List<double[]> rounded(List<double[]> points) {
            List<double[]> curve = new ArrayList<>();
            for (int at = 0; at < points.size(); at++) {
                double[] point = points.get(at);
                boolean corner = at > 0 && at < points.size() - 1;
                if (corner && gentle(points.get(at - 1), point, points.get(at + 1))) {
                    curve.add(between(point, points.get(at - 1)));
                    curve.add(between(point, points.get(at + 1)));
                } else {
                    curve.add(point);
                }
            }
            return curve;
        }

        private static boolean gentle(double[] before, double[] point, double[] after) {
            double x1 = point[0] - before[0];
            double y1 = point[1] - before[1];
            double x2 = after[0] - point[0];
            double y2 = after[1] - point[1];
            double along = x1 * x2 + y1 * y2;
            return along > 0 && along * along > 0.25 * (x1 * x1 + y1 * y1) * (x2 * x2 + y2 * y2);
        }

        /** A quarter of the way, but no further than the short sides of a bow, so that long stems stay straight. */
        private static double[] between(double[] point, double[] other) {
            double right = other[0] - point[0];
            double up = other[1] - point[1];
            double length = Math.sqrt(right * right + up * up);
            double share = Math.min(0.25, 0.09 / length);
            return new double[] {point[0] + share * right, point[1] + share * up};
        }
    }
}
