package dev.percept;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.percept.kept.Digests;
import dev.percept.kept.Sha256;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A file that isn't fit to be run is refused in one line, before native code sees it. */
class BackboneTest {
    private static final String SPEC = """
            {"percept_spec": 1, "name": "test",
             "input": {"name": "pixels", "layout": "NCHW", "dtype": "float32", "range": [0, 1], "channel_order": "RGB"},
             "layers": [{"name": "same", "output": "features", "layout": "NCHW", "channels": 3}]}
            """;

    @TempDir
    Path folder = Path.of("");

    @Test
    void opensAModelThatDescribesItself() throws IOException {
        Backbone backbone = Backbone.open(good().writeTo(file()));
        assertThat(backbone.name()).isEqualTo("test");
        assertThat(backbone.opset()).isEqualTo(17);
        assertThat(backbone.sha256()).matches("[0-9a-f]{64}");
        assertThat(backbone.spec().weights()).isEqualTo(WeightsSpec.UNKNOWN);
    }

    @Test
    void theEmbeddedModelsDigestIsThatOfItsFile() {
        Backbone nlpd = Backbone.embedded();
        assertThat(Backbone.EMBEDDED_SHA256)
                .isEqualTo(Sha256.of(ByteBuffer.wrap(Objects.requireNonNull(nlpd.bytes()))));
        assertThat(nlpd.sha256()).isEqualTo(Backbone.EMBEDDED_SHA256);
    }

    @Test
    void anUnchangedFileIsHashedOnceOnly() throws IOException {
        Path file = good().writeTo(file());
        PerceptHome home = new PerceptHome(folder, folder.resolve("cache"));
        String own = Backbone.open(file.toString(), home).sha256();
        // One that it hasn't shows which is taken.
        new Digests(home.cache())
                .keep(Digests.State.of(file), "0".repeat(64), Instant.now().plusSeconds(60));
        assertThat(Backbone.open(file.toString(), home).sha256()).isEqualTo("0".repeat(64));
        good().writeTo(file);
        assertThat(Backbone.open(file.toString(), home).sha256()).isEqualTo(own);
    }

    @Test
    void aMissingFileIsNamed() {
        refused(() -> Backbone.open(folder.resolve("absent.onnx")), "absent.onnx", "no such file");
    }

    @Test
    void aFolderIsNoModel() {
        refused(() -> Backbone.open(folder), folder.toString(), "folder");
    }

    @Test
    void aNameThatNoModelHasListsThoseThatAre() {
        refused(() -> Backbone.open("vgg99", new PerceptHome(folder, folder)), "vgg99", "nlpd");
    }

