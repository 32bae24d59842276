package dev.percept;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.percept.samples.Distortions;
import dev.percept.samples.Pictures;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What every backbone promises, run against every backbone: the embedded one, each {@link ForeignBackbone}, and VGG19 where
 * the export tools' tests have written it, which run before these where Python is present.
 */
class BackboneConformanceTest {
    private static final LossOptions OPTIONS = LossOptions.defaults().withKernels(Kernels.PLAIN);
    private static final Path VGG19 = Path.of("..", "export-tools", "target", "vgg19.onnx");

    @TempDir
    static Path folder = Path.of("");

    static Stream<Backbone> backbones() throws IOException {
        return backbones(folder);
    }

    /** All of them; the foreign ones are written into a folder. */
    static Stream<Backbone> backbones(Path folder) throws IOException {
        List<Backbone> backbones = new ArrayList<>(List.of(Backbone.embedded()));
        if (Files.exists(VGG19)) {
            backbones.add(Backbone.open(VGG19));
        }
        for (ForeignBackbone foreign : ForeignBackbone.values()) {
            backbones.add(Backbone.open(foreign.writeTo(folder)));
        }
        return backbones.stream();
    }

    @ParameterizedTest
    @MethodSource("backbones")
    void equalPicturesScoreExactlyZero(Backbone backbone) {
        try (PerceptualLoss loss = load(backbone)) {
            Score score = loss.score(picture(backbone), picture(backbone));
            assertThat(score.total()).isZero();
            assertThat(score.layers())
                    .allSatisfy(layer -> assertThat(layer.value()).isZero());
        }
    }

    @ParameterizedTest
    @MethodSource("backbones")
    void theOrderOfAPairDoesNotMatter(Backbone backbone) {
        BufferedImage other = Distortions.noise(picture(backbone), 20, 1);
        try (PerceptualLoss loss = load(backbone)) {
            Score there = loss.score(picture(backbone), other);
            Score back = loss.score(other, picture(backbone));
            assertThat(there.total()).isPositive().isEqualTo(back.total());
            assertThat(there.layers()).isEqualTo(back.layers());
        }
    }

    @ParameterizedTest
    @MethodSource("backbones")
    void theTotalIsTheWeightedSumOfTheLayers(Backbone backbone) {
        try (PerceptualLoss loss = load(backbone)) {
            Score score = loss.score(picture(backbone), Distortions.noise(picture(backbone), 20, 1));
            double sum = score.layers().stream()
                    .mapToDouble(layer -> layer.weight() * layer.value())
                    .sum();
            assertThat(score.total()).isCloseTo(sum, within(1e-12 * sum));
            assertThat(score.layers()).hasSameSizeAs(backbone.spec().layers());
        }
    }

    @ParameterizedTest
    @MethodSource("backbones")
    void manyCandidatesScoreAsEachAlone(Backbone backbone) {
        ImageSource reference = ImageSource.of(picture(backbone), "reference");
        List<ImageSource> candidates = IntStream.range(0, 5)
                .<ImageSource>mapToObj(
                        i -> ImageSource.of(Distortions.noise(picture(backbone), 10 + i, i), "candidate " + i))
                .toList();
        // A budget of one byte still runs one picture at a time.
        try (PerceptualLoss together = load(backbone);
                PerceptualLoss alone = PerceptualLoss.load(backbone, OPTIONS.withBatchBytes(1))) {
            List<ScoreResult> batch = together.score(reference, candidates);
            List<ScoreResult> single = alone.score(reference, candidates);
            for (int i = 0; i < candidates.size(); i++) {
                double expected = together.score(reference, candidates.get(i)).total();
                assertThat(batch.get(i).candidate()).isEqualTo("candidate " + i);
                assertThat(batch.get(i).orElseThrow().total()).isCloseTo(expected, within(1e-6 * expected));
                assertThat(single.get(i).orElseThrow().total()).isCloseTo(expected, within(1e-6 * expected));
            }
        }
    }

    @ParameterizedTest
    @MethodSource("backbones")
    void oneBadCandidateDoesNotSpoilTheOthers(Backbone backbone) {
        BufferedImage picture = picture(backbone);
        try (PerceptualLoss loss = load(backbone)) {
            List<ScoreResult> results = loss.score(
                    ImageSource.of(picture, "reference"),
                    List.of(
                            ImageSource.of(Distortions.noise(picture, 9, 1), "good"),
                            ImageSource.of(Path.of("no-such-picture.png")),
                            ImageSource.of(picture, "equal"),
                            ImageSource.of(Distortions.noise(picture, 9, 2), "good too")));
            assertThat(results).extracting(result -> result.score() != null).containsExactly(true, false, true, true);
            assertThat(results.get(1).error()).isInstanceOf(ImageException.class);
            assertThat(results.get(2).orElseThrow().total()).isZero();
        }
    }

