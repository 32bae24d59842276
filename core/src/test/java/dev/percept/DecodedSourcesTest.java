package dev.percept;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.percept.samples.Distortions;
import dev.percept.samples.Pictures;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.List;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Pictures that were decoded before they are scored. */
class DecodedSourcesTest {
    private static final BufferedImage PICTURE = Pictures.gradient(48, 40);
    private static final ImageSource REFERENCE = png(PICTURE, "reference");
    private static final ImageSource CANDIDATE = png(Distortions.noise(PICTURE, 20, 1), "candidate");
    private static final ImageSource LARGER = png(Pictures.gradient(64, 50), "larger");

    private static ImageSource png(BufferedImage image, String name) {
        ByteArrayOutputStream file = new ByteArrayOutputStream();
        try {
            ImageIO.write(image, "png", file);
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
        return ImageSource.of(file.toByteArray(), name);
    }

    private static PerceptualLoss load(ImageOptions images) {
        return PerceptualLoss.load(
                Backbone.embedded(),
                LossOptions.defaults().withDevice(Device.CPU).withImages(images));
    }

    static Stream<ImageOptions> policies() {
        ImageOptions defaults = ImageOptions.defaults();
        return Stream.of(
                defaults,
                defaults.withResize(Resize.of("60x50")),
                defaults.withSizeMismatch(SizeMismatch.RESIZE),
                defaults.withSizeMismatch(SizeMismatch.CROP));
    }

    @ParameterizedTest
    @MethodSource("policies")
    void scoreAsTheyWouldHaveBeenThemselves(ImageOptions images) {
        ImageSource other = images.sizeMismatch() == SizeMismatch.ERROR ? CANDIDATE : LARGER;
        try (PerceptualLoss loss = load(images)) {
            ImageSource.Decoded reference = loss.decode(REFERENCE);
            ImagePair first = loss.decode(new ImagePair(reference, CANDIDATE));
            ImagePair second = loss.decode(new ImagePair(reference, other));

            List<ScoreResult> together = loss.score(List.of(first, second));
            // Again: nothing of them is used up.
            assertThat(loss.score(List.of(first, second))).isEqualTo(together);
            assertThat(together)
                    .isEqualTo(
                            loss.score(List.of(new ImagePair(REFERENCE, CANDIDATE), new ImagePair(REFERENCE, other))));
            assertThat(loss.score(reference, List.of(first.candidate())))
                    .isEqualTo(loss.score(REFERENCE, List.of(CANDIDATE)));
        }
    }

    @Test
    void aReferenceStaysTheSameObject() {
        try (PerceptualLoss loss = load(ImageOptions.defaults())) {
            ImageSource.Decoded reference = loss.decode(REFERENCE);
            assertThat(loss.decode(new ImagePair(reference, CANDIDATE)).reference())
                    .isSameAs(reference);
            assertThat(reference.width()).isEqualTo(48);
            assertThat(reference.height()).isEqualTo(40);
            assertThat(reference.name()).isEqualTo("reference");
            assertThat(loss.features(reference)).hasSameSizeAs(loss.layers());
        }
    }

    @Test
    void whatIsWrongIsSaidAsWhenTheyAreScored() {
        ImageSource cut = ImageSource.of(new byte[] {1, 2, 3}, "cut");
        try (PerceptualLoss loss = load(ImageOptions.defaults())) {
            ImageSource.Decoded reference = loss.decode(REFERENCE);
            for (ImageSource bad : List.of(LARGER, cut)) {
                String expected = loss.score(REFERENCE, List.of(bad)).get(0).error() + "";
                assertThatThrownBy(() -> loss.decode(new ImagePair(reference, bad)))
                        .hasToString(expected);
            }
            assertThatThrownBy(() -> loss.decode(cut)).isInstanceOf(ImageException.class);
            assertThatThrownBy(() -> loss.pixels(cut)).isInstanceOf(ImageException.class);
        }
    }

    @Test
    void pixelsAreKnownByTheHeader() {
        try (PerceptualLoss loss = load(ImageOptions.defaults().withResize(Resize.of("24x20")))) {
            assertThat(loss.pixels(REFERENCE)).isEqualTo(48 * 40);
            assertThat(loss.pixels(ImageSource.of(PICTURE, "memory"))).isEqualTo(48 * 40);
        }
        ImageOptions few =
                ImageOptions.defaults().withLimits(ImageLimits.defaults().withPixels(1000));
        try (PerceptualLoss loss = load(few)) {
            assertThatThrownBy(() -> loss.pixels(REFERENCE)).hasMessageContaining("48×40");
        }
    }

    @Test
    void anotherLossDoesNotTakeThem() {
        try (PerceptualLoss one = load(ImageOptions.defaults());
                PerceptualLoss two = load(ImageOptions.defaults())) {
            ImageSource.Decoded reference = one.decode(REFERENCE);
            assertThatThrownBy(() -> two.score(reference, CANDIDATE))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("another PerceptualLoss");
        }
    }
}