    @Test
    void anInstalledModelIsFoundByName() throws IOException {
        PerceptHome home = new PerceptHome(folder, folder);
        Files.createDirectories(home.models());
        good().writeTo(home.models().resolve("mine.onnx"));
        assertThat(Backbone.open("mine", home).location()).endsWith("mine.onnx");
        assertThat(home.installedModels()).containsExactly("mine");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "I am not a model.\n", "{\"percept_spec\": 1}", "\n\n\n\n", "PK\003\004"})
    void aTextFileNamedOnnxIsRefused(String text) throws IOException {
        Files.writeString(file(), text);
        refused(() -> Backbone.open(file()), "model.onnx", "not an ONNX model");
    }

    @Test
    void aModelCutOffAnywhereIsRefused() throws IOException {
        byte[] whole = good().bytes();
        for (int length = 0; length < whole.length; length++) {
            Files.write(file(), Arrays.copyOf(whole, length));
            assertThatThrownBy(() -> Backbone.open(file()))
                    .as("cut at %d of %d", length, whole.length)
                    .isInstanceOf(ModelException.class);
        }
    }

    @Test
    void flippedBytesNeverCrashTheJvm() throws IOException {
        byte[] whole = good().bytes();
        for (int at = 0; at < whole.length; at++) {
            byte[] damaged = whole.clone();
            damaged[at] ^= (byte) 0xff;
            Files.write(file(), damaged);
            try (PerceptualLoss loss = PerceptualLoss.load(file())) {
                assertThat(loss.layers()).isNotEmpty();
            } catch (PerceptException e) {
                assertThat(e.getMessage()).doesNotContain("\n");
            }
        }
    }

    @Test
    void aModelWithoutASpecSaysHowToGiveItOne() throws IOException {
        graph().writeTo(file());
        refused(() -> Backbone.open(file()), "percept.spec", "sidecar");
    }

    @Test
    void aSidecarTakesTheSpecsPlace() throws IOException {
        graph().writeTo(file());
        sidecar(SPEC.replace("\"test\"", "\"beside\""));
        assertThat(Backbone.open(file()).name()).isEqualTo("beside");
    }

    @Test
    void aFileThatIsNotTheOneItsSidecarNamesIsRefused() throws IOException {
        graph().writeTo(file());
        sidecar(SPEC.replace("\"name\": \"test\"", "\"name\": \"test\", \"sha256\": \"" + "0".repeat(64) + "\""));
        refused(() -> Backbone.open(file()), "SHA-256", "0".repeat(64));
    }

    @Test
    void aSpecThatContradictsTheGraphIsRefused() throws IOException {
        refusedSpec(SPEC.replace("features", "absent"), "absent");
        refusedSpec(SPEC.replace("pixels", "absent"), "absent");
        refusedSpec(SPEC.replace("float32", "uint8").replace("[0, 1]", "[0, 255]"), "uint8");
        refusedSpec(SPEC.replace("\"channels\": 3", "\"channels\": 4"), "4 channels");
        refusedSpec(SPEC.replace("\"layout\": \"NCHW\", \"channels\"", "\"layout\": \"NLC\", \"channels\""), "NLC");
        refusedSpec(SPEC.replace("\"layout\": \"NCHW\", \"dtype\"", "\"layout\": \"NHWC\", \"dtype\""), "height of 3");
    }

    @Test
    void aSpecThatSaysHalfPrecisionNeedsAGraphThatHasSome() throws IOException {
        String fp16 = SPEC.replace(
                "\"input\"",
                "\"precision\": {\"type\": \"fp16\", \"loss_error\": 0.01, \"measured_on\": \"a picture\"}, \"input\"");
        refusedSpec(fp16, "precision fp16");
        new TestGraph(17)
                .input("pixels", TestGraph.FLOAT, -1, 3, -1, -1)
                .node("Cast", List.of("pixels"), "features", "to", (long) TestGraph.FLOAT16)
                .output("features", TestGraph.FLOAT16, -1, 3, -1, -1)
                .spec(fp16)
                .writeTo(file());
        assertThat(Backbone.open(file()).spec().precision())
                .isEqualTo(new PrecisionSpec(Precision.FP16, 0.01, Map.of(), List.of(), "a picture"));
        graph(g -> g.node("Cast", List.of("pixels"), "half", "to", (long) TestGraph.FLOAT16)
                        .node("Cast", List.of("half"), "features", "to", (long) TestGraph.FLOAT))
                .spec(fp16)
                .writeTo(file());
        assertThat(Backbone.open(file()).spec().precision()).isNotNull();
    }

    @Test
    void aGraphThatFixesWhatTheSpecLeavesFreeIsRefused() throws IOException {
        new TestGraph(17)
                .input("pixels", TestGraph.FLOAT, 1, 3, -1, -1)
                .node("Relu", List.of("pixels"), "features")
                .output("features", TestGraph.FLOAT, 1, 3, -1, -1)
                .spec(SPEC)
                .writeTo(file());
        refused(() -> Backbone.open(file()), "batch", "free");
    }

    @Test
    void anOldOpsetIsRefused() throws IOException {
        new TestGraph(12)
                .input("pixels", TestGraph.FLOAT, -1, 3, -1, -1)
                .node("Relu", List.of("pixels"), "features")
                .output("features", TestGraph.FLOAT, -1, 3, -1, -1)
                .spec(SPEC)
                .writeTo(file());
        refused(() -> Backbone.open(file()), "opset 12", "13");
    }

    @ParameterizedTest
    @ValueSource(strings = {"../secret", "/etc/hostname", "sub/../../secret", "", "absent.bin", "link"})
    void externalDataThatLeavesTheFolderIsRefused(String location) throws IOException {
        Path inner = Files.createDirectory(folder.resolve("inner"));
        Files.write(folder.resolve("secret"), new byte[12]);
        Files.createSymbolicLink(inner.resolve("link"), folder.resolve("secret"));
        Path model = withExternalData(location).writeTo(inner.resolve("model.onnx"));
        refused(() -> Backbone.open(model), "external data", location);
    }

    @Test
    void externalDataBesideTheModelIsRead() throws IOException {
        Files.write(folder.resolve("weights.bin"), new byte[12]);
        Path model = withExternalData("weights.bin").writeTo(file());
        try (PerceptualLoss loss = PerceptualLoss.load(model)) {
            assertThat(loss.layers()).hasSize(1);
        }
        Files.write(folder.resolve("weights.bin"), new byte[11]);
        refused(() -> Backbone.open(model), "weights.bin", "does not hold");
    }

    @Test
    void aTensorThatHoldsLessThanItsShapeSaysIsRefused() throws IOException {
        good().floats("short", List.of(100, 100), 1, 2, 3).writeTo(file());
        refused(() -> Backbone.open(file()), "'short'", "shape");
        good().floats("huge", List.of(Integer.MAX_VALUE, Integer.MAX_VALUE, Integer.MAX_VALUE), 1)
                .writeTo(file());
        refused(() -> Backbone.open(file()), "'huge'", "memory");
    }

    @Test
    void aNodeThatReadsNothingIsRefused() throws IOException {
        good().node("Add", List.of("pixels", "nowhere"), "sum").writeTo(file());
        refused(() -> Backbone.open(file()), "Add", "'nowhere'");
    }

    @Test
    void aModelThatComputesNonsenseIsAnErrorAndNotAScore() throws IOException {
        graph(g -> g.floats("zero", List.of(1), 0).node("Div", List.of("pixels", "zero"), "features"))
                .spec(SPEC)
                .writeTo(file());
        var picture = dev.percept.samples.Pictures.gradient(8, 8);
        var other = dev.percept.samples.Distortions.noise(picture, 9, 1);
        try (PerceptualLoss loss = PerceptualLoss.load(file())) {
            refused(() -> loss.score(picture, other), "'same'", "not finite");
            // Equal pictures are equal whatever a model makes of them: it isn't asked.
            assertThat(loss.score(picture, picture).total()).isZero();
        }
    }

    private interface Nodes {
        void addTo(TestGraph graph);
    }

    private static TestGraph graph(Nodes nodes) {
        TestGraph graph = new TestGraph(17).input("pixels", TestGraph.FLOAT, -1, 3, -1, -1);
        nodes.addTo(graph);
        return graph.output("features", TestGraph.FLOAT, -1, 3, -1, -1);
    }

    private static TestGraph graph() {
        return graph(g -> g.node("Relu", List.of("pixels"), "features"));
    }

    private static TestGraph good() {
        return graph().spec(SPEC);
    }

    private static TestGraph withExternalData(String location) {
        return graph(g -> g.external("bias", List.of(1, 3, 1, 1), location)
                        .node("Add", List.of("pixels", "bias"), "features"))
                .spec(SPEC);
    }

    private Path file() {
        return folder.resolve("model.onnx");
    }

    private void sidecar(String json) throws IOException {
        Files.writeString(folder.resolve("model.onnx.json"), json, StandardCharsets.UTF_8);
    }

    private void refusedSpec(String spec, String word) throws IOException {
        assertThat(spec).isNotEqualTo(SPEC);
        graph().spec(spec).writeTo(file());
        refused(() -> Backbone.open(file()), "model.onnx", word);
    }

    private static void refused(ThrowingCallable call, String... words) {
        assertThatThrownBy(call)
                .isInstanceOf(ModelException.class)
                .hasMessageContainingAll(words)
                .message()
                .doesNotContain("\n");
    }
}
