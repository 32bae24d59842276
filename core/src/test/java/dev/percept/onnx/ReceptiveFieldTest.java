package dev.percept.onnx;

import static dev.percept.TestGraph.FLOAT;
import static org.assertj.core.api.Assertions.assertThat;

import dev.percept.FeatureLayout;
import dev.percept.InputSpec;
import dev.percept.TestGraph;
import dev.percept.onnx.GraphValue.Global;
import dev.percept.onnx.GraphValue.Local;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What the operators of a graph say of how far its layers see, and of what may not be divided. */
class ReceptiveFieldTest {
    /** Numbers from VGG19's published architecture, checked against perturbed rows: shared/prototypes/skip.py of this project. */
    @Test
    void vgg19SeesAsFarAsItsLayersSay() throws Exception {
        TestGraph graph = graph();
        String at = "image";
        int[] blocks = {2, 2, 4, 4, 1};
        for (int block = 0; block < blocks.length; block++) {
            for (int i = 0; i < blocks[block]; i++) {
                String name = (block + 1) + "_" + (i + 1);
                graph.floats(
                        "weights" + name,
                        List.of(1, at.equals("image") ? 3 : 1, 3, 3),
                        new float[at.equals("image") ? 27 : 9]);
                graph.node("Conv", List.of(at, "weights" + name), "conv" + name, "pads", new long[] {1, 1, 1, 1});
                graph.node("Relu", List.of("conv" + name), "relu" + name);
                at = "relu" + name;
            }
            graph.node(
                    "MaxPool", List.of(at), "pool" + block, "kernel_shape", new long[] {2, 2}, "strides", new long[] {
                        2, 2
                    });
            at = "pool" + block;
        }
        graph.output("relu2_1", FLOAT, -1, 1, -1, -1)
                .output("relu4_1", FLOAT, -1, 1, -1, -1)
                .output("relu5_1", FLOAT, -1, 1, -1, -1);
        assertThat(rows(graph, "relu2_1"))
                .extracting(AxisField::stride, AxisField::before, AxisField::after)
                .containsExactly(2, 4, 4);
        assertThat(rows(graph, "relu4_1"))
                .extracting(AxisField::stride, AxisField::before, AxisField::after)
                .containsExactly(8, 30, 30);
        assertThat(rows(graph, "relu5_1"))
                .extracting(AxisField::stride, AxisField::before, AxisField::after)
                .containsExactly(16, 70, 70);
        assertThat(rows(graph, "relu5_1").cells(1023)).isEqualTo(63);
    }

    @Test
    void stridesDilationsAndUnevenPadsAreFollowed() throws Exception {
        TestGraph graph = graph().floats("weights", List.of(1, 3, 5, 3), new float[45]);
        graph.node(
                        "Conv",
                        List.of("image", "weights"),
                        "out",
                        "pads",
                        new long[] {3, 0, 1, 2},
                        "strides",
                        new long[] {2, 3},
                        "dilations",
                        new long[] {2, 1})
                .output("out", FLOAT, -1, 1, -1, -1);
        Local out = (Local) Objects.requireNonNull(outputs(graph).get("out"));
        // Cell i sees rows 2i − 3 to 2i + 5, of which 2i and 2i + 1 are its own; and columns 3i to 3i + 2.
        assertThat(out.rows())
                .extracting(AxisField::stride, AxisField::before, AxisField::after)
                .containsExactly(2, 3, 4);
        assertThat(out.columns())
                .extracting(AxisField::stride, AxisField::before, AxisField::after)
                .containsExactly(3, 0, 0);
        assertThat(out.rows().cells(100)).isEqualTo(48);
    }

    record Refused(String why, TestGraph graph) {
        @Override
        public String toString() {
            return why;
        }
    }

