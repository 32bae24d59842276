package dev.percept.samples;

import java.awt.image.BufferedImage;
import java.util.Arrays;

/** Draws boxes, pictures and writing with smooth edges. Lengths are in pixels, y grows downwards. */
final class ContactSheetCanvas {

    /** Lengths in heights of a capital letter. */
    private static final double PEN = 0.082;

    private static final double SPACE_BETWEEN = 0.29;
    private static final double SQUEEZE = 0.88;

    private final int width;
    private final int height;
    private final Vec[] colours;

    ContactSheetCanvas(int width, int height, Vec background) {
        this.width = width;
        this.height = height;
        this.colours = new Vec[width * height];
        Arrays.fill(colours, background);
    }

    /** Fills a box with round corners. */
    void box(double left, double top, double boxWidth, double boxHeight, double corner, Vec colour) {
        for (int y = (int) top; y < top + boxHeight; y++) {
            for (int x = (int) left; x < left + boxWidth; x++) {
                paint(x, y, colour, inBox(x + 0.5 - left, y + 0.5 - top, boxWidth, boxHeight, corner));
            }
        }
    }

    /** Fits a picture into a box with round corners. */
    void picture(int left, int top, int boxWidth, int boxHeight, double corner, Raster8 picture) {
        double stepX = (double) picture.width() / boxWidth;
        double stepY = (double) picture.height() / boxHeight;
        for (int y = 0; y < boxHeight; y++) {
            for (int x = 0; x < boxWidth; x++) {
                Vec colour = resampled(picture, (x + 0.5) * stepX - 0.5, (y + 0.5) * stepY - 0.5, stepX, stepY);
                paint(left + x, top + y, colour, inBox(x + 0.5, y + 0.5, boxWidth, boxHeight, corner));
            }
        }
    }

    /** Writes a line whose letters stand on {@code base}. */
    void write(String writing, double left, double base, double capital, Vec colour) {
        double start = left;
        for (int index = 0; index < writing.length(); index++) {
            char letter = writing.charAt(index);
            String one = String.valueOf(letter);
            double pen = (letter == '.' ? 1.35 : 1) * PEN * capital;
            double end = start + breadth(letter) * capital;
            for (int y = (int) (base - capital - 3); y < base + 4; y++) {
                for (int x = (int) (start - 3); x < end + 4; x++) {
                    double right = ((x + 0.5 - start) / capital + margin(letter)) / SQUEEZE;
                    double off = Glyphs.distance(one, right, (base - y - 0.5) / capital) * capital;
                    paint(x, y, colour, pen + 0.5 - off);
                }
            }
            start = end + SPACE_BETWEEN * capital;
        }
    }

    /** The width of a line of writing, between the middles of its outermost strokes. */
    static double width(String writing, double capital) {
        double sum = -SPACE_BETWEEN;
        for (int index = 0; index < writing.length(); index++) {
            char letter = writing.charAt(index);
            sum += breadth(letter) + SPACE_BETWEEN;
        }
        return sum * capital;
    }

    BufferedImage toImage() {
        Raster8 raster = Raster8.of(new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB));
        for (int index = 0; index < colours.length; index++) {
            raster.set(index % width, index / width, colours[index]);
        }
        return raster.toImage();
    }

    private void paint(int x, int y, Vec colour, double share) {
        if (share > 0 && x >= 0 && x < width && y >= 0 && y < height) {
            int index = y * width + x;
            colours[index] = colours[index].mix(colour, Math.min(1, share));
        }
    }

    /** How much of a pixel lies in a box with round corners. */
    private static double inBox(double x, double y, double boxWidth, double boxHeight, double corner) {
        double outX = Math.abs(x - boxWidth / 2) - boxWidth / 2 + corner;
        double outY = Math.abs(y - boxHeight / 2) - boxHeight / 2 + corner;
        double out = Math.hypot(Math.max(0, outX), Math.max(0, outY)) + Math.min(0, Math.max(outX, outY)) - corner;
        return Math.min(1, Math.max(0, 0.5 - out));
    }

    /** A Lanczos filter over two pixels of the smaller picture to each side, which keeps noise and edges crisp. */
    private static Vec resampled(Raster8 picture, double x, double y, double stepX, double stepY) {
        double reachX = 2 * Math.max(1, stepX);
        double reachY = 2 * Math.max(1, stepY);
        Vec sum = Vec.ZERO;
        double weights = 0;
        for (int row = (int) Math.ceil(y - reachY); row <= y + reachY; row++) {
            double weightY = lanczos(2 * (row - y) / reachY);
            for (int column = (int) Math.ceil(x - reachX); column <= x + reachX; column++) {
                double weight = weightY * lanczos(2 * (column - x) / reachX);
                sum = sum.plus(picture.at(column, row).times(weight));
                weights += weight;
            }
        }
        Vec mean = sum.times(1 / weights);
        return new Vec(level(mean.x()), level(mean.y()), level(mean.z()));
    }

    private static double lanczos(double at) {
        return sinc(at) * sinc(at / 2);
    }

    private static double sinc(double at) {
        double angle = Math.PI * at;
        return Math.abs(angle) < 1e-9 ? 1 : StrictMath.sin(angle) / angle;
    }

    private static double level(double value) {
        return Math.min(255, Math.max(0, value));
    }

    /** What a letter leaves free at the left of its grid, in heights of a capital letter. */
    private static double margin(char letter) {
        return switch (letter) {
            case 'I', '1', ',', '-' -> SQUEEZE / 6;
            case '.' -> SQUEEZE * 1.75 / 6;
            default -> 0;
        };
    }

    private static double breadth(char letter) {
        return switch (letter) {
            case 'I', '1', '-' -> SQUEEZE * 2 / 6;
            case ',' -> SQUEEZE / 6;
            case '.' -> SQUEEZE * 0.5 / 6;
            default -> SQUEEZE * 4 / 6;
        };
    }
}
