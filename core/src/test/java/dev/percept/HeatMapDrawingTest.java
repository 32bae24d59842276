// SPDX-License-Identifier: Apache-2.0
package dev.percept;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.awt.image.BufferedImage;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Colours are perceptually uniform, pixels stay where they are, and the legend says what is drawn. */
class HeatMapDrawingTest {
    private static final int WHITE = 0xFFFFFF;

    private static double[] linear(int rgb) {
        double[] linear = new double[3];
        for (int i = 0; i < 3; i++) {
            double value = ((rgb >> (16 - 8 * i)) & 255) / 255.0;
            linear[i] = value <= 0.04045 ? value / 12.92 : Math.pow((value + 0.055) / 1.055, 2.4);
        }
        return linear;
    }

    /** CIELAB of an sRGB colour, after CIE 15 and IEC 61966-2-1: another colour space than the colours were made in. */
    private static double[] lab(int rgb) {
        double[] linear = linear(rgb);
        double x = lab((0.4124564 * linear[0] + 0.3575761 * linear[1] + 0.1804375 * linear[2]) / 0.95047);
        double y = lab(0.2126729 * linear[0] + 0.7151522 * linear[1] + 0.0721750 * linear[2]);
        double z = lab((0.0193339 * linear[0] + 0.1191920 * linear[1] + 0.9503041 * linear[2]) / 1.08883);
        return new double[] {116 * y - 16, 500 * (x - y), 200 * (y - z)};
    }

    private static double lab(double t) {
        return t > 216.0 / 24389 ? Math.cbrt(t) : (24389.0 / 27 * t + 16) / 116;
    }

    private static int colour(int index) {
        return HeatColours.at(index / (HeatColours.COUNT - 1.0));
    }

    @Test
    void lightnessRisesWithEveryColour() {
        for (int i = 1; i < HeatColours.COUNT; i++) {
            assertThat(lab(colour(i))[0]).as("colour %d", i).isGreaterThan(lab(colour(i - 1))[0]);
        }
        assertThat(lab(colour(0))[0]).isLessThan(5);
        assertThat(lab(colour(255))[0]).isGreaterThan(90);
    }

    /** Over eight colours, since a single step is little more than what rounding to 8 bits does. */
    @Test
    void stepsAreEquallyLarge() {
        double[] steps = new double[31];
        double sum = 0;
        for (int i = 0; i < steps.length; i++) {
            steps[i] = okDistance(colour(8 * i), colour(8 * i + 8));
            sum += steps[i];
        }
        for (double step : steps) {
            assertThat(step).isCloseTo(sum / steps.length, within(0.1 * sum / steps.length));
        }
    }

    private static double okDistance(int one, int other) {
        double[] left = ok(one);
        double[] right = ok(other);
        return Math.sqrt(
                Math.pow(left[0] - right[0], 2) + Math.pow(left[1] - right[1], 2) + Math.pow(left[2] - right[2], 2));
    }

    /** OKLab from sRGB, the way that the library doesn't go. */
    private static double[] ok(int rgb) {
        double[] c = linear(rgb);
        double l = Math.cbrt(0.4122214708 * c[0] + 0.5363325363 * c[1] + 0.0514459929 * c[2]);
        double m = Math.cbrt(0.2119034982 * c[0] + 0.6806995451 * c[1] + 0.1073969566 * c[2]);
        double s = Math.cbrt(0.0883024619 * c[0] + 0.2817188376 * c[1] + 0.6299787005 * c[2]);
        return new double[] {
            0.2104542553 * l + 0.7936177850 * m - 0.0040720468 * s,
            1.9779984951 * l - 2.4285922050 * m + 0.4505937099 * s,
            0.0259040371 * l + 0.7827717662 * m - 0.8086757660 * s,
        };
    }

