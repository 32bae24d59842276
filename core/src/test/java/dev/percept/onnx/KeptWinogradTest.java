package dev.percept.onnx;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.percept.CudaOptions;
import dev.percept.Distance;
import dev.percept.FeatureLayout;
import dev.percept.InputSpec;
import dev.percept.Kernels;
import dev.percept.LayerSpec;
import dev.percept.ModelException;
import dev.percept.Precision;
import dev.percept.TestGraph;
import dev.percept.image.Pixels;
import dev.percept.kept.Digests;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What earlier processes did decides when Winograd's kernels are used, and never what they compute. Each engine here is a process. */
class KeptWinogradTest {
    private static final String SHA256 = "ab".repeat(32);
    private static final int LARGE = 192;

    @TempDir
    Path folder = Path.of("");

    private Path file = Path.of("");
    private Path cache = Path.of("");
    private byte[] graph = {};

    @BeforeEach
    void write() throws IOException {
        TestGraph backbone = new TestGraph(17).input("image", TestGraph.FLOAT, -1, 3, -1, -1);
        convolve(backbone, "image", "one", 3, 128);
        convolve(backbone, "one", "two", 128, 256);
        backbone.node(
                "MaxPool", List.of("two"), "pooled", "kernel_shape", new long[] {2, 2}, "strides", new long[] {2, 2});
        convolve(backbone, "pooled", "three", 256, 128);
        backbone.output("two", TestGraph.FLOAT, -1, 256, -1, -1).output("three", TestGraph.FLOAT, -1, 128, -1, -1);
        graph = backbone.bytes();
        file = Files.write(folder.resolve("model.onnx"), graph);
        cache = folder.resolve("cache");
        know();
    }

    private static void convolve(TestGraph graph, String from, String to, int in, int out) {
        Random random = new Random(in);
        float[] weights = new float[out * in * 9];
        for (int i = 0; i < weights.length; i++) {
            weights[i] = (float) (random.nextGaussian() * Math.sqrt(2.0 / 9 / in));
        }
        graph.floats(to + ".weight", List.of(out, in, 3, 3), weights)
                .node("Conv", List.of(from, to + ".weight"), to + "/c", "pads", new long[] {1, 1, 1, 1})
                .node("Relu", List.of(to + "/c"), to);
    }

    /** As if the file had been hashed some time after it was written. */
    private void know() throws IOException {
        new Digests(cache).keep(Digests.State.of(file), SHA256, Instant.now().plusSeconds(60));
    }

    @Test
    void theCountOfPicturesGoesOnOverProcesses() throws Exception {
        Pixels reference = picture(LARGE, 0);
        Pixels candidate = picture(LARGE, 1);
        Engine.Sums plain = score(Kernels.PLAIN, reference, candidate);
        assertThat(cache.resolve("sizes")).doesNotExist();
        List<Engine.Sums> all = new ArrayList<>();
        do {
            all.add(score(Kernels.AUTO, reference, candidate));
        } while (all.get(all.size() - 1).kernels().equals("plain") && all.size() < 20);
        assertThat(all).hasSizeBetween(5, 16);
        assertThat(all.subList(0, all.size() - 1)).allSatisfy(each -> assertSame(each, plain));
        Engine.Sums made = all.get(all.size() - 1);
        // From here on the model's file isn't needed, nor are plain kernels.
        Files.delete(weights(plainGraph()));
        Files.writeString(file, "this is no model");
        assertSame(score(Kernels.AUTO, reference, candidate), made);
    }

    @Test
    void whatIsKeptComputesTheSameToTheLastBit() throws Exception {
        for (int side : new int[] {20, 33, 64}) {
            Engine.Sums made = score(Kernels.WINOGRAD, picture(side, 0), picture(side, 1));
            assertThat(made.kernels()).startsWith("winograd");
            assertSame(score(Kernels.WINOGRAD, picture(side, 0), picture(side, 1)), made);
            assertSame(score(Kernels.AUTO, picture(side, 0), picture(side, 1)), made);
        }
        assertThat(graphs()).hasSize(4);
        assertThat(score(Kernels.PLAIN, picture(20, 0), picture(20, 1)).kernels())
                .isEqualTo("plain");
    }

