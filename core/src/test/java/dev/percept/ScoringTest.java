package dev.percept;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.percept.samples.Distortions;
import dev.percept.samples.Pictures;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Many pairs in one call: as if each were scored alone, in their order, whatever happens to some of them. */
class ScoringTest {
    @Test
    void pairsOfSeveralSizesAreScoredInTheirOrder() {
        List<ImagePair> pairs = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            BufferedImage reference = Pictures.gradient(32 + 16 * (i % 3), 48);
            pairs.add(new ImagePair(
                    ImageSource.of(reference, "r" + i),
                    ImageSource.of(Distortions.noise(reference, 5 + i, i), "c" + i)));
        }
        try (PerceptualLoss loss = PerceptualLoss.load("nlpd")) {
            List<ScoreResult> results = loss.score(pairs);
            assertThat(results).hasSameSizeAs(pairs);
            for (int i = 0; i < pairs.size(); i++) {
                ImagePair pair = pairs.get(i);
                Score alone = loss.score(pair.reference(), pair.candidate());
                Score score = results.get(i).orElseThrow();
                assertThat(results.get(i).reference()).isEqualTo("r" + i);
                assertThat(results.get(i).candidate()).isEqualTo("c" + i);
                assertThat(score.total()).isCloseTo(alone.total(), within(1e-6 * alone.total()));
                assertThat(score.provenance().width()).isEqualTo(32 + 16 * (i % 3));
            }
        }
    }

    @Test
    void aPairThatFailsSaysSoAndTheOthersAreScored() {
        BufferedImage picture = Pictures.gradient(40, 40);
        ImageSource good = ImageSource.of(picture, "good");
        ImageSource other = ImageSource.of(Distortions.noise(picture, 9, 1), "other");
        try (PerceptualLoss loss = PerceptualLoss.load("nlpd")) {
            List<ScoreResult> results = loss.score(List.of(
                    new ImagePair(good, other),
                    new ImagePair(ImageSource.of(Path.of("no-reference.png")), other),
                    new ImagePair(good, ImageSource.of(Pictures.gradient(40, 41), "taller")),
                    new ImagePair(good, good),
                    new ImagePair(ImageSource.of(new ByteArrayInputStream(new byte[0]), "empty"), other),
                    new ImagePair(other, good)));
            assertThat(results)
                    .extracting(result -> result.score() != null)
                    .containsExactly(true, false, false, true, false, true);
            assertThat(results.get(1).error()).hasMessageContaining("no-reference.png");
            assertThat(results.get(2).error()).hasMessageContaining("40×41").hasMessageContaining("40×40");
            assertThat(results.get(3).orElseThrow().total()).isZero();
            assertThat(results.get(4).error()).hasMessageContaining("empty");
            assertThat(results.get(5).orElseThrow().total())
                    .isEqualTo(results.get(0).orElseThrow().total());
        }
    }

    @Test
    void noPairsHaveNoResults() {
        try (PerceptualLoss loss = PerceptualLoss.load("nlpd")) {
            assertThat(loss.score(List.<ImagePair>of())).isEmpty();
        }
    }

    @Test
    void bytesInMemoryScoreAsTheSamePicture() {
        BufferedImage reference = Pictures.gradient(33, 21);
        BufferedImage candidate = Distortions.noise(reference, 12, 3);
        try (PerceptualLoss loss = PerceptualLoss.load("nlpd")) {
            double total =
                    loss.score(ImageSource.of(reference, "r"), rgb(candidate)).total();
            assertThat(total)
                    .isPositive()
                    .isEqualTo(loss.score(reference, candidate).total());
        }
    }

    private static ImageSource rgb(BufferedImage image) {
        byte[] rgb = new byte[3 * image.getWidth() * image.getHeight()];
        int at = 0;
        for (int y = 0; y < image.getHeight(); y++) {
            for (int x = 0; x < image.getWidth(); x++) {
                int pixel = image.getRGB(x, y);
                rgb[at++] = (byte) (pixel >> 16);
                rgb[at++] = (byte) (pixel >> 8);
                rgb[at++] = (byte) pixel;
            }
        }
        return ImageSource.ofRgb(rgb, image.getWidth(), image.getHeight(), "bytes");
    }
}
