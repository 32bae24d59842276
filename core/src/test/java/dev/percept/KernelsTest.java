package dev.percept;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.percept.samples.Distortions;
import dev.percept.samples.Pictures;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Scores on Winograd's kernels are those on plain ones but for rounding, and each comparison is between features of one kind. */
class KernelsTest {
    private static final String FORM = "percept.kernels.form";

    @TempDir
    Path folder = Path.of("");

    @AfterEach
    void anyForm() {
        System.clearProperty(FORM);
    }

    /** Two layers that gain by Winograd's way, the first of them tapped, and a plain one before them. */
    private Backbone backbone() throws IOException {
        TestGraph graph = new TestGraph(17).input("image", TestGraph.FLOAT, -1, 3, -1, -1);
        convolve(graph, "image", "one", 3, 128);
        convolve(graph, "one", "two", 128, 256);
        graph.node(
                "MaxPool", List.of("two"), "pooled", "kernel_shape", new long[] {2, 2}, "strides", new long[] {2, 2});
        convolve(graph, "pooled", "three", 256, 128);
        graph.output("two", TestGraph.FLOAT, -1, 256, -1, -1).output("three", TestGraph.FLOAT, -1, 128, -1, -1);
        Path file = graph.writeTo(folder.resolve("wide.onnx"));
        Files.writeString(folder.resolve("wide.onnx.json"), """
                {"percept_spec": 1, "name": "wide",
                 "input": {"name": "image", "layout": "NCHW", "dtype": "float32", "range": [-1, 1], "channel_order": "RGB",
                           "batch": "free"},
                 "layers": [{"name": "two", "output": "two", "layout": "NCHW", "channels": 256, "weight": 1},
                            {"name": "three", "output": "three", "layout": "NCHW", "channels": 128, "weight": 1}]}
                """);
        return Backbone.open(file);
    }

    private static void convolve(TestGraph graph, String from, String to, int in, int out) {
        Random random = new Random(in);
        float[] weights = new float[out * in * 9];
        for (int i = 0; i < weights.length; i++) {
            weights[i] = (float) (random.nextGaussian() * Math.sqrt(2.0 / 9 / in));
        }
        float[] bias = new float[out];
        for (int i = 0; i < out; i++) {
            bias[i] = (float) (random.nextGaussian() * 0.1);
        }
        graph.floats(to + ".weight", List.of(out, in, 3, 3), weights)
                .floats(to + ".bias", List.of(out), bias)
                .node("Conv", List.of(from, to + ".weight", to + ".bias"), to + "/c", "pads", new long[] {1, 1, 1, 1})
                .node("Relu", List.of(to + "/c"), to);
    }

    private static <T> T with(Backbone backbone, Kernels kernels, Function<PerceptualLoss, T> call) {
        LossOptions options = LossOptions.defaults().withDevice(Device.CPU).withKernels(kernels);
        try (PerceptualLoss loss = PerceptualLoss.load(backbone, options)) {
            return call.apply(loss);
        }
    }

    private static List<Score> scores(List<ScoreResult> results) {
        return results.stream().map(ScoreResult::orElseThrow).toList();
    }

    private static void assertClose(List<Score> found, List<Score> plain) {
        assertThat(found).hasSameSizeAs(plain);
        for (int i = 0; i < found.size(); i++) {
            double total = plain.get(i).total();
            assertThat(found.get(i).total()).isCloseTo(total, within(1e-5 * total));
            assertThat(plain.get(i).provenance().execution().kernels()).isEqualTo("plain");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "standard"})
    void oneReferenceIsComparedWithManyCandidates(String form) throws IOException {
        System.setProperty(FORM, form);
        Backbone backbone = backbone();
        BufferedImage picture = Pictures.landscape(37, 30);
        ImageSource reference = ImageSource.of(picture, "reference");
        List<ImageSource> candidates = new ArrayList<>();
        IntStream.range(0, 9)
                .forEach(i -> candidates.add(ImageSource.of(Distortions.noise(picture, 2 + i, i), "candidate " + i)));
        Function<PerceptualLoss, List<Score>> twice = loss -> {
            List<Score> scores = new ArrayList<>(scores(loss.score(reference, candidates)));
            scores.addAll(scores(loss.score(reference, candidates.subList(0, 3))));
            return scores;
        };
        List<Score> fast = with(backbone, Kernels.WINOGRAD, twice);
        assertClose(fast, with(backbone, Kernels.PLAIN, twice));
        assertThat(fast)
                .extracting(score -> score.provenance().execution().kernels())
                .allMatch(kernels -> kernels.startsWith("winograd"))
                .allMatch(kernels -> form.isEmpty() || kernels.equals("winograd"));
    }

