// SPDX-License-Identifier: Apache-2.0
package dev.percept;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.percept.samples.Distortions;
import dev.percept.samples.Pictures;
import java.awt.Color;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Heat maps show where pictures differ, in the unit of the score, and are zero where they don't. */
class HeatMapsTest {
    private static final int CHANGE = 32;

    @TempDir
    static Path folder = Path.of("");

    private static PerceptualLoss nlpd;
    private static PerceptualLoss convolutional;

    @BeforeAll
    static void load() throws IOException {
        nlpd = PerceptualLoss.load(Backbone.embedded(), cpu());
        convolutional = PerceptualLoss.load(ConvolutionalBackbone.in(folder), cpu());
    }

    @AfterAll
    static void close() {
        nlpd.close();
        convolutional.close();
    }

    private static LossOptions cpu() {
        return LossOptions.defaults().withDevice(Device.CPU);
    }

    /** Corners, edges and places that lie on no grid; in pictures of even and odd sizes. */
    static Stream<Arguments> changes() {
        return Stream.of(List.of(160, 128), List.of(157, 127))
                .flatMap(size -> Stream.of(
                                List.of(0, 0),
                                List.of(size.get(0) - CHANGE, 0),
                                List.of(0, size.get(1) - CHANGE),
                                List.of(size.get(0) - CHANGE, size.get(1) - CHANGE),
                                List.of(101, 0),
                                List.of(77, 83),
                                List.of(96, 64))
                        .map(at -> Arguments.of(size.get(0), size.get(1), at.get(0), at.get(1))));
    }

    @ParameterizedTest
    @MethodSource("changes")
    void theMaximumLiesInsideAKnownChange(int width, int height, int left, int top) {
        BufferedImage reference = Pictures.landscape(width, height);
        for (BufferedImage candidate : List.of(
                changed(reference, left, top, (x, y) -> new Random(31L * x + y).nextInt(1 << 24)),
                changed(reference, left, top, (x, y) -> reference.getRGB(x, y) ^ 0x808080))) {
            for (PerceptualLoss loss : List.of(nlpd, convolutional)) {
                HeatMap map = loss.heatMaps(reference, candidate).combined();
                assertThat(map.width()).isEqualTo(width);
                assertThat(map.height()).isEqualTo(height);
                int at = highest(map);
                // Eight random channels of convolutions may see most in a pixel that only has the change beside it.
                int beside = loss == nlpd ? 0 : 1;
                assertThat(at % width).as("column, %s", loss).isBetween(left - beside, left + CHANGE - 1 + beside);
                assertThat(at / width).as("row, %s", loss).isBetween(top - beside, top + CHANGE - 1 + beside);
            }
        }
    }

    private interface Colours {
        int at(int x, int y);
    }

    private static BufferedImage changed(BufferedImage reference, int left, int top, Colours colours) {
        BufferedImage changed = Distortions.noise(reference, 0, 1);
        for (int y = top; y < top + CHANGE; y++) {
            for (int x = left; x < left + CHANGE; x++) {
                changed.setRGB(x, y, colours.at(x, y));
            }
        }
        return changed;
    }

    private static int highest(HeatMap map) {
        FloatBuffer values = map.values();
        int best = 0;
        for (int i = 0; i < values.limit(); i++) {
            best = values.get(i) > values.get(best) ? i : best;
        }
        return best;
    }

    /** Exactly so where sides are whole multiples of the layers', which 64 × 48 are for both models. */
    @Test
    void theMeanOfAMapIsTheLayersValueAndThatOfAllTheTotal() {
        BufferedImage reference = Pictures.portrait(64, 48);
        BufferedImage candidate = Distortions.blur(reference, 1.5);
        for (PerceptualLoss loss : List.of(nlpd, convolutional)) {
            HeatMaps maps = loss.heatMaps(reference, candidate);
            Score score = loss.score(reference, candidate);
            double mapped = 0;
            for (LayerScore layer : score.layers()) {
                if (maps.layers().contains(layer.name())) {
                    assertThat(maps.layer(layer.name()).mean())
                            .as(layer.name())
                            .isPositive()
                            .isCloseTo(layer.value(), within(1e-5 * layer.value()));
                    mapped += layer.weight() * layer.value();
                }
            }
            assertThat(maps.combined().mean()).isCloseTo(mapped, within(1e-5 * mapped));
            assertThat(maps.score().total()).isCloseTo(score.total(), within(1e-6 * score.total()));
            assertThat(maps.score().layers())
                    .extracting(LayerScore::name)
                    .isEqualTo(score.layers().stream().map(LayerScore::name).toList());
        }
    }

