package dev.percept.onnx;

import static org.assertj.core.api.Assertions.assertThat;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtSession;
import dev.percept.CudaOptions;
import dev.percept.Precision;
import dev.percept.kept.Digests;
import java.io.IOException;
import java.io.StringReader;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A kept graph computes what the model does, to the last bit; one that isn't whole is never used. */
class KeptGraphsTest {
    private static final SessionSettings SETTINGS = new SessionSettings(1, Precision.FP32, CudaOptions.defaults());
    private static final int SIDE = 40;

    @TempDir
    Path folder = Path.of("");

    private Path file = Path.of("");
    private BackboneModel model;

    KeptGraphsTest() throws MalformedModelException {
        model = RandomBackbone.model(1);
    }

    @BeforeEach
    void write() throws IOException {
        file = Files.write(folder.resolve("model.onnx"), Objects.requireNonNull(model.bytes()));
        model = inFile("ab".repeat(32));
    }

    @Test
    void computesTheSameToTheLastBit() throws Exception {
        for (long seed = 1; seed <= 10; seed++) {
            model = RandomBackbone.model(seed);
            Files.write(file, Objects.requireNonNull(model.bytes()));
            model = inFile(String.format("%064x", seed));
            know(model);
            List<float[]> plain = run();
            assertThat(graphs()).as("seed " + seed).hasSize((int) seed);
            assertThat(weights(graphs().get((int) seed - 1))).as("seed " + seed).isNotEmptyFile();
            List<float[]> kept = run();
            assertThat(kept).hasSameSizeAs(plain);
            for (int i = 0; i < plain.size(); i++) {
                assertThat(kept.get(i)).as("seed " + seed).isEqualTo(plain.get(i));
            }
        }
    }

    @Test
    void aKeptGraphIsUsedInsteadOfTheModel() throws Exception {
        know(model);
        List<float[]> first = run();
        Files.writeString(file, "this is no model");
        assertThat(run().get(0)).isEqualTo(first.get(0));
    }

    @Test
    void aDamagedOneIsMadeAgain() throws Exception {
        know(model);
        List<float[]> first = run();
        Path graph = graphs().get(0);
        for (Path kept : List.of(graph, weights(graph))) {
            byte[] whole = Files.readAllBytes(kept);
            byte[] flipped = whole.clone();
            flipped[whole.length / 2] ^= 1;
            for (byte[] damaged :
                    List.of(flipped, Arrays.copyOf(whole, whole.length - 1), new byte[0], new byte[5000])) {
                Files.write(kept, damaged);
                assertThat(run().get(0)).isEqualTo(first.get(0));
                assertThat(Files.readAllBytes(kept)).hasSameSizeAs(whole);
            }
        }
    }

    @Test
    void theSumOfItsWeightsIsRemembered() throws Exception {
        know(model);
        List<float[]> first = run();
        Path weights = weights(graphs().get(0));
        Digests.State state = Digests.State.of(weights);
        // Another sum than it has: if this one is believed, the weights are not.
        new Digests(folder.resolve("cache")).keep(state, "0", Instant.now().plusSeconds(60));
        assertThat(run().get(0)).isEqualTo(first.get(0));
        assertThat(Digests.State.of(weights)).isNotEqualTo(state);
    }

    @Test
    void oneWithoutItsWeightsIsMadeAgain() throws Exception {
        know(model);
        List<float[]> first = run();
        Path weights = weights(graphs().get(0));
        Files.delete(weights);
        assertThat(run().get(0)).isEqualTo(first.get(0));
        assertThat(weights).isNotEmptyFile();
    }

    @Test
    void smallWeightsAreInTheGraph() throws Exception {
        know(model);
        try (OrtSession session = new KeptGraphs(OnnxRuntime.get(), folder.resolve("cache"), 1 << 20)
                .session(model, SETTINGS, Execution.CPU)) {
            assertThat(session.getNumOutputs()).isPositive();
        }
        assertThat(weights(graphs().get(0))).isEmptyFile();
        Files.writeString(file, "this is no model");
        assertThat(run()).isNotEmpty();
    }

