package dev.percept;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.FunctionProto;
import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.OperatorSetIdProto;
import ai.onnx.proto.OnnxMl.SparseTensorProto;
import ai.onnx.proto.OnnxMl.StringStringEntryProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import dev.percept.samples.Distortions;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Models that are valid on their face and would crash the process, or score wrong. */
class HostileModelTest {
    private static final String SPEC = """
            {"percept_spec": 1, "name": "test",
             "input": {"name": "pixels", "layout": "NCHW", "dtype": "float32", "range": [0, 255], "channel_order": "RGB"},
             "layers": [{"name": "layer", "output": "%s", "layout": "%s", "channels": %d}]}
            """;

    @TempDir
    Path folder = Path.of("");

    /** ONNX Runtime inlines functions recursively: 500 deep is a SIGSEGV. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void functionsThatNestDeeplyAreRefusedInAnyOrder(boolean callersFirst) throws IOException {
        int depth = 5_000;
        ModelProto.Builder model = modelCalling("f0");
        for (int i = 0; i < depth; i++) {
            int at = callersFirst ? i : depth - 1 - i;
            model.addFunctions(function("f" + at, 1, at + 1 < depth ? "f" + (at + 1) : "Relu"));
        }
        refused(model, "nested", "64");
    }

    /** The runtime's work doubles with each level. */
    @Test
    void innerGraphsThatNestDeeplyAreRefused() throws IOException {
        ModelProto.Builder model = good();
        GraphProto inner = model.getGraph();
        for (int depth = 0; depth < 20; depth++) {
            inner = GraphProto.newBuilder()
                    .addNode(NodeProto.newBuilder()
                            .setOpType("If")
                            .addOutput("features")
                            .addAttribute(AttributeProto.newBuilder()
                                    .setName("then_branch")
                                    .setG(inner)))
                    .build();
        }
        model.getGraphBuilder()
                .getNodeBuilder(0)
                .addAttribute(AttributeProto.newBuilder().setG(inner));
        refused(model, "inner graphs", "nested");
    }

    @Test
    void aNameThatIsWrittenTwiceIsRefused() throws IOException {
        ModelProto.Builder model = good();
        model.getGraphBuilder().addNode(model.getGraph().getNode(0));
        refused(model, "'features'", "twice");
    }

    @Test
    void aFunctionThatCallsItselfIsRefused() throws IOException {
        refused(modelCalling("f").addFunctions(function("f", 1, "f")), "nested");
    }

    @Test
    void functionsThatMultiplyAreRefused() throws IOException {
        ModelProto.Builder model = modelCalling("f0");
        for (int i = 0; i < 40; i++) {
            model.addFunctions(function("f" + i, 2, i < 39 ? "f" + (i + 1) : "Relu"));
        }
        refused(model, "expand", "1000000");
    }

    @Test
    void sparseWeightsMayNotLeaveTheFolderEither() throws IOException {
        ModelProto.Builder model = good();
        TensorProto outside = TensorProto.newBuilder()
                .setName("sparse")
                .setDataType(TestGraph.FLOAT)
                .addDims(1)
                .setDataLocation(TensorProto.DataLocation.EXTERNAL)
                .addExternalData(
                        StringStringEntryProto.newBuilder().setKey("location").setValue("../secret"))
                .build();
        model.getGraphBuilder()
                .addSparseInitializer(SparseTensorProto.newBuilder().setValues(outside));
        refused(model, "external data", "../secret");
    }