    @Test
    void distancesWeightsAndLayersInForceAreThoseOfTheMap() throws IOException {
        BufferedImage reference = Pictures.portrait(64, 48);
        BufferedImage candidate = Distortions.blur(reference, 1.5);
        LossOptions options = cpu().withLayers(List.of("coarse", "fine"))
                .withWeight("fine", 3)
                .withDistance("fine", Distance.RMS)
                .withDistance("coarse", Distance.MAE);
        try (PerceptualLoss loss = PerceptualLoss.load(ConvolutionalBackbone.in(folder), options)) {
            HeatMaps maps = loss.heatMaps(reference, candidate);
            Score score = loss.score(reference, candidate);
            assertThat(maps.layers()).containsExactly("coarse", "fine");
            assertThat(maps.withoutPlaces()).isEmpty();
            assertThat(maps.layer("fine").mean())
                    .isCloseTo(score.layers().get(1).value(), within(1e-6));
            assertThat(maps.combined().mean()).isCloseTo(score.total(), within(1e-5 * score.total()));
            assertThat(maps.combined().at(20, 30))
                    .isCloseTo(
                            3 * maps.layer("fine").at(20, 30)
                                    + (float) (0.25 * maps.layer("coarse").at(20, 30)),
                            within(1e-5f));
            assertThatThrownBy(() -> maps.layer("middle"))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("no layer 'middle' has a heat map; there are coarse, fine");
        }
    }

    @Test
    void layersWithoutPlacesCountInTheScoreOnlyAndAreNamed() {
        HeatMaps maps = convolutional.heatMaps(Pictures.portrait(64, 48), Pictures.landscape(64, 48));
        assertThat(maps.layers()).isEqualTo(ConvolutionalBackbone.WITH_PLACES);
        assertThat(maps.withoutPlaces()).containsExactly("tokens", "vector");
        HeatMap pooled = maps.layer("pooled");
        assertThat(pooled.maximum()).isPositive();
        assertThat(pooled.at(63, 47)).isEqualTo(pooled.at(0, 0)).isEqualTo(pooled.maximum());
    }

    @ParameterizedTest
    @EnumSource(ForeignBackbone.class)
    void everyBackboneHasAMapUnlessNoLayerHasPlaces(ForeignBackbone foreign) throws IOException {
        BufferedImage reference = Pictures.gradient(ForeignBackbone.WIDTH, ForeignBackbone.HEIGHT);
        BufferedImage candidate = Distortions.noise(reference, 0, 1);
        candidate.setRGB(17, 5, ~reference.getRGB(17, 5));
        try (PerceptualLoss loss = PerceptualLoss.load(Backbone.open(foreign.writeTo(folder)), cpu())) {
            if (foreign == ForeignBackbone.TOKENS || foreign == ForeignBackbone.EMBEDDING) {
                assertThatThrownBy(() -> loss.heatMaps(reference, candidate))
                        .isInstanceOf(ModelException.class)
                        .hasMessageContainingAll("has places in the picture", "--layers");
                return;
            }
            HeatMap map = loss.heatMaps(reference, candidate).combined();
            double total = loss.score(reference, candidate).total();
            for (int y = 0; y < map.height(); y++) {
                for (int x = 0; x < map.width(); x++) {
                    double expected = x == 17 && y == 5 ? total * map.width() * map.height() : 0;
                    assertThat((double) map.at(x, y)).isCloseTo(expected, within(1e-5 * total * 480));
                }
            }
        }
    }

    @Test
    void equalPicturesGiveZerosAndRunNothing() throws IOException {
        List<CountingEngine> engines = new ArrayList<>();
        BufferedImage picture = Pictures.portrait(61, 47);
        try (PerceptualLoss loss = CountingEngine.load(ConvolutionalBackbone.in(folder), cpu(), engines)) {
            HeatMaps maps = loss.heatMaps(picture, Distortions.noise(picture, 0, 1));
            assertThat(engines.get(0).isIdle()).isTrue();
            assertThat(maps.score().provenance().evaluation()).isEqualTo(Evaluation.IDENTICAL);
            assertThat(maps.layers()).isEqualTo(ConvolutionalBackbone.WITH_PLACES);
            assertThat(maps.combined().values().limit()).isEqualTo(61 * 47);
            assertThat(maps.combined().maximum()).isZero();
            assertThat(maps.combined().mean()).isZero();
            loss.heatMaps(picture, Pictures.landscape(61, 47));
            assertThat(engines.get(0).isIdle()).isFalse();
        }
    }

    /** What a layer of distance rms doesn't see at all has no root mean square to divide by. */
    @Test
    void aLayerThatSeesNoDifferenceIsZero() throws IOException {
        LossOptions options = cpu().withDistance("colour", Distance.RMS);
        BufferedImage black = new BufferedImage(8, 8, BufferedImage.TYPE_INT_RGB);
        BufferedImage other = Distortions.noise(black, 0, 1);
        other.setRGB(3, 3, 0x000001);
        try (PerceptualLoss loss = PerceptualLoss.load(Backbone.open(ForeignBackbone.HALF.writeTo(folder)), options)) {
            HeatMap map = loss.heatMaps(black, other).combined();
            double mean = loss.score(black, other).total();
            assertThat(Float.isFinite(map.maximum())).isTrue();
            assertThat(map.mean()).isCloseTo(mean, within(1e-6));
        }
    }