    @Test
    void othersSettingsOrModelsHaveTheirOwn() throws Exception {
        know(model);
        run();
        try (OrtSession half = keeper().session(
                        model, new SessionSettings(1, Precision.FP16, CudaOptions.defaults()), Execution.CPU)) {
            assertThat(half.getNumOutputs()).isPositive();
        }
        assertThat(graphs()).hasSize(2);
        model = inFile("cd".repeat(32));
        know(model);
        run();
        assertThat(graphs()).hasSize(3);
    }

    @Test
    void nothingIsKeptOfAFileWhoseStateIsNotKnown() throws Exception {
        run();
        assertThat(folder.resolve("cache/graphs")).doesNotExist();
        know(model);
        Files.setLastModifiedTime(file, FileTime.from(Instant.now().minusSeconds(100)));
        run();
        assertThat(folder.resolve("cache/graphs")).doesNotExist();
    }

    @Test
    void manyAtOnceAreFine() throws Exception {
        know(model);
        List<CompletableFuture<List<float[]>>> runs = IntStream.range(0, 8)
                .mapToObj(i -> CompletableFuture.supplyAsync(() -> {
                    try {
                        return run();
                    } catch (Exception e) {
                        throw new IllegalStateException(e);
                    }
                }))
                .toList();
        float[] expected = run().get(0);
        for (CompletableFuture<List<float[]>> each : runs) {
            assertThat(each.join().get(0)).isEqualTo(expected);
        }
        assertThat(graphs()).hasSize(1);
    }

    @Test
    void whatDiffersFromCoreToCoreSaysNothingOfTheProcessor() throws IOException {
        String first =
                "processor : 0\nvendor_id : A\ncpu MHz : 2400\nflags : fpu avx2\n\nprocessor : 1\nflags: other\n";
        assertThat(Processor.ofCpuinfo(new StringReader(first))).isEqualTo("; A; fpu avx2");
        assertThat(Processor.ofCpuinfo(
                        new StringReader(first.replace("2400", "1800").replace(": 0", ": 7"))))
                .isEqualTo("; A; fpu avx2");
    }

    private BackboneModel inFile(String sha256) {
        return new BackboneModel(
                "model", file, null, sha256, model.identity(), model.graph(), model.input(), model.layers());
    }

    /** As if the file had been hashed some time after it was written. */
    private void know(BackboneModel hashed) throws IOException {
        new Digests(folder.resolve("cache"))
                .keep(
                        Digests.State.of(file),
                        Objects.requireNonNull(hashed.sha256()),
                        Instant.now().plusSeconds(60));
    }

    private KeptGraphs keeper() {
        // What is called large makes no difference to the sums: here every filter is.
        return new KeptGraphs(OnnxRuntime.get(), folder.resolve("cache"), 64);
    }

    private List<float[]> run() throws Exception {
        float[] values = new float[3 * SIDE * SIDE];
        Random random = new Random(7);
        for (int i = 0; i < values.length; i++) {
            values[i] = random.nextFloat();
        }
        var environment = OnnxRuntime.get().environment();
        List<float[]> outputs = new ArrayList<>();
        try (OrtSession session = keeper().session(model, SETTINGS, Execution.CPU);
                OnnxTensor picture =
                        OnnxTensor.createTensor(environment, FloatBuffer.wrap(values), new long[] {1, 3, SIDE, SIDE});
                OrtSession.Result result = session.run(Map.of(model.input().name(), picture))) {
            for (var each : result) {
                FloatBuffer buffer = ((OnnxTensor) each.getValue()).getFloatBuffer();
                float[] output = new float[buffer.remaining()];
                buffer.get(output);
                outputs.add(output);
            }
        }
        return outputs;
    }

    private List<Path> graphs() throws IOException {
        try (Stream<Path> files = Files.list(folder.resolve("cache/graphs"))) {
            return files.filter(file -> file.toString().endsWith(".onnx"))
                    .sorted()
                    .toList();
        }
    }

    private static Path weights(Path graph) {
        return graph.resolveSibling(graph.getFileName() + ".weights");
    }
}
