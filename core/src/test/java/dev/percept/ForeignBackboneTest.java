package dev.percept;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.percept.samples.Distortions;
import dev.percept.samples.Pictures;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A foreign graph with a sidecar scores right, whatever its layouts, ranges and types, with no Java changed. */
class ForeignBackboneTest {
    private static final BufferedImage REFERENCE = Pictures.gradient(ForeignBackbone.WIDTH, ForeignBackbone.HEIGHT);

    @TempDir
    Path folder = Path.of("");

    @ParameterizedTest
    @EnumSource
    void scoresAsPlainJavaDoes(ForeignBackbone backbone) throws IOException {
        try (PerceptualLoss loss = PerceptualLoss.load(backbone.writeTo(folder))) {
            List<ImageSource> candidates = new ArrayList<>();
            List<Double> expected = new ArrayList<>();
            for (int strength = 1; strength <= 7; strength++) {
                BufferedImage candidate = Distortions.noise(REFERENCE, strength * 9, strength);
                candidates.add(ImageSource.of(candidate, "noise " + strength));
                expected.add(backbone.expected(REFERENCE, candidate));
            }
            List<ScoreResult> results = loss.score(ImageSource.of(REFERENCE, "reference"), candidates);
            for (int i = 0; i < results.size(); i++) {
                double total = results.get(i).orElseThrow().total();
                assertThat(total)
                        .as("%s, %s", backbone, results.get(i).candidate())
                        .isCloseTo(expected.get(i), within(backbone.tolerance() * expected.get(i)));
            }
        }
    }
}