    @Test
    void aDamagedOneIsMadeAgain() throws Exception {
        Engine.Sums made = score(Kernels.WINOGRAD, picture(20, 0), picture(20, 1));
        Path kept = winogradGraph();
        for (Path damaged : List.of(kept, weights(kept))) {
            byte[] whole = Files.readAllBytes(damaged);
            byte[] flipped = whole.clone();
            flipped[whole.length / 2] ^= 1;
            for (byte[] bytes : List.of(flipped, Arrays.copyOf(whole, whole.length - 1), new byte[0])) {
                Files.write(damaged, bytes);
                assertSame(score(Kernels.AUTO, picture(20, 0), picture(20, 1)), made);
                assertThat(Files.readAllBytes(damaged)).hasSameSizeAs(whole);
            }
        }
    }

    @Test
    void oneThatMadeRoomForOthersHasToBeWorthItAnew() throws Exception {
        score(Kernels.WINOGRAD, picture(20, 0), picture(20, 1));
        Files.delete(winogradGraph());
        for (int i = 0; i < 2; i++) {
            assertThat(score(Kernels.AUTO, picture(20, 0), picture(20, 1)).kernels())
                    .isEqualTo("plain");
        }
        assertThat(graphs()).hasSize(1);
    }

    @Test
    void oneThatWasNotComparedWithPlainKernelsIsNotUsed() throws Exception {
        score(Kernels.WINOGRAD, picture(20, 0), picture(20, 1));
        Files.delete(sizes());
        assertThat(score(Kernels.AUTO, picture(20, 0), picture(20, 1)).kernels())
                .isEqualTo("plain");
    }

    /** Else each of them would read the model once more to find it out. */
    @Test
    void laterProcessesKnowThatNothingIsGained() throws Exception {
        TestGraph thin = new TestGraph(17).input("image", TestGraph.FLOAT, -1, 3, -1, -1);
        convolve(thin, "image", "two", 3, 256);
        convolve(thin, "image", "three", 3, 128);
        thin.output("two", TestGraph.FLOAT, -1, 256, -1, -1).output("three", TestGraph.FLOAT, -1, 128, -1, -1);
        graph = thin.bytes();
        Files.write(file, graph);
        know();
        for (int i = 0; i < 4; i++) {
            assertThat(score(Kernels.AUTO, picture(20, 0), picture(20, 1)).kernels())
                    .isEqualTo("plain");
        }
        assertThat(sizes()).content().contains("20 20 " + KeptSizes.NOTHING_GAINED + "\n");
    }

    @Test
    void damagedCountsAreNone() throws Exception {
        score(Kernels.WINOGRAD, picture(20, 0), picture(20, 1));
        for (String text : List.of("", "winograd\n20 20\n", "another\n20 20 -1\n", "winograd\n20 20 -1x\n", "\0")) {
            Files.writeString(sizes(), text);
            assertThat(score(Kernels.AUTO, picture(20, 0), picture(20, 1)).kernels())
                    .as(text)
                    .isEqualTo("plain");
        }
    }

    @Test
    void othersLayersHaveTheirOwn() throws Exception {
        score(Kernels.WINOGRAD, picture(20, 0), picture(20, 1));
        assertThat(graphs()).hasSize(2);
        try (FeatureEngine engine = engine(Kernels.WINOGRAD, model().layers().subList(1, 2))) {
            assertThat(compare(engine, picture(20, 0), picture(20, 1)).kernels())
                    .startsWith("winograd");
        }
        assertThat(graphs()).hasSize(3);
    }

    @Test
    void aFileThatChangedMeanwhileIsNotRunInsteadOfWhatIsKept() throws Exception {
        Engine.Sums plain = score(Kernels.PLAIN, picture(33, 0), picture(33, 1));
        score(Kernels.WINOGRAD, picture(20, 0), picture(20, 1));
        byte[] other = graph.clone();
        other[graph.length / 2] ^= 1;
        // Nothing has run plainly yet in either of them.
        try (FeatureEngine first = engine(Kernels.AUTO, model().layers());
                FeatureEngine second = engine(Kernels.AUTO, model().layers())) {
            Files.write(file, other);
            assertSame(compare(first, picture(33, 0), picture(33, 1)), plain);
            Files.delete(plainGraph());
            assertSame(compare(first, picture(33, 0), picture(33, 1)), plain);
            for (int i = 0; i < 2; i++) {
                assertThatThrownBy(() -> compare(second, picture(33, 0), picture(33, 1)))
                        .isInstanceOf(ModelException.class)
                        .hasMessageContaining("has changed");
            }
        }
    }