    @ParameterizedTest
    @MethodSource("backbones")
    void featuresHaveTheShapesThatTheSpecNames(Backbone backbone) {
        try (PerceptualLoss loss = load(backbone)) {
            List<Feature> features = loss.features(picture(backbone));
            assertThat(features)
                    .extracting(Feature::layer)
                    .isEqualTo(backbone.spec().layers().stream()
                            .map(LayerSpec::name)
                            .toList());
            for (int i = 0; i < features.size(); i++) {
                Feature feature = features.get(i);
                LayerSpec layer = backbone.spec().layers().get(i);
                assertThat(feature.shape()).hasSize(layer.layout().rank()).startsWith(1);
                assertThat(feature.shape().get(layer.layout().channelAxis())).isEqualTo(layer.channels());
                assertThat(feature.values().remaining())
                        .isEqualTo(feature.shape().stream().reduce(1, Math::multiplyExact));
            }
        }
    }

    @ParameterizedTest
    @MethodSource("backbones")
    void weightsDistancesAndLayersAreTheCallers(Backbone backbone) {
        LayerSpec last = backbone.spec().layers().get(backbone.spec().layers().size() - 1);
        LossOptions options = OPTIONS.withLayers(List.of(last.name()));
        BufferedImage candidate = Distortions.noise(picture(backbone), 20, 1);
        double mse = total(backbone, options.withDistance(last.name(), Distance.MSE), candidate) / last.weight();
        double rms = total(backbone, options.withDistance(last.name(), Distance.RMS), candidate) / last.weight();
        double mae = total(backbone, options.withDistance(last.name(), Distance.MAE), candidate) / last.weight();
        double heavy =
                total(backbone, options.withDistance(last.name(), Distance.MSE).withWeight(last.name(), 10), candidate);
        assertThat(rms).isCloseTo(Math.sqrt(mse), within(1e-9));
        assertThat(mae).isPositive().isLessThanOrEqualTo(rms * (1 + 1e-6));
        assertThat(heavy).isCloseTo(10 * mse, within(1e-9 * heavy));
    }

    private double total(Backbone backbone, LossOptions options, BufferedImage candidate) {
        try (PerceptualLoss loss = PerceptualLoss.load(backbone, options)) {
            return loss.score(picture(backbone), candidate).total();
        }
    }

    @ParameterizedTest
    @MethodSource("backbones")
    void closingTwiceIsFineAndScoringAfterwardsIsNot(Backbone backbone) {
        PerceptualLoss loss = load(backbone);
        loss.close();
        loss.close();
        assertThatThrownBy(() -> loss.score(picture(backbone), picture(backbone)))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("closed");
    }

    @ParameterizedTest
    @MethodSource("backbones")
    void aSizeItDoesNotTakeIsRefused(Backbone backbone) {
        InputSpec.Size size = backbone.spec().input().size();
        if (size.equals(InputSpec.Size.FREE)) {
            assertThat(size.refusal(1, 1)).isNull();
            return;
        }
        BufferedImage wrong = Pictures.gradient(7, 7);
        try (PerceptualLoss loss = load(backbone)) {
            assertThatThrownBy(() -> loss.score(wrong, wrong))
                    .isInstanceOf(ImageException.class)
                    .hasMessageContaining("7×7");
        }
    }

    /** With kernels that don't change while pictures are scored, nor with what was scored before; others are {@link KernelsTest}'s subject. */
    static PerceptualLoss load(Backbone backbone) {
        return PerceptualLoss.load(backbone, OPTIONS);
    }

    /** A picture that all of them take. */
    static BufferedImage picture(Backbone backbone) {
        InputSpec.Size size = backbone.spec().input().size();
        boolean fits = size.refusal(ForeignBackbone.WIDTH, ForeignBackbone.HEIGHT) == null;
        return fits ? Pictures.gradient(ForeignBackbone.WIDTH, ForeignBackbone.HEIGHT) : Pictures.gradient(64, 48);
    }
}