    /** {@code link/../secret} is beside what the link leads to, not in this folder. */
    @Test
    void aLinkAndTwoDotsDontLeadOut() throws IOException {
        Path inner = Files.createDirectories(folder.resolve("inner"));
        Path elsewhere = Files.createDirectories(folder.resolve("elsewhere/deep"));
        Files.write(folder.resolve("elsewhere/secret"), new byte[12]);
        Files.createSymbolicLink(inner.resolve("link"), elsewhere);
        Path file = new TestGraph(17)
                .input("pixels", TestGraph.FLOAT, -1, 3, -1, -1)
                .external("bias", List.of(1, 3, 1, 1), "link/../secret")
                .node("Add", List.of("pixels", "bias"), "features")
                .output("features", TestGraph.FLOAT, -1, 3, -1, -1)
                .spec(SPEC.formatted("features", "NCHW", 3))
                .writeTo(inner.resolve("model.onnx"));
        assertThatThrownBy(() -> Backbone.open(file))
                .isInstanceOf(ModelException.class)
                .hasMessageContaining("leaves the model's folder");
    }

    /** Exporters write empty lists as tensors without data: Resize's roi, a reshape to a scalar. */
    @Test
    void emptyTensorsAreFine() throws IOException {
        Path file = new TestGraph(17)
                .input("pixels", TestGraph.FLOAT, -1, 3, -1, -1)
                .floats("roi", List.of(0))
                .floats("scales", List.of(4), 1, 1, 2, 2)
                .node("Resize", List.of("pixels", "roi", "scales"), "features")
                .output("features", TestGraph.FLOAT, -1, 3, -1, -1)
                .spec(SPEC.formatted("features", "NCHW", 3))
                .writeTo(folder.resolve("model.onnx"));
        try (PerceptualLoss loss = PerceptualLoss.load(file)) {
            assertThat(loss.score(grey(1), grey(3)).total()).isEqualTo(4);
        }
    }

    /** Such a feature is a view of the buffer that pictures are written into, and the candidate is the next picture. */
    @Test
    void aLayerMayBeThePictureItself() throws IOException {
        Path file = new TestGraph(17)
                .input("pixels", TestGraph.FLOAT, -1, 3, -1, -1)
                .node("Relu", List.of("pixels"), "unused")
                .output("pixels", TestGraph.FLOAT, -1, 3, -1, -1)
                .output("unused", TestGraph.FLOAT, -1, 3, -1, -1)
                .spec(SPEC.formatted("pixels", "NCHW", 3))
                .writeTo(folder.resolve("model.onnx"));
        try (PerceptualLoss loss = PerceptualLoss.load(file)) {
            assertThat(loss.score(grey(0), grey(16)).total()).isEqualTo(256);
        }
    }

    /** Otherwise the smaller feature would be stretched over the larger, and the score depend on the pair's order. */
    @Test
    void featuresWhoseSizeDependsOnTheContentAreRefused() throws IOException {
        Path file = new TestGraph(17)
                .input("pixels", TestGraph.FLOAT, 1, 3, -1, -1)
                .node("NonZero", List.of("pixels"), "places")
                .node("Cast", List.of("places"), "floats", "to", (long) TestGraph.FLOAT)
                .longs("front", 0)
                .node("Unsqueeze", List.of("floats", "front"), "features")
                .output("features", TestGraph.FLOAT, 1, 4, -1)
                .spec(SPEC.formatted("features", "NLC", 12)
                        .replace("\"RGB\"", "\"RGB\", \"batch\": 1")
                        .replace("\"channels\": 12", "\"channels\": 1"))
                .writeTo(folder.resolve("model.onnx"));
        BufferedImage one = new BufferedImage(8, 8, BufferedImage.TYPE_INT_RGB);
        one.setRGB(2, 2, 0x0000ff);
        BufferedImage other = new BufferedImage(8, 8, BufferedImage.TYPE_INT_RGB);
        other.setRGB(2, 2, 0x00ffff);
        try (PerceptualLoss loss = PerceptualLoss.load(file)) {
            assertThatThrownBy(() -> loss.score(one, other)).isInstanceOf(ModelException.class);
            assertThatThrownBy(() -> loss.score(other, one)).isInstanceOf(ModelException.class);
        }
    }

