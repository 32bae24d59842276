package dev.percept;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.percept.onnx.Engines;
import dev.percept.samples.Distortions;
import dev.percept.samples.Pictures;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What calls with the same reference have in common is computed once, and scores don't depend on it. */
@DisabledIfSystemProperty(named = Engines.GRAPH_PROPERTY, matches = "fused", disabledReason = "features are not kept")
class ReferenceReuseTest {
    private static final LossOptions OPTIONS = LossOptions.defaults().withDevice(Device.CPU);

    private final List<CountingEngine> engines = new ArrayList<>();

    @TempDir
    Path folder = Path.of("");

    @ParameterizedTest
    @EnumSource(
            value = ForeignBackbone.class,
            names = {"FIXED_SIZE"},
            mode = EnumSource.Mode.EXCLUDE)
    void scoresAreThoseOfOneCallToTheLastBit(ForeignBackbone foreign) throws IOException {
        Backbone backbone = Backbone.open(foreign.writeTo(folder));
        List<Score> together;
        try (PerceptualLoss loss = PerceptualLoss.load(backbone, OPTIONS.withReferenceCacheBytes(0))) {
            together = loss.score(source(picture()), List.of(source(noise(1)), source(noise(2)))).stream()
                    .map(ScoreResult::orElseThrow)
                    .toList();
            assertThat(loss.referenceCache()).isEqualTo(ReferenceCacheUse.NONE);
        }
        try (PerceptualLoss loss = CountingEngine.load(backbone, OPTIONS, engines)) {
            for (int call = 0; call < 3; call++) {
                assertThat(loss.score(picture(), noise(1)).total())
                        .isEqualTo(together.get(0).total());
                assertThat(loss.score(picture(), noise(2)).total())
                        .isEqualTo(together.get(1).total());
            }
            assertThat(engines.get(0).references).containsExactly(1);
            assertThat(loss.referenceCache().misses()).isEqualTo(1);
            assertThat(loss.referenceCache().hits()).isEqualTo(5);
        }
    }

    @Test
    void anotherReferenceOfTheSameSizeIsAnother() throws IOException {
        try (PerceptualLoss loss = load(OPTIONS)) {
            double first = loss.score(picture(), noise(1)).total();
            BufferedImage other = picture();
            other.setRGB(23, 19, ~other.getRGB(23, 19));
            assertThat(loss.score(other, noise(1)).total()).isNotEqualTo(first);
            assertThat(loss.referenceCache().misses()).isEqualTo(2);
        }
    }

    @Test
    void anArrayThatItsOwnerChangesAfterwardsIsNotMistaken() throws IOException {
        byte[] rgb = new byte[3 * 24 * 20];
        ImageSource reference = ImageSource.ofRgb(rgb, 24, 20, "frame");
        try (PerceptualLoss loss = load(OPTIONS);
                PerceptualLoss without = load(OPTIONS.withReferenceCacheBytes(0))) {
            double black = loss.score(reference, source(noise(1))).total();
            Arrays.fill(rgb, (byte) 200);
            double grey = loss.score(reference, source(noise(1))).total();
            assertThat(grey).isNotEqualTo(black);
            assertThat(grey)
                    .isEqualTo(without.score(reference, source(noise(1))).total());
            Arrays.fill(rgb, (byte) 0);
            assertThat(loss.score(reference, source(noise(1))).total()).isEqualTo(black);
            assertThat(loss.referenceCache().hits()).isEqualTo(1);
        }
    }

    @Test
    void whatIsEvaluatedInPartsIsNotKept() throws IOException {
        BufferedImage large = Pictures.gradient(120, 90);
        BufferedImage nearly = Distortions.noise(large, 0, 1);
        nearly.setRGB(7, 7, 0);
        try (PerceptualLoss loss = load(OPTIONS)) {
            for (int call = 0; call < 2; call++) {
                assertThat(loss.score(large, nearly).provenance().evaluation()).isEqualTo(Evaluation.CHANGED_REGIONS);
            }
            assertThat(loss.referenceCache()).isEqualTo(ReferenceCacheUse.NONE);
            assertThat(engines.get(0).inParts).isEqualTo(2);
        }
    }

    @Test
    void manyThreadsShareWhatFitsAndNothingIsHeldAfterwards() throws Exception {
        long budget = 30_000;
        Backbone backbone = Backbone.open(ForeignBackbone.NCHW_NORMALISED.writeTo(folder));
        PerceptualLoss loss = PerceptualLoss.load(backbone, OPTIONS.withReferenceCacheBytes(budget));
        try (loss;
                PerceptualLoss without = load(OPTIONS.withReferenceCacheBytes(0))) {
            double[] expected = IntStream.range(0, 5)
                    .mapToDouble(i -> without.score(noise(i), picture()).total())
                    .toArray();
            List<CompletableFuture<Void>> threads = IntStream.range(0, 4)
                    .mapToObj(thread -> CompletableFuture.runAsync(() -> {
                        for (int i = 0; i < 60; i++) {
                            int which = (i * (thread + 1)) % 5;
                            assertThat(loss.score(noise(which), picture()).total())
                                    .isEqualTo(expected[which]);
                            assertThat(loss.referenceCache().bytes()).isLessThanOrEqualTo(budget);
                        }
                    }))
                    .toList();
            threads.forEach(CompletableFuture::join);
            ReferenceCacheUse use = loss.referenceCache();
            assertThat(use.hits()).isPositive();
            assertThat(use.misses()).isGreaterThanOrEqualTo(5);
            assertThat(use.hits() + use.misses()).isEqualTo(240);
            assertThat(use.bytes()).isPositive();
        }
        assertThat(loss.referenceCache().bytes()).isZero();
    }

    @Test
    void aNegativeBudgetIsRefused() {
        assertThatThrownBy(() -> OPTIONS.withReferenceCacheBytes(-1))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("referenceCacheBytes");
    }

    private PerceptualLoss load(LossOptions options) throws IOException {
        return CountingEngine.load(Backbone.open(ForeignBackbone.NCHW_NORMALISED.writeTo(folder)), options, engines);
    }

    private static BufferedImage picture() {
        return Pictures.gradient(24, 20);
    }

    private static BufferedImage noise(int seed) {
        return Distortions.noise(picture(), 20, seed);
    }

    private static ImageSource source(BufferedImage picture) {
        return ImageSource.of(picture, "picture");
    }
}