    private static HeatMap map(int width, int height) {
        float[] values = new float[width * height];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) i / (values.length - 1);
        }
        return new HeatMap("model", "combined", "total 0.5", width, height, values);
    }

    @ParameterizedTest
    @CsvSource({"640, 480", "301, 77", "9, 5", "1, 2"})
    void pixelsStayWhereTheyAreAboveALegend(int width, int height) {
        HeatMap map = map(width, height);
        BufferedImage image = map.toImage();
        assertThat(image.getWidth()).isEqualTo(Math.max(200, width));
        assertThat(image.getHeight()).isGreaterThan(height + 40);
        for (int y = 0; y < height; y++) {
            for (int x = 0; x < width; x++) {
                assertThat(image.getRGB(x, y) & WHITE).isEqualTo(HeatColours.at(map.at(x, y)));
            }
        }
        assertThat(image.getRGB(0, height) & WHITE).isEqualTo(WHITE);
        int row = height + Math.max(1, image.getWidth() / 400) * 8;
        assertThat(row(image, row))
                .startsWith(WHITE)
                .contains(colour(0), colour(128), colour(255))
                .endsWith(WHITE);
    }

    private static int[] row(BufferedImage image, int y) {
        int[] row = new int[image.getWidth()];
        for (int x = 0; x < row.length; x++) {
            row[x] = image.getRGB(x, y) & WHITE;
        }
        return row;
    }

    @Test
    void aFixedScaleMakesDrawingsComparable() {
        HeatMap map = map(64, 48);
        assertThat(map.toImage(2).getRGB(63, 47) & WHITE).isEqualTo(HeatColours.at(0.5));
        assertThat(map.toImage(0.5).getRGB(63, 47) & WHITE).isEqualTo(colour(255));
        assertThat(map.toImage(0).getRGB(63, 47) & WHITE).isEqualTo(colour(0));
        assertThatThrownBy(() -> map.toImage(Double.NaN)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> map.toImage(-1))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("a scale ends at a finite number from 0, not at -1.0");
    }

    @ParameterizedTest
    @CsvSource({
        "0, 0",
        "1, 1",
        "0.25, 0.25",
        "12.345678, 12.35",
        "65000, 65000",
        "0.0001, 0.0001",
        "123456, 123500",
        "1.2341e-7, 1.234E-7",
        "7e9, 7E+9"
    })
    void numbersAreShort(double value, String text) {
        assertThat(Figures.number(value)).isEqualTo(text);
    }

    @ParameterizedTest
    @CsvSource({"1, 4, 0.5", "1, 5, 0.2", "14.04, 3, 5", "1e-7, 4, 5E-8", "0.3, 1, 0.5", "99, 10, 10"})
    void marksAreAtRoundNumbers(double end, int most, String step) {
        assertThat(Figures.step(end, most)).isEqualByComparingTo(step);
    }

    @Test
    void longTextsAreBrokenAtSpacesOrElseAnywhere() {
        assertThat(Glyphs.lines("total 0.5, largest 1", 12)).containsExactly("total 0.5,", "largest 1");
        assertThat(Glyphs.lines("abcdefghij", 4)).containsExactly("abcd", "efgh", "ij");
        assertThat(Glyphs.lines("", 4)).containsExactly("");
    }

    /** Every printable character has dots of its own, the space none, and what is no ASCII is a question mark. */
    @Test
    void everyCharacterIsDrawn() {
        assertThat(dots(' ')).doesNotContain("#");
        assertThat("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
                        .chars()
                        .mapToObj(c -> dots((char) c)))
                .doesNotHaveDuplicates();
        for (char c = '!'; c <= '~'; c++) {
            assertThat(dots(c)).contains("#");
        }
        assertThat(dots('é')).isEqualTo(dots('?'));
    }

    private static String dots(char character) {
        StringBuilder dots = new StringBuilder();
        for (int y = 0; y < Glyphs.HEIGHT; y++) {
            for (int x = 0; x < Glyphs.WIDTH; x++) {
                dots.append(Glyphs.isSet(character, x, y) ? '#' : '.');
            }
        }
        return dots.toString();
    }
}
