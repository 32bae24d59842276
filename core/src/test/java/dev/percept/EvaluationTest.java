package dev.percept;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.percept.onnx.Engines;
import dev.percept.samples.Distortions;
import dev.percept.samples.Pictures;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;

/** How pairs are evaluated, what results say of it, and that scores don't depend on it. */
@DisabledIfSystemProperty(named = Engines.GRAPH_PROPERTY, matches = "fused", disabledReason = "it knows the whole only")
class EvaluationTest {
    private static final BufferedImage REFERENCE = Pictures.gradient(120, 90);
    private static final BufferedImage NOISE = Distortions.noise(REFERENCE, 20, 1);

    @TempDir
    Path folder = Path.of("");

    @Test
    void aPairThatDiffersInAPixelIsEvaluatedThere() throws IOException {
        try (PerceptualLoss loss = load(LossOptions.defaults())) {
            BufferedImage candidate = changed(70, 40);
            Score score = loss.score(REFERENCE, candidate);
            assertThat(score.provenance().evaluation()).isEqualTo(Evaluation.CHANGED_REGIONS);
            assertThat(score.provenance().width()).isEqualTo(120);
            // One pixel of all: N stays the whole picture's.
            double expected = 2.5 * squares(loss, REFERENCE, candidate) / (120 * 90 * ForeignBackbone.CHANNELS);
            assertThat(score.total()).isPositive().isCloseTo(expected, within(1e-6 * expected));
            assertThat(loss.score(candidate, REFERENCE).total()).isEqualTo(score.total());
        }
    }

    @Test
    void aPairAboveTheBudgetIsEvaluatedInWindows() throws IOException {
        try (PerceptualLoss whole = load(LossOptions.defaults());
                PerceptualLoss windows = load(LossOptions.defaults().withMemoryBytes(50_000))) {
            Score expected = whole.score(REFERENCE, NOISE);
            Score score = windows.score(REFERENCE, NOISE);
            assertThat(expected.provenance().evaluation()).isEqualTo(Evaluation.WHOLE);
            assertThat(score.provenance().evaluation()).isEqualTo(Evaluation.WINDOWS);
            assertThat(score.total()).isCloseTo(expected.total(), within(1e-6 * expected.total()));
            assertThat(windows.score(REFERENCE, REFERENCE).total()).isZero();
        }
    }

    @Test
    void candidatesOfOneReferenceAreEachEvaluatedAsTheyNeed() throws IOException {
        try (PerceptualLoss loss = load(LossOptions.defaults())) {
            List<ScoreResult> results = loss.score(
                    ImageSource.of(REFERENCE, "reference"),
                    List.of(
                            ImageSource.of(changed(3, 3), "pixel"),
                            ImageSource.of(NOISE, "noise"),
                            ImageSource.of(REFERENCE, "equal"),
                            ImageSource.of(changed(119, 89), "other pixel")));
            assertThat(results)
                    .extracting(result -> result.orElseThrow().provenance().evaluation())
                    .containsExactly(
                            Evaluation.CHANGED_REGIONS,
                            Evaluation.WHOLE,
                            Evaluation.IDENTICAL,
                            Evaluation.CHANGED_REGIONS);
            assertThat(results.get(2).orElseThrow().total()).isZero();
            assertThat(results.get(1).orElseThrow().total())
                    .isEqualTo(loss.score(REFERENCE, NOISE).total());
        }
    }

    @Test
    void aGlobalModelSaysWhyItIsEvaluatedAsAWholeAllTheSame() {
        try (PerceptualLoss loss = PerceptualLoss.load(
                Backbone.embedded(), cpu(LossOptions.defaults().withMemoryBytes(1)))) {
            Provenance provenance = loss.score(REFERENCE, changed(5, 5)).provenance();
            assertThat(provenance.evaluation()).isEqualTo(Evaluation.WHOLE);
            assertThat(provenance.evaluationRemark())
                    .contains("luma1")
                    .contains("Reshape")
                    .contains("rearranges places");
        }
    }

    @Test
    void reportsSayIt() throws IOException {
        try (PerceptualLoss loss = load(LossOptions.defaults())) {
            ScoreResult result = loss.score(
                            ImageSource.of(REFERENCE, "r"), List.of(ImageSource.of(changed(70, 40), "c")))
                    .get(0);
            assertThat(ScoreReport.toJson(loss.backbone(), List.of(result)))
                    .contains("\"evaluation\": \"changed-regions\"")
                    .doesNotContain("evaluation_remark");
        }
    }

    private PerceptualLoss load(LossOptions options) throws IOException {
        return PerceptualLoss.load(Backbone.open(ForeignBackbone.NCHW_NORMALISED.writeTo(folder)), cpu(options));
    }

    private static LossOptions cpu(LossOptions options) {
        return options.withDevice(Device.CPU);
    }

    private static BufferedImage changed(int x, int y) {
        BufferedImage changed = Distortions.noise(REFERENCE, 0, 1);
        changed.setRGB(x, y, ~REFERENCE.getRGB(x, y));
        return changed;
    }

    private static double squares(PerceptualLoss loss, BufferedImage left, BufferedImage right) {
        var a = loss.features(left).get(0).values();
        var b = loss.features(right).get(0).values();
        double sum = 0;
        for (int i = 0; i < a.remaining(); i++) {
            double difference = (double) a.get(i) - b.get(i);
            sum += difference * difference;
        }
        return sum;
    }
}