    @Test
    void candidatesRunOneByOneOnWhatIsKept() throws Exception {
        Engine.Sums made = score(Kernels.WINOGRAD, picture(20, 0), picture(20, 1));
        try (FeatureEngine engine = engine(Kernels.AUTO, model().layers())) {
            Engine.Sums sums = compare(engine, picture(20, 0), picture(20, 1), picture(20, 0), picture(20, 1));
            assertThat(sums.kernels()).isEqualTo(made.kernels());
            assertThat(sums.values()).isEqualTo(made.values());
            for (int layer = 0; layer < 2; layer++) {
                double sum = made.sums()[layer][0];
                assertThat(sums.sums()[layer]).containsExactly(sum, 0, sum);
            }
        }
        assertThat(graphs()).hasSize(2);
    }

    /** A batch is worth a session, if not one that is kept: that is for one picture, and so later ones come one by one. */
    @Test
    void largePicturesOfABatchRunOneByOne() throws Exception {
        List<Pixels> pictures =
                IntStream.range(0, 8).mapToObj(seed -> picture(LARGE, seed)).toList();
        List<Pixels> references = pictures.subList(0, 4);
        List<Pixels> candidates = pictures.subList(4, 8);
        try (FeatureEngine engine = engine(Kernels.AUTO, model().layers())) {
            assertThat(engine.rows(pictures.get(0), 1)).isEqualTo(1);
            compare(engine, references.get(0), candidates.get(0));
            assertThat(engine.rows(pictures.get(0), 1)).isGreaterThan(1);
            Engine.Sums batch;
            try (Engine.References several = engine.references(references)) {
                batch = engine.compare(several, candidates).join();
            }
            assertThat(batch.kernels()).startsWith("winograd");
            assertThat(engine.rows(pictures.get(0), 1)).isEqualTo(1);
            for (int i = 0; i < references.size(); i++) {
                Engine.Sums alone = compare(engine, references.get(i), candidates.get(i));
                assertThat(alone.kernels()).isEqualTo(batch.kernels());
                for (int layer = 0; layer < 2; layer++) {
                    assertThat(batch.sums()[layer][i]).isEqualTo(alone.sums()[layer][0]);
                }
            }
        }
        assertThat(graphs()).containsExactly(plainGraph());
        // The count goes on all the same.
        assertThat(score(Kernels.AUTO, references.get(0), candidates.get(0)).kernels())
                .isEqualTo("plain");
    }

    @Test
    void nothingIsKeptOfAFileWhoseDigestIsNotKnown() throws Exception {
        Files.write(file, graph);
        assertThat(score(Kernels.WINOGRAD, picture(20, 0), picture(20, 1)).kernels())
                .startsWith("winograd");
        assertThat(score(Kernels.AUTO, picture(20, 0), picture(20, 1)).kernels())
                .isEqualTo("plain");
        assertThat(cache.resolve("graphs")).doesNotExist();
        assertThat(cache.resolve("sizes")).doesNotExist();
    }

    @Test
    void aFolderThatCannotBeUsedChangesNothing() throws Exception {
        Engine.Sums made = score(Kernels.WINOGRAD, picture(20, 0), picture(20, 1));
        cache = Files.writeString(folder.resolve("no folder"), "");
        assertSame(score(Kernels.WINOGRAD, picture(20, 0), picture(20, 1)), made);
        assertThat(score(Kernels.AUTO, picture(20, 0), picture(20, 1)).kernels())
                .isEqualTo("plain");
    }

    @Test
    void manyAtOnceAreFine() throws Exception {
        List<CompletableFuture<Engine.Sums>> runs = IntStream.range(0, 6)
                .mapToObj(i -> CompletableFuture.supplyAsync(() -> {
                    try {
                        return score(Kernels.WINOGRAD, picture(20, 0), picture(20, 1));
                    } catch (Exception e) {
                        throw new IllegalStateException(e);
                    }
                }))
                .toList();
        Engine.Sums made = score(Kernels.AUTO, picture(20, 0), picture(20, 1));
        for (CompletableFuture<Engine.Sums> run : runs) {
            made = run.join();
            assertThat(made.kernels()).startsWith("winograd");
        }
        assertSame(score(Kernels.AUTO, picture(20, 0), picture(20, 1)), made);
        assertThat(graphs()).hasSize(2);
    }

