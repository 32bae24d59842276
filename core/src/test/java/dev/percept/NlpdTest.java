package dev.percept;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.percept.samples.Distortions;
import dev.percept.samples.Pictures;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.Reader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.BiFunction;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The embedded default answers as the independent NumPy reading of its paper does ({@code export-tools/tests/nlpd_golden.py}
 * wrote the golden values), and as its users expect of any score.
 */
class NlpdTest {
    private static final Path SAMPLES = Path.of("..", "samples");
    private static final PerceptualLoss LOSS = PerceptualLoss.load("nlpd");

    private static final Map<String, BufferedImage> PICTURES = Map.of(
            "still life", Pictures.stillLife(192, 128),
            "landscape", Pictures.landscape(192, 128),
            "portrait", Pictures.portrait(192, 128));

    @AfterAll
    static void close() {
        LOSS.close();
    }

    static Stream<JsonObject> goldenPairs() throws IOException {
        try (Reader in = new InputStreamReader(
                Objects.requireNonNull(NlpdTest.class.getResourceAsStream("nlpd-golden.json")),
                StandardCharsets.UTF_8)) {
            return JsonParser.parseReader(in).getAsJsonObject().getAsJsonArray("pairs").asList().stream()
                    .map(JsonElement::getAsJsonObject);
        }
    }

    @ParameterizedTest
    @MethodSource("goldenPairs")
    void scoresAsAnIndependentReadingOfThePaper(JsonObject pair) {
        Score score = LOSS.score(
                SAMPLES.resolve(pair.get("reference").getAsString()),
                SAMPLES.resolve(pair.get("candidate").getAsString()));
        double total = pair.get("total").getAsDouble();
        assertThat(score.total()).isCloseTo(total, within(1e-5 * total));
        JsonObject layers = pair.getAsJsonObject("layers");
        assertThat(score.layers()).hasSize(layers.size());
        for (LayerScore layer : score.layers()) {
            double value = layers.get(layer.name()).getAsDouble();
            // A single band of a float32 graph carries its rounding, divided by its σ: up to a few 1e-6.
            assertThat(layer.value()).as(layer.name()).isCloseTo(value, within(1e-5 * value + 5e-6));
        }
    }

    @Test
    void greyPicturesScoreThePublishedMetricAlone() {
        BufferedImage grey = Distortions.desaturate(Pictures.landscape(160, 112), 1);
        Score score = LOSS.score(grey, Distortions.blur(grey, 2));
        assertThat(score.layers())
                .filteredOn(layer -> layer.name().startsWith("chroma"))
                .isNotEmpty()
                .allSatisfy(layer -> assertThat(layer.value()).isZero());
        double mean = score.layers().stream()
                .filter(layer -> layer.name().startsWith("luma"))
                .mapToDouble(LayerScore::value)
                .average()
                .orElseThrow();
        assertThat(score.total()).isCloseTo(mean, within(1e-12));
    }

    /** Ten rising strengths of each distortion, fixed here. */
    static Stream<Arguments> distortions() {
        List<Arguments> cases = new ArrayList<>();
        for (String picture : PICTURES.keySet()) {
            cases.add(of(picture, "blur", (image, step) -> Distortions.blur(image, 0.4 * step)));
            cases.add(of(picture, "noise", (image, step) -> Distortions.noise(image, 2.5 * step, 7)));
            cases.add(of(picture, "jpeg", (image, step) -> Distortions.jpeg(image, 100 - 9 * step)));
            cases.add(of(picture, "contrast", (image, step) -> Distortions.contrast(image, 1 - 0.08 * step)));
            cases.add(of(picture, "desaturation", (image, step) -> Distortions.desaturate(image, 0.1 * step)));
            cases.add(of(picture, "hue", (image, step) -> Distortions.hue(image, 9 * step)));
        }
        return cases.stream();
    }

    private static Arguments of(
            String picture, String distortion, BiFunction<BufferedImage, Integer, BufferedImage> apply) {
        return Arguments.of(picture, distortion, apply);
    }

    @ParameterizedTest(name = "{0}, {1}")
    @MethodSource("distortions")
    void theScoreRisesStrictlyWithTheDistortion(
            String picture, String distortion, BiFunction<BufferedImage, Integer, BufferedImage> apply) {
        BufferedImage reference = Objects.requireNonNull(PICTURES.get(picture));
        List<Double> totals = new ArrayList<>(List.of(0.0));
        for (int step = 1; step <= 10; step++) {
            totals.add(LOSS.score(reference, apply.apply(reference, step)).total());
        }
        for (int step = 1; step <= 10; step++) {
            assertThat(totals.get(step))
                    .as("%s of %s, step %d of %s", distortion, picture, step, totals)
                    .isGreaterThan(totals.get(step - 1));
        }
    }

    @Test
    void movedScaledAndTurnedPicturesNeverScoreAsEqual() {
        BufferedImage reference = Objects.requireNonNull(PICTURES.get("landscape"));
        for (int step = 1; step <= 10; step++) {
            assertThat(LOSS.score(reference, Distortions.shift(reference, step, step / 2))
                            .total())
                    .isGreaterThan(0.01);
            assertThat(LOSS.score(reference, Distortions.scale(reference, 1 + 0.02 * step))
                            .total())
                    .isGreaterThan(0.01);
            assertThat(LOSS.score(reference, Distortions.rotate(reference, 0.5 * step))
                            .total())
                    .isGreaterThan(0.01);
        }
    }
}
