package dev.percept.samples;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import java.awt.image.BufferedImage;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class DistortionsTest {

    private static final int WIDTH = 61;
    private static final int HEIGHT = 40;
    private static final BufferedImage PICTURE = Pictures.texture(WIDTH, HEIGHT);

    @Test
    void settingsThatMeanNoChangeChangeNothing() {
        int[] same = pixels(PICTURE);

        assertThat(pixels(Distortions.blur(PICTURE, 0))).isEqualTo(same);
        assertThat(pixels(Distortions.noise(PICTURE, 0, 1))).isEqualTo(same);
        assertThat(pixels(Distortions.contrast(PICTURE, 1))).isEqualTo(same);
        assertThat(pixels(Distortions.desaturate(PICTURE, 0))).isEqualTo(same);
        assertThat(pixels(Distortions.hue(PICTURE, 0))).isEqualTo(same);
        assertThat(pixels(Distortions.shift(PICTURE, 0, 0))).isEqualTo(same);
        assertThat(pixels(Distortions.scale(PICTURE, 1))).isEqualTo(same);
        assertThat(pixels(Distortions.rotate(PICTURE, 0))).isEqualTo(same);
        assertThat(pixels(Distortions.pixelate(PICTURE, 1))).isEqualTo(same);
        assertThat(pixels(Distortions.downUp(PICTURE, 1))).isEqualTo(same);
    }

    @Test
    void evenPictureStaysEvenWhereOnlyPlacesMix() {
        BufferedImage even = even(0x3C7FC1);
        int[] same = pixels(even);

        assertThat(pixels(Distortions.blur(even, 2.5))).isEqualTo(same);
        assertThat(pixels(Distortions.shift(even, 7, -3))).isEqualTo(same);
        assertThat(pixels(Distortions.scale(even, 1.3))).isEqualTo(same);
        assertThat(pixels(Distortions.rotate(even, 33))).isEqualTo(same);
        assertThat(pixels(Distortions.downUp(even, 4))).isEqualTo(same);
    }

    @Test
    void noiseHasTheDeviationAskedFor() {
        int[] noisy = pixels(Distortions.noise(even(0x808080), 10, 3));

        double square = 0;
        for (int pixel : noisy) {
            double off = (pixel >> 8 & 255) - 128;
            square += off * off / noisy.length;
        }
        assertThat(Math.sqrt(square)).isCloseTo(10, within(0.5));
    }

    @Test
    void noiseDependsOnTheSeedAlone() {
        int[] noisy = pixels(Distortions.noise(PICTURE, 10, 3));

        assertThat(pixels(Distortions.noise(PICTURE, 10, 3))).isEqualTo(noisy);
        assertThat(pixels(Distortions.noise(PICTURE, 10, 4))).isNotEqualTo(noisy);
    }

    @Test
    void hueAndSaturationLeaveLumaAsItIs() {
        BufferedImage muted = Distortions.desaturate(Distortions.contrast(PICTURE, 0.4), 0.3);

        assertSameLuma(Distortions.hue(muted, 75), muted);
        assertSameLuma(Distortions.desaturate(muted, 1), muted);
    }

    @Test
    void fullyDesaturatedIsGrey() {
        assertThat(IntStream.of(pixels(Distortions.desaturate(PICTURE, 1))))
                .allMatch(pixel -> (pixel >> 16 & 255) == (pixel & 255) && (pixel >> 8 & 255) == (pixel & 255));
    }

    @Test
    void shiftMovesRightAndDownAndRepeatsTheEdge() {
        BufferedImage moved = Distortions.shift(PICTURE, 3, 2);

        assertThat(moved.getRGB(20, 10)).isEqualTo(PICTURE.getRGB(17, 8));
        assertThat(moved.getRGB(1, 30)).isEqualTo(PICTURE.getRGB(0, 28));
    }

    @Test
    void quarterTurnsGoCounterClockwise() {
        BufferedImage square = PICTURE.getSubimage(0, 0, 40, 40);

        assertThat(Distortions.rotate(square, 90).getRGB(5, 0)).isEqualTo(square.getRGB(39, 5));
    }

    @Test
    void jpegGetsWorseAsQualityFalls() {
        double fine = difference(Distortions.jpeg(PICTURE, 90), PICTURE);
        double coarse = difference(Distortions.jpeg(PICTURE, 10), PICTURE);

        assertThat(fine).isPositive();
        assertThat(coarse).isGreaterThan(2 * fine);
    }

    @Test
    void settingsOutOfRangeAreRefused() {
        assertThatIllegalArgumentException().isThrownBy(() -> Distortions.blur(PICTURE, -1));
        assertThatIllegalArgumentException().isThrownBy(() -> Distortions.jpeg(PICTURE, 0));
        assertThatIllegalArgumentException().isThrownBy(() -> Distortions.desaturate(PICTURE, 1.1));
        assertThatIllegalArgumentException().isThrownBy(() -> Distortions.scale(PICTURE, 0));
        assertThatIllegalArgumentException().isThrownBy(() -> Distortions.pixelate(PICTURE, 0));
    }

    private static BufferedImage even(int colour) {
        BufferedImage image = new BufferedImage(WIDTH, HEIGHT, BufferedImage.TYPE_INT_RGB);
        int[] pixels = IntStream.generate(() -> colour).limit(WIDTH * HEIGHT).toArray();
        image.setRGB(0, 0, WIDTH, HEIGHT, pixels, 0, WIDTH);
        return image;
    }

    private static void assertSameLuma(BufferedImage changed, BufferedImage original) {
        // Rounding each of three channels by up to a half can move the luma by a half.
        for (int y = 0; y < HEIGHT; y++) {
            for (int x = 0; x < WIDTH; x++) {
                assertThat(luma(changed.getRGB(x, y))).isCloseTo(luma(original.getRGB(x, y)), within(0.5001));
            }
        }
    }

    private static double luma(int pixel) {
        return Distortions.luma(new Vec(pixel >> 16 & 255, pixel >> 8 & 255, pixel & 255));
    }

    private static double difference(BufferedImage one, BufferedImage other) {
        int[] left = pixels(one);
        int[] right = pixels(other);
        return IntStream.range(0, left.length)
                .mapToDouble(index -> Math.abs(luma(left[index]) - luma(right[index])))
                .average()
                .orElseThrow();
    }

    private static int[] pixels(BufferedImage image) {
        return image.getRGB(0, 0, image.getWidth(), image.getHeight(), null, 0, image.getWidth());
    }
}