    @Test
    void sizesThatWereNotSeenForLongAreForgottenButThoseOfKeptGraphs() {
        String name = "some.sizes";
        new KeptSizes(cache, name).note(picture(1, 0), KeptSizes.KEPT, WinogradGraphs.BLOCKED);
        for (int side = 2; side < 80; side++) {
            new KeptSizes(cache, name).note(picture(side, 0), side, null);
        }
        KeptSizes sizes = new KeptSizes(cache, name);
        assertThat(sizes.kernels()).isEqualTo(WinogradGraphs.BLOCKED);
        assertThat(sizes.of(picture(1, 0))).isEqualTo(KeptSizes.KEPT);
        assertThat(sizes.of(picture(16, 0))).isZero();
        assertThat(IntStream.range(17, 80)).allMatch(side -> sizes.of(picture(side, 0)) == side);
    }

    private BackboneModel model() throws MalformedModelException {
        InputSpec input = new InputSpec(
                "image",
                FeatureLayout.NCHW,
                InputSpec.Type.FLOAT32,
                -1,
                1,
                false,
                List.of(0.0, 0.0, 0.0),
                List.of(1.0, 1.0, 1.0),
                null,
                InputSpec.Size.FREE);
        List<LayerSpec> layers = List.of(
                new LayerSpec("two", "two", 1, Distance.MSE, FeatureLayout.NCHW, 256),
                new LayerSpec("three", "three", 1, Distance.MSE, FeatureLayout.NCHW, 128));
        return new BackboneModel(
                "model", file, null, SHA256, file, ModelGraph.read(ByteBuffer.wrap(graph), null), input, layers);
    }

    private FeatureEngine engine(Kernels kernels, List<LayerSpec> layers) throws Exception {
        BackboneModel whole = model();
        BackboneModel model = new BackboneModel(
                whole.name(), whole.file(), null, SHA256, whole.identity(), whole.graph(), whole.input(), layers);
        SessionSettings settings = new SessionSettings(1, Precision.FP32, CudaOptions.defaults(), kernels, 0);
        return new FeatureEngine(
                model, settings, Execution.CPU, 1 << 30, new KeptGraphs(OnnxRuntime.get(), cache, 1000));
    }

    private Engine.Sums score(Kernels kernels, Pixels reference, Pixels candidate) throws Exception {
        try (FeatureEngine engine = engine(kernels, model().layers())) {
            return compare(engine, reference, candidate);
        }
    }

    private static Engine.Sums compare(FeatureEngine engine, Pixels reference, Pixels... candidates) {
        try (Engine.References references = engine.references(List.of(reference))) {
            return engine.compare(references, List.of(candidates)).join();
        }
    }

    private static void assertSame(Engine.Sums sums, Engine.Sums expected) {
        assertThat(sums.kernels()).isEqualTo(expected.kernels());
        assertThat(sums.sums()).isDeepEqualTo(expected.sums());
    }

    private static Pixels picture(int side, int seed) {
        byte[] rgb = new byte[3 * side * side];
        new Random(seed).nextBytes(rgb);
        return new Pixels(side, side, rgb);
    }

    /** By name: those of rewritten graphs and of the model itself. */
    private List<Path> graphs() throws IOException {
        return files("graphs", ".onnx");
    }

    private Path winogradGraph() throws IOException {
        Path plain = plainGraph();
        return graphs().stream().filter(each -> !each.equals(plain)).findFirst().orElseThrow();
    }

    private Path plainGraph() throws IOException {
        KeptGraphs kept = new KeptGraphs(OnnxRuntime.get(), cache, 1000);
        SessionSettings settings = new SessionSettings(1, Precision.FP32, CudaOptions.defaults());
        KeptGraphs.Entry entry;
        try {
            entry = kept.entry(model(), settings, Execution.CPU, "");
        } catch (MalformedModelException e) {
            throw new IllegalStateException(e);
        }
        assertThat(entry).isNotNull();
        return cache.resolve("graphs").resolve(entry == null ? "" : entry.name());
    }

    private Path sizes() throws IOException {
        return files("sizes", ".sizes").get(0);
    }

    private List<Path> files(String kind, String ending) throws IOException {
        try (Stream<Path> files = Files.list(cache.resolve(kind))) {
            return files.filter(each -> each.toString().endsWith(ending))
                    .sorted()
                    .toList();
        }
    }

    private static Path weights(Path graph) {
        return graph.resolveSibling(graph.getFileName() + ".weights");
    }
}
