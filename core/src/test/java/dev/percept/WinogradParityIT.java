package dev.percept;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.percept.samples.Distortions;
import dev.percept.samples.Pictures;
import java.awt.image.BufferedImage;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** VGG19 on Winograd's kernels scores as on plain ones, where the export tools' tests have written it. */
class WinogradParityIT {
    private static final Path VGG19 = Path.of("..", "export-tools", "target", "vgg19.onnx");
    private static final String FORM = "percept.kernels.form";

    @BeforeEach
    void model() {
        Assumptions.assumeTrue(Files.exists(VGG19), "no VGG19: run mvn verify from the root");
    }

    @AfterEach
    void anyForm() {
        System.clearProperty(FORM);
    }

    private static PerceptualLoss load(Kernels kernels) {
        LossOptions options = LossOptions.defaults().withDevice(Device.CPU).withKernels(kernels);
        return PerceptualLoss.load(Backbone.open(VGG19), options);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "standard"})
    void lossesAndFeaturesAreThose(String form) {
        System.setProperty(FORM, form);
        BufferedImage reference = Pictures.landscape(150, 117);
        double[] sigmas = {0.5, 2, 5};
        List<ImageSource> candidates = IntStream.range(0, sigmas.length)
                .mapToObj(i -> ImageSource.of(Distortions.noise(reference, sigmas[i], i), "candidate " + i))
                .toList();
        ImageSource source = ImageSource.of(reference, "reference");
        try (PerceptualLoss plain = load(Kernels.PLAIN);
                PerceptualLoss fast = load(Kernels.WINOGRAD)) {
            List<ScoreResult> expected = plain.score(source, candidates);
            List<ScoreResult> found = fast.score(source, candidates);
            for (int i = 0; i < sigmas.length; i++) {
                assertThat(found.get(i).orElseThrow().provenance().execution().kernels())
                        .startsWith("winograd");
                List<LayerScore> layers = expected.get(i).orElseThrow().layers();
                for (int layer = 0; layer < layers.size(); layer++) {
                    double value = layers.get(layer).value();
                    assertThat(found.get(i).orElseThrow().layers().get(layer).value())
                            .as("%s at noise %s", layers.get(layer).name(), sigmas[i])
                            .isCloseTo(value, within((sigmas[i] < 2 ? 2e-4 : 1e-5) * value));
                }
            }
            assertThat(fast.score(reference, reference).total()).isZero();
            assertFeatures(fast.features(reference), plain.features(reference));
        }
    }

    private static void assertFeatures(List<Feature> found, List<Feature> plain) {
        for (int i = 0; i < plain.size(); i++) {
            double largest = 0;
            double worst = 0;
            for (int at = 0; at < plain.get(i).values().limit(); at++) {
                double value = plain.get(i).values().get(at);
                largest = Math.max(largest, Math.abs(value));
                worst = Math.max(worst, Math.abs(value - found.get(i).values().get(at)));
            }
            assertThat(worst).isLessThan(1e-5 * largest);
        }
    }
}
