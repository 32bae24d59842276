package dev.percept;

import static org.assertj.core.api.Assertions.assertThat;

import dev.percept.samples.Distortions;
import dev.percept.samples.Pictures;
import java.awt.image.BufferedImage;
import java.awt.image.DataBuffer;
import java.awt.image.DataBufferUShort;
import java.awt.image.WritableRaster;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Equal pictures score 0, and no model runs for that. */
class IdenticalPicturesTest {
    private static final BufferedImage PICTURE = Pictures.gradient(48, 40);
    private static final BufferedImage OTHER = Distortions.noise(PICTURE, 20, 1);

    private final List<CountingEngine> engines = new ArrayList<>();

    @TempDir
    Path folder = Path.of("");

    /** One that sees the whole picture, and one whose layers are local. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void nothingRuns(boolean global) throws IOException {
        try (PerceptualLoss loss = load(global)) {
            Score alone = loss.score(PICTURE, PICTURE);
            List<ScoreResult> candidates =
                    loss.score(source(PICTURE), List.of(source(PICTURE), source(Pictures.gradient(48, 40))));
            List<ScoreResult> pairs =
                    loss.score(List.of(new ImagePair(source(OTHER), source(OTHER)), pair(PICTURE, PICTURE)));
            assertThat(engines.get(0).isIdle()).isTrue();
            assertThat(candidates).allSatisfy(result -> assertZero(result.orElseThrow()));
            assertThat(pairs).allSatisfy(result -> assertZero(result.orElseThrow()));
            assertZero(alone);
            assertThat(alone.layers()).extracting(LayerScore::name).isEqualTo(names(loss));
            assertThat(alone.provenance().width()).isEqualTo(48);
            assertThat(alone.provenance().bits()).isEqualTo(8);
            assertThat(alone.provenance().execution().provider()).isEqualTo("cpu");
        }
    }

    @Test
    void theOthersOfACallRunAsEver() throws IOException {
        try (PerceptualLoss loss = load(true)) {
            CountingEngine engine = engines.get(0);
            List<ScoreResult> results =
                    loss.score(source(PICTURE), List.of(source(PICTURE), source(OTHER), source(PICTURE)));
            assertThat(engine.references).containsExactly(1);
            assertThat(engine.compared).containsExactly(1);
            assertThat(results.get(1).orElseThrow().total())
                    .isEqualTo(loss.score(PICTURE, OTHER).total());
            assertThat(results.get(1).orElseThrow().provenance().evaluation()).isEqualTo(Evaluation.WHOLE);
            assertZero(results.get(0).orElseThrow());
            assertZero(results.get(2).orElseThrow());
        }
    }

    @Test
    void eightBitsEqualTheirSixteen() throws IOException {
        BufferedImage deep = new BufferedImage(16, 8, BufferedImage.TYPE_USHORT_GRAY);
        BufferedImage flat = new BufferedImage(16, 8, BufferedImage.TYPE_BYTE_GRAY);
        fill(deep.getRaster(), 257 * 90);
        fill(flat.getRaster(), 90);
        assertThat(deep.getRaster().getDataBuffer()).isInstanceOf(DataBufferUShort.class);
        try (PerceptualLoss loss = load(true)) {
            for (Score score : List.of(loss.score(deep, flat), loss.score(flat, deep))) {
                assertZero(score);
                assertThat(score.provenance().bits()).isEqualTo(16);
            }
            assertThat(engines.get(0).isIdle()).isTrue();
        }
    }

    @Test
    void reportsSayIt() throws IOException {
        try (PerceptualLoss loss = load(true)) {
            assertThat(ScoreReport.toJson(loss.backbone(), loss.score(source(PICTURE), List.of(source(PICTURE)))))
                    .contains("\"total\": 0.0,", "\"evaluation\": \"identical\"", "\"kernels\": \"none\"");
        }
    }

    private static void assertZero(Score score) {
        assertThat(score.total()).isZero();
        assertThat(score.layers()).allSatisfy(layer -> assertThat(layer.value()).isZero());
        assertThat(score.provenance().evaluation()).isEqualTo(Evaluation.IDENTICAL);
        assertThat(score.provenance().evaluationRemark()).isNull();
        assertThat(score.provenance().execution().kernels()).isEqualTo("none");
    }

    private static List<String> names(PerceptualLoss loss) {
        return loss.layers().stream().map(LayerSpec::name).toList();
    }

    private static void fill(WritableRaster raster, int value) {
        DataBuffer samples = raster.getDataBuffer();
        for (int i = 0; i < samples.getSize(); i++) {
            samples.setElem(i, value);
        }
    }

    private static ImagePair pair(BufferedImage reference, BufferedImage candidate) {
        return new ImagePair(source(reference), source(candidate));
    }

    private static ImageSource source(BufferedImage picture) {
        return ImageSource.of(picture, "picture");
    }

    private PerceptualLoss load(boolean global) throws IOException {
        Backbone backbone =
                global ? Backbone.embedded() : Backbone.open(ForeignBackbone.NCHW_NORMALISED.writeTo(folder));
        return CountingEngine.load(backbone, LossOptions.defaults(), engines);
    }
}