    /** A reference that was filled up with itself must fit candidates in fewer rows, and pairs in more rows than there are. */
    @Test
    void batchesAreFilledUp() throws IOException {
        Backbone backbone = backbone();
        BufferedImage picture = Pictures.landscape(24, 24);
        Function<PerceptualLoss, List<Score>> calls = loss -> {
            List<Score> scores = new ArrayList<>();
            for (int count : new int[] {1, 12, 9, 2, 7, 1, 8, 5}) {
                List<ImageSource> candidates = new ArrayList<>();
                List<ImagePair> pairs = new ArrayList<>();
                for (int i = 0; i < count; i++) {
                    candidates.add(ImageSource.of(Distortions.noise(picture, 3, i), "c" + i));
                    pairs.add(new ImagePair(ImageSource.of(picture, "r"), candidates.get(i)));
                }
                scores.addAll(scores(loss.score(pairs)));
                scores.addAll(scores(loss.score(ImageSource.of(picture, "r"), candidates)));
            }
            return scores;
        };
        assertClose(with(backbone, Kernels.WINOGRAD, calls), with(backbone, Kernels.PLAIN, calls));
    }

    @Test
    void pairsOfSeveralSizesAreCompared() throws IOException {
        Backbone backbone = backbone();
        List<ImagePair> pairs = new ArrayList<>();
        for (int i = 0; i < 12; i++) {
            BufferedImage picture = Pictures.landscape(20 + i % 5 * 4, 24);
            pairs.add(new ImagePair(
                    ImageSource.of(picture, "r" + i), ImageSource.of(Distortions.noise(picture, 3, i), "c" + i)));
        }
        List<Score> fast = with(backbone, Kernels.WINOGRAD, loss -> scores(loss.score(pairs)));
        assertClose(fast, with(backbone, Kernels.PLAIN, loss -> scores(loss.score(pairs))));
    }

    @Test
    void aReferenceThatIsKeptGivesTheSameBits() throws IOException {
        Backbone backbone = backbone();
        BufferedImage picture = Pictures.landscape(37, 30);
        Function<PerceptualLoss, List<Score>> calls = loss -> {
            List<Score> scores = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                scores.add(loss.score(picture, Distortions.noise(picture, 20, i)));
            }
            return scores;
        };
        LossOptions options = LossOptions.defaults().withDevice(Device.CPU).withKernels(Kernels.WINOGRAD);
        try (PerceptualLoss keeping = PerceptualLoss.load(backbone, options);
                PerceptualLoss forgetting = PerceptualLoss.load(backbone, options.withReferenceCacheBytes(0))) {
            assertThat(calls.apply(keeping)).isEqualTo(calls.apply(forgetting));
            assertThat(keeping.referenceCache().hits()).isEqualTo(3);
        }
    }

    @Test
    void autoChangesOnceEnoughPicturesOfASizeHaveCome() throws IOException {
        Backbone backbone = backbone();
        BufferedImage reference = Pictures.landscape(64, 64);
        BufferedImage candidate = Distortions.noise(reference, 4, 1);
        Score plain = with(backbone, Kernels.PLAIN, loss -> loss.score(reference, candidate));
        List<Score> scores = with(backbone, Kernels.AUTO, loss -> {
            List<Score> found = new ArrayList<>();
            do {
                found.add(loss.score(reference, candidate));
            } while (found.get(found.size() - 1)
                            .provenance()
                            .execution()
                            .kernels()
                            .equals("plain")
                    && found.size() < 300);
            BufferedImage other = Pictures.landscape(20, 20);
            assertThat(loss.score(other, Distortions.noise(other, 4, 1))
                            .provenance()
                            .execution()
                            .kernels())
                    .isEqualTo("plain");
            return found;
        });
        assertThat(scores).hasSizeBetween(4, 299);
        Score last = scores.get(scores.size() - 1);
        assertThat(last.total()).isCloseTo(plain.total(), within(1e-5 * plain.total()));
        assertThat(scores.subList(0, scores.size() - 1)).allMatch(score -> score.total() == plain.total());
    }

    @Test
    void whereNothingIsGainedKernelsStayPlain() {
        Score score = with(
                Backbone.embedded(),
                Kernels.WINOGRAD,
                loss -> loss.score(Pictures.landscape(64, 64), Distortions.noise(Pictures.landscape(64, 64), 4, 1)));
        assertThat(score.provenance().execution().kernels()).isEqualTo("plain");
    }

    @Test
    void featuresAreComputedEitherWay() throws IOException {
        Backbone backbone = backbone();
        BufferedImage picture = Pictures.landscape(33, 21);
        List<Feature> fast = with(backbone, Kernels.WINOGRAD, loss -> loss.features(picture));
        List<Feature> plain = with(backbone, Kernels.PLAIN, loss -> loss.features(picture));
        for (int i = 0; i < plain.size(); i++) {
            assertThat(fast.get(i).shape()).isEqualTo(plain.get(i).shape());
            double largest = 0;
            double worst = 0;
            for (int at = 0; at < plain.get(i).values().limit(); at++) {
                double value = plain.get(i).values().get(at);
                largest = Math.max(largest, Math.abs(value));
                worst = Math.max(worst, Math.abs(value - fast.get(i).values().get(at)));
            }
            assertThat(worst).isBetween(Double.MIN_VALUE, 1e-5 * largest);
        }
    }
}