    @Test
    void largePicturesAreEvaluatedInWindowsAndSmallChangesWhereTheyAre() throws IOException {
        BufferedImage reference = Pictures.landscape(253, 191);
        BufferedImage candidate = Distortions.noise(reference, 8, 3);
        BufferedImage inPlace = changed(reference, 40, 50, (x, y) -> 0x808080);
        LossOptions options = cpu().withLayers(List.of("fine", "middle", "coarse"));
        try (PerceptualLoss whole = PerceptualLoss.load(ConvolutionalBackbone.in(folder), options);
                PerceptualLoss windows =
                        PerceptualLoss.load(ConvolutionalBackbone.in(folder), options.withMemoryBytes(4 << 20))) {
            HeatMaps expected = whole.heatMaps(reference, candidate);
            HeatMaps maps = windows.heatMaps(reference, candidate);
            assertThat(expected.score().provenance().evaluation()).isEqualTo(Evaluation.WHOLE);
            assertThat(maps.score().provenance().evaluation()).isEqualTo(Evaluation.WINDOWS);
            assertSame(expected, maps);
            HeatMaps changed = whole.heatMaps(reference, inPlace);
            assertThat(changed.score().provenance().evaluation()).isEqualTo(Evaluation.CHANGED_REGIONS);
            assertThat(changed.combined().at(200, 150)).isZero();
            assertThat(changed.score().total())
                    .isCloseTo(whole.score(reference, inPlace).total(), within(1e-6));
        }
    }

    private static void assertSame(HeatMaps expected, HeatMaps maps) {
        HeatMap map = expected.combined();
        FloatBuffer left = map.values();
        FloatBuffer right = maps.combined().values();
        float difference = 0;
        for (int i = 0; i < left.limit(); i++) {
            difference = Math.max(difference, Math.abs(left.get(i) - right.get(i)));
        }
        assertThat(difference).isLessThan(1e-5f * map.maximum());
    }

    @Test
    void picturesOf16BitsAreComparedAsSuch() {
        BufferedImage grey = new BufferedImage(32, 24, BufferedImage.TYPE_USHORT_GRAY);
        BufferedImage other = new BufferedImage(32, 24, BufferedImage.TYPE_USHORT_GRAY);
        other.getRaster().setSample(11, 7, 0, 40);
        HeatMaps maps = convolutional.heatMaps(grey, other);
        assertThat(maps.score().provenance().bits()).isEqualTo(16);
        assertThat(maps.layer("fine").maximum()).isPositive();
        assertThat(maps.layer("fine").at(25, 20)).isZero();
    }

    /** The map is of the background that gives the worse score. */
    @Test
    void transparentPicturesAreMappedOnTheWorseBackground() {
        BufferedImage reference = new BufferedImage(64, 48, BufferedImage.TYPE_INT_ARGB);
        BufferedImage white = new BufferedImage(64, 48, BufferedImage.TYPE_INT_RGB);
        var graphics = white.createGraphics();
        graphics.setColor(Color.WHITE);
        graphics.fillRect(0, 0, 64, 48);
        graphics.dispose();
        LossOptions worst = cpu().withImages(ImageOptions.defaults().withAlpha(Alpha.WORST));
        try (PerceptualLoss loss = PerceptualLoss.load(Backbone.embedded(), worst)) {
            HeatMaps maps = loss.heatMaps(reference, white);
            Score score = loss.score(reference, white);
            assertThat(maps.score().provenance().background()).isEqualTo(Alpha.BLACK);
            assertThat(maps.score().total()).isPositive().isCloseTo(score.total(), within(1e-6));
            assertThat(maps.combined().mean()).isCloseTo(score.total(), within(0.02 * score.total()));
        }
    }

    @Test
    void picturesAreRefusedAsForAScore() {
        assertThatThrownBy(() -> nlpd.heatMaps(Pictures.gradient(48, 32), Pictures.gradient(60, 40)))
                .isInstanceOf(ImageException.class)
                .hasMessageContainingAll("it is 60×40", "--size-mismatch");
        assertThatThrownBy(() -> nlpd.heatMaps(folder.resolve("a.png"), folder.resolve("b.png")))
                .isInstanceOf(ImageException.class)
                .hasMessageContaining("a.png");
        PerceptualLoss closed = PerceptualLoss.load("nlpd");
        closed.close();
        assertThatThrownBy(() -> closed.heatMaps(Pictures.gradient(48, 32), Pictures.gradient(48, 32)))
                .isInstanceOf(IllegalStateException.class);
    }
}