    static List<Refused> refused() {
        return List.of(
                new Refused("pools the whole picture", graph().node("GlobalAveragePool", List.of("image"), "out")),
                new Refused(
                        "reduces the whole picture",
                        graph().node("ReduceMean", List.of("image"), "out", "axes", new long[] {2, 3})),
                new Refused(
                        "normalises by the whole picture",
                        graph().floats("one", List.of(3), 1, 1, 1)
                                .node("InstanceNormalization", List.of("image", "one", "one"), "out")),
                new Refused(
                        "normalises by the whole picture",
                        graph().floats("one", List.of(3), 1, 1, 1)
                                .node("LayerNormalization", List.of("image", "one"), "out", "axis", 1L)),
                new Refused("mixes places", graph().node("MatMul", List.of("image", "image"), "out")),
                new Refused("works across places", graph().node("Softmax", List.of("image"), "out", "axis", -1L)),
                new Refused(
                        "rearranges places",
                        graph().longs("shape", 0, 3, -1).node("Reshape", List.of("image", "shape"), "out")),
                new Refused("rearranges places", graph().node("Flatten", List.of("image"), "out")),
                new Refused(
                        "enlarges",
                        graph().floats("scales", List.of(4), 1, 1, 2, 2)
                                .node("Resize", List.of("image", "", "scales"), "out")),
                new Refused(
                        "pads by the picture's length",
                        graph().floats("weights", List.of(1, 3, 3, 3), new float[27])
                                .node(
                                        "Conv",
                                        List.of("image", "weights"),
                                        "out",
                                        "auto_pad",
                                        "SAME_UPPER",
                                        "strides",
                                        new long[] {2, 2})),
                new Refused(
                        "pads with what is far away",
                        graph().longs("pads", 0, 0, 1, 1, 0, 0, 1, 1)
                                .node("Pad", List.of("image", "pads"), "out", "mode", "wrap")),
                new Refused(
                        "adds what is fixed to places",
                        graph().floats("positions", List.of(1, 3, 1, 4), new float[12])
                                .node("Add", List.of("image", "positions"), "out")),
                new Refused(
                        "cuts out a part at a fixed place",
                        graph().longs("from", 0)
                                .longs("to", 8)
                                .longs("axes", 2)
                                .node("Slice", List.of("image", "from", "to", "axes"), "out")),
                new Refused(
                        "isn't known to work place by place",
                        graph().node("NonMaxSuppression", List.of("image"), "out")),
                new Refused(
                        "combines values of different resolutions",
                        graph().node(
                                        "MaxPool",
                                        List.of("image"),
                                        "pooled",
                                        "kernel_shape",
                                        new long[] {2, 2},
                                        "strides",
                                        new long[] {2, 2})
                                .node("Add", List.of("image", "pooled"), "out")),
                new Refused(
                        "puts places or pictures side by side",
                        graph().node("Concat", List.of("image", "image"), "out", "axis", 3L)));
    }

    @ParameterizedTest
    @MethodSource("refused")
    void whatCannotBeShownToBeExactIsRefusedInWords(Refused refused) throws Exception {
        refused.graph.output("out", FLOAT, -1, -1, -1, -1);
        assertThat(outputs(refused.graph).get("out"))
                .isInstanceOfSatisfying(
                        Global.class, global -> assertThat(global.reason()).contains(refused.why));
    }

    @Test
    void nlpdIsRefusedForItsColoursAreMixedInOneRow() throws Exception {
        try (InputStream in = InputSpec.class.getResourceAsStream("models/nlpd.onnx")) {
            ModelGraph graph =
                    ModelGraph.read(ByteBuffer.wrap(Objects.requireNonNull(in).readAllBytes()), null);
            assertThat(Objects.requireNonNull(graph.local()).outputs().values())
                    .allSatisfy(value -> assertThat(value)
                            .isInstanceOfSatisfying(
                                    Global.class,
                                    global -> assertThat(global.reason())
                                            .contains("Reshape")
                                            .contains("rearranges places")));
        }
    }

    @Test
    void numbersThatNoKernelHasAreRefused() throws Exception {
        long[][] kernels = {{}, {0, 1}, {-1, 3}, {Long.MAX_VALUE, 3}, {3}};
        for (long[] kernel : kernels) {
            TestGraph graph = graph().node("MaxPool", List.of("image"), "out", "kernel_shape", kernel)
                    .output("out", FLOAT, -1, 3, -1, -1);
            assertThat(outputs(graph).get("out")).isInstanceOf(Global.class);
        }
        TestGraph strides = graph();
        String at = "image";
        for (int i = 0; i < 4; i++) {
            strides.node("MaxPool", List.of(at), "pool" + i, "kernel_shape", new long[] {1, 1}, "strides", new long[] {
                30_000, 30_000
            });
            at = "pool" + i;
        }
        assertThat(outputs(strides.output(at, FLOAT, -1, 3, -1, -1)).get(at)).isInstanceOf(Global.class);
    }

    @Test
    void nodesWithoutInputsAreSurvived() throws Exception {
        for (String operator :
                List.of("Relu", "Add", "Conv", "Concat", "Slice", "Pad", "MatMul", "Where", "Transpose")) {
            TestGraph graph =
                    graph().node(operator, List.of(), "nothing").node("Add", List.of("image", "nothing"), "out");
            assertThat(outputs(graph.output("out", FLOAT, -1, 3, -1, -1)).get("out"))
                    .as(operator)
                    .isInstanceOf(Global.class);
        }
    }

    private static TestGraph graph() {
        return new TestGraph(17).input("image", FLOAT, -1, 3, -1, -1);
    }

    private static AxisField rows(TestGraph graph, String output) throws Exception {
        Local local = (Local) Objects.requireNonNull(outputs(graph).get(output));
        assertThat(local.rows()).isEqualTo(local.columns());
        return local.rows();
    }

    private static Map<String, GraphValue> outputs(TestGraph graph) throws Exception {
        LocalGraph local = Objects.requireNonNull(
                ModelGraph.read(ByteBuffer.wrap(graph.bytes()), null).local());
        assertThat(local.refusal(
                        new InputSpec(
                                "image",
                                FeatureLayout.NHWC,
                                InputSpec.Type.FLOAT32,
                                0,
                                1,
                                false,
                                List.of(0., 0., 0.),
                                List.of(1., 1., 1.),
                                null,
                                InputSpec.Size.FREE),
                        List.of()))
                .contains("layout");
        return local.outputs();
    }
}