    @Test
    void aFileThatWasReplacedAfterItWasCheckedIsRefused() throws IOException {
        Path file = Files.write(folder.resolve("model.onnx"), good().build().toByteArray());
        Backbone checked = Backbone.open(file);
        Files.writeString(file, "something else");
        assertThatThrownBy(() -> PerceptualLoss.load(checked, LossOptions.defaults()))
                .isInstanceOf(ModelException.class)
                .hasMessageContaining("changed since it was opened");
    }

    @Test
    void aPictureThatDoesNotFitIsAnImagesError() throws IOException {
        Path file = Files.write(
                folder.resolve("model.onnx"),
                good(SPEC.formatted("features", "NCHW", 3).replace("\"RGB\"", "\"RGB\", \"batch\": 4096"))
                        .build()
                        .toByteArray());
        BufferedImage large = new BufferedImage(1000, 1000, BufferedImage.TYPE_INT_RGB);
        try (PerceptualLoss loss = PerceptualLoss.load(file)) {
            assertThatThrownBy(() -> loss.score(large, Distortions.noise(large, 9, 1)))
                    .isInstanceOf(ImageException.class)
                    .hasMessageContainingAll("1000×1000", "memory");
        }
    }

    @Test
    void closingFromWithinACallIsToldAndDoesNotHang() throws IOException {
        PerceptualLoss loss = PerceptualLoss.load("nlpd");
        try (var closing = new java.io.ByteArrayInputStream(new byte[0]) {
            @Override
            public synchronized int read(byte[] into, int offset, int length) {
                loss.close();
                return -1;
            }
        }) {
            assertThatThrownBy(() -> loss.score(closing, closing))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("within its own call");
        }
        loss.close();
    }

    private static BufferedImage grey(int value) {
        BufferedImage image = new BufferedImage(8, 8, BufferedImage.TYPE_INT_RGB);
        for (int pixel = 0; pixel < 64; pixel++) {
            image.setRGB(pixel % 8, pixel / 8, value * 0x010101);
        }
        return image;
    }

    private static ModelProto.Builder good() throws IOException {
        return good(SPEC.formatted("features", "NCHW", 3));
    }

    private static ModelProto.Builder good(String spec) throws IOException {
        long batch = spec.contains("4096") ? 4096 : -1;
        return ModelProto.parseFrom(new TestGraph(17)
                        .input("pixels", TestGraph.FLOAT, batch, 3, -1, -1)
                        .node("Relu", List.of("pixels"), "features")
                        .output("features", TestGraph.FLOAT, batch, 3, -1, -1)
                        .spec(spec)
                        .bytes())
                .toBuilder();
    }

    private static ModelProto.Builder modelCalling(String function) throws IOException {
        ModelProto.Builder model = good();
        model.addOpsetImport(OperatorSetIdProto.newBuilder().setDomain("own").setVersion(1));
        model.getGraphBuilder().getNodeBuilder(0).setOpType(function).setDomain("own");
        return model;
    }

    private static FunctionProto function(String name, int calls, String called) {
        FunctionProto.Builder function = FunctionProto.newBuilder()
                .setName(name)
                .setDomain("own")
                .addInput("x")
                .addOutput("y" + calls)
                .addOpsetImport(OperatorSetIdProto.newBuilder().setVersion(17))
                .addOpsetImport(OperatorSetIdProto.newBuilder().setDomain("own").setVersion(1));
        for (int call = 1; call <= calls; call++) {
            function.addNode(NodeProto.newBuilder()
                    .setOpType(called)
                    .setDomain(called.equals("Relu") ? "" : "own")
                    .addInput(call == 1 ? "x" : "y" + (call - 1))
                    .addOutput("y" + call));
        }
        return function.build();
    }

    private void refused(ModelProto.Builder model, String... words) throws IOException {
        Path file = Files.write(folder.resolve("model.onnx"), model.build().toByteArray());
        assertThatThrownBy(() -> Backbone.open(file))
                .isInstanceOf(ModelException.class)
                .hasMessageContainingAll(words);
    }
}
