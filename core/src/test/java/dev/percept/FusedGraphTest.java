package dev.percept;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.percept.onnx.Engines;
import dev.percept.samples.Distortions;
import java.awt.image.BufferedImage;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The graph for GPUs, run on the CPU, scores as the two sessions do. The conformance tests run with both as well. */
class FusedGraphTest {
    /** Sums over other batches round otherwise. Averages leave small differences of large numbers. */
    private static double rounding(Backbone backbone) {
        return backbone.name().equals("embedding") ? 1e-4 : 2e-6;
    }

    @TempDir
    static Path folder = Path.of("");

    static Stream<Backbone> backbones() throws Exception {
        return BackboneConformanceTest.backbones(folder);
    }

    @ParameterizedTest
    @MethodSource("backbones")
    void scoresOneReferenceAsTwoSessionsDo(Backbone backbone) {
        BufferedImage reference = picture(backbone, 0);
        List<ImageSource> candidates = new ArrayList<>();
        for (int i = 0; i < 7; i++) {
            candidates.add(ImageSource.of(Distortions.noise(reference, 3 + 5 * i, i), "candidate " + i));
        }
        candidates.add(3, ImageSource.of(reference, "equal"));
        ImageSource source = ImageSource.of(reference, "reference");
        assertSame(
                rounding(backbone),
                with("fused", backbone, loss -> loss.score(source, candidates)),
                with("two-sessions", backbone, loss -> loss.score(source, candidates)));
    }

    @ParameterizedTest
    @MethodSource("backbones")
    void scoresPairsAsTwoSessionsDo(Backbone backbone) {
        List<ImagePair> pairs = new ArrayList<>();
        for (int i = 0; i < 6; i++) {
            BufferedImage reference = picture(backbone, i);
            BufferedImage candidate = i == 4 ? reference : Distortions.noise(reference, 4 + 3 * i, i);
            pairs.add(new ImagePair(ImageSource.of(reference, "r" + i), ImageSource.of(candidate, "c" + i)));
        }
        assertSame(
                rounding(backbone),
                with("fused", backbone, loss -> loss.score(pairs)),
                with("two-sessions", backbone, loss -> loss.score(pairs)));
    }

    @Test
    void anInputNameOfOursInAForeignGraphIsNoClash() throws Exception {
        Path file = new TestGraph(17)
                .input("percept/reference", TestGraph.FLOAT, -1, 3, -1, -1)
                .node("Relu", List.of("percept/reference"), "percept//sum_0")
                .output("percept//sum_0", TestGraph.FLOAT, -1, 3, -1, -1)
                .writeTo(folder.resolve("clash.onnx"));
        Files.writeString(folder.resolve("clash.onnx.json"), """
                {"percept_spec": 1, "name": "clash",
                 "input": {"name": "percept/reference", "layout": "NCHW", "dtype": "float32", "range": [0, 1],
                           "channel_order": "RGB"},
                 "layers": [{"name": "pixels", "output": "percept//sum_0", "layout": "NCHW", "channels": 3}]}
                """);
        Backbone backbone = Backbone.open(file);
        ImageSource reference = ImageSource.ofRgb(new byte[] {0, 0, 0}, 1, 1, "black");
        ImageSource candidate = ImageSource.ofRgb(new byte[] {0, (byte) 255, 0}, 1, 1, "green");
        List<ScoreResult> results = with("fused", backbone, loss -> loss.score(reference, List.of(candidate)));
        assertThat(results.get(0).orElseThrow().total()).isCloseTo(1 / 3.0, within(1e-7));
    }

    @Test
    void weightsInAnotherFileAreFound() throws Exception {
        ByteBuffer weights = ByteBuffer.allocate(12).order(ByteOrder.LITTLE_ENDIAN);
        weights.putFloat(1).putFloat(2).putFloat(3);
        Files.write(folder.resolve("weights.bin"), weights.array());
        Path file = new TestGraph(17)
                .input("pixels", TestGraph.FLOAT, -1, 3, -1, -1)
                .external("weights", List.of(1, 3, 1, 1), "weights.bin")
                .node("Mul", List.of("pixels", "weights"), "weighted")
                .output("weighted", TestGraph.FLOAT, -1, 3, -1, -1)
                .writeTo(folder.resolve("external.onnx"));
        Files.writeString(folder.resolve("external.onnx.json"), """
                {"percept_spec": 1, "name": "external",
                 "input": {"name": "pixels", "layout": "NCHW", "dtype": "float32", "range": [0, 1],
                           "channel_order": "RGB"},
                 "layers": [{"name": "weighted", "layout": "NCHW", "channels": 3}]}
                """);
        ImageSource black = ImageSource.ofRgb(new byte[3], 1, 1, "black");
        ImageSource white = ImageSource.ofRgb(new byte[] {-1, -1, -1}, 1, 1, "white");
        List<ScoreResult> results = with("fused", Backbone.open(file), loss -> loss.score(black, List.of(white)));
        assertThat(results.get(0).orElseThrow().total()).isCloseTo((1 + 4 + 9) / 3.0, within(1e-6));
    }

    private static void assertSame(double rounding, List<ScoreResult> fused, List<ScoreResult> sessions) {
        assertThat(fused).hasSameSizeAs(sessions);
        for (int i = 0; i < fused.size(); i++) {
            Score left = fused.get(i).orElseThrow();
            Score right = sessions.get(i).orElseThrow();
            assertThat(fused.get(i).candidate()).isEqualTo(sessions.get(i).candidate());
            assertThat(left.total()).isCloseTo(right.total(), within(rounding * right.total()));
            for (int layer = 0; layer < right.layers().size(); layer++) {
                double value = right.layers().get(layer).value();
                assertThat(left.layers().get(layer).value()).isCloseTo(value, within(rounding * value));
            }
        }
    }

    private interface Call {
        List<ScoreResult> on(PerceptualLoss loss);
    }

    private static List<ScoreResult> with(String graph, Backbone backbone, Call call) {
        String before = System.getProperty(Engines.GRAPH_PROPERTY);
        System.setProperty(Engines.GRAPH_PROPERTY, graph);
        try (PerceptualLoss loss = BackboneConformanceTest.load(backbone)) {
            return call.on(loss);
        } finally {
            if (before == null) {
                System.clearProperty(Engines.GRAPH_PROPERTY);
            } else {
                System.setProperty(Engines.GRAPH_PROPERTY, before);
            }
        }
    }

    private static BufferedImage picture(Backbone backbone, int seed) {
        BufferedImage picture = BackboneConformanceTest.picture(backbone);
        return seed == 0 ? picture : Distortions.noise(picture, 60, seed);
    }
}
