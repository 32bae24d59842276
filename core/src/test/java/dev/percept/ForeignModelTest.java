// SPDX-License-Identifier: Apache-2.0
package dev.percept;

import static dev.percept.TestGraph.DOUBLE;
import static dev.percept.TestGraph.FLOAT;
import static dev.percept.TestGraph.UINT8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.percept.ForeignModel.Candidate;
import dev.percept.ForeignModel.Port;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is suggested of foreign graphs: the first three are those of export-tools' test_wrap.py, and so is what is expected of them. */
class ForeignModelTest {
    @TempDir
    Path folder = Path.of("");

    private ForeignModel read(TestGraph graph) throws IOException {
        return ForeignModel.read(graph.writeTo(folder.resolve("foreign.onnx")));
    }

    /** Two blocks of convolutions, each with a SiLU or ReLU behind, and a linear layer on their means. */
    private static TestGraph classifier(int type, long... shape) {
        return new TestGraph(17)
                .input("pixels", type, shape)
                .floats("k1", List.of(8, 3, 3, 3), new float[8 * 27])
                .floats("k2", List.of(12, 8, 3, 3), new float[12 * 72])
                .floats("k3", List.of(12, 1000), new float[12_000])
                .node("Conv", List.of("pixels", "k1"), "c1", "pads", new long[] {1, 1, 1, 1})
                .node("Sigmoid", List.of("c1"), "s1")
                .node("Mul", List.of("c1", "s1"), "a1")
                .node("Conv", List.of("a1", "k2"), "c2", "pads", new long[] {1, 1, 1, 1}, "strides", new long[] {2, 2})
                .named("/block2/conv")
                .node("Relu", List.of("c2"), "a2")
                .node("GlobalAveragePool", List.of("a2"), "g")
                .named("/pool")
                .node("Flatten", List.of("g"), "f")
                .node("Gemm", List.of("f", "k3"), "logits")
                .output("logits", FLOAT, -1, 1000);
    }

    @Test
    void theLastActivationBeforeEachReduction() throws IOException {
        ForeignModel model = read(classifier(FLOAT, -1, 3, -1, -1));
        assertThat(model.candidates())
                .containsExactly(
                        new Candidate("a1", List.of(1, 8, 224, 224), 8, 1, "Mul before /block2/conv"),
                        new Candidate("a2", List.of(1, 12, 112, 112), 12, 2, "Relu before /pool"));
        assertThat(model.inputs()).containsExactly(new Port("pixels", "FLOAT", Arrays.asList(null, 3L, null, null)));
        assertThat(model.outputs()).containsExactly(new Port("logits", "FLOAT", Arrays.asList(null, 1000L)));
        assertThat(model.obstacle()).isNull();
        assertThat(model.sha256()).hasSize(64);
        assertThat(model.opset()).isEqualTo(17);
    }

    @Test
    void whatEntersABottleneckAndNotWhatIsInside() throws IOException {
        ForeignModel model = read(new TestGraph(17)
                .input("pixels", FLOAT, -1, 3, -1, -1)
                .floats("k1", List.of(4, 3, 1, 1), new float[12])
                .floats("k2", List.of(4, 4, 1, 1), new float[16])
                .node("Conv", List.of("pixels", "k1"), "c1")
                .node("Relu", List.of("c1"), "trunk")
                .node("Conv", List.of("trunk", "k2"), "c2")
                .node("Relu", List.of("c2"), "inside")
                .node("Conv", List.of("inside", "k2"), "c3", "strides", new long[] {2, 2})
                .node("Conv", List.of("trunk", "k2"), "c4", "strides", new long[] {2, 2})
                .named("shortcut")
                .node("Add", List.of("c3", "c4"), "sum")
                .node("Relu", List.of("sum"), "logits")
                .output("logits", FLOAT, -1, -1, -1, -1));
        assertThat(model.candidates())
                .containsExactly(
                        new Candidate("trunk", List.of(1, 4, 224, 224), 4, 1, "Relu before shortcut"),
                        new Candidate("logits", List.of(1, 4, 112, 112), 4, 2, "Relu, the last one"));
    }

    @Test
    void aTransformersResidualSums() throws IOException {
        ForeignModel model = read(new TestGraph(17)
                .input("pixels", FLOAT, 1, 3, 16, 32)
                .floats("patch", List.of(6, 3, 8, 8), new float[6 * 192])
                .floats("mix", List.of(6, 6), new float[36])
                .longs("shape", 1, 6, 8)
                .node("Conv", List.of("pixels", "patch"), "p", "strides", new long[] {8, 8})
                .node("Reshape", List.of("p", "shape"), "r")
                .node("Transpose", List.of("r"), "t", "perm", new long[] {0, 2, 1})
                .node("MatMul", List.of("t", "mix"), "m")
                .node("Add", List.of("t", "m"), "block1")
                .node("ReduceMean", List.of("block1"), "logits", "axes", new long[] {1}, "keepdims", 0L)
                .output("logits", FLOAT, 1, 6));
        assertThat(model.candidates())
                .containsExactly(new Candidate(
                        "block1", List.of(1, 8, 6), 6, null, "sum that ends a residual branch of tokens"));
        assertThat(List.of(model.width(), model.height())).containsExactly(32, 16);
    }

    /** Behind squeeze and excitation the graph's operators no longer say how cells stand to pixels; the shapes do. */
    @Test
    void aStrideBehindWhatSeesTheWholePicture() throws IOException {
        ForeignModel model = read(new TestGraph(17)
                .input("pixels", UINT8, 1, 64, 96, 3)
                .floats("k", List.of(4, 3, 3, 3), new float[108])
                .node("Cast", List.of("pixels"), "floats", "to", (long) FLOAT)
                .node("Transpose", List.of("floats"), "t", "perm", new long[] {0, 3, 1, 2})
                .node("Conv", List.of("t", "k"), "c", "auto_pad", "SAME_UPPER", "strides", new long[] {2, 2})
                .node("GlobalAveragePool", List.of("c"), "squeezed")
                .node("Sigmoid", List.of("squeezed"), "excited")
                .node("Mul", List.of("c", "excited"), "scaled")
                .node("Relu", List.of("scaled"), "relu")
                .node("MaxPool", List.of("relu"), "out", "kernel_shape", new long[] {2, 2}, "strides", new long[] {2, 2
                })
                .output("out", FLOAT, -1, -1, -1, -1));
        assertThat(model.candidates())
                .containsExactly(new Candidate("relu", List.of(1, 4, 32, 48), 4, 2, "Relu before MaxPool out"));
    }

    @Test
    void weightsInOtherFilesArentNeeded() throws IOException {
        Files.write(folder.resolve("weights"), new byte[4 * 64 * 27]);
        ForeignModel model = read(new TestGraph(17)
                .input("pixels", FLOAT, -1, 3, -1, -1)
                .external("k", List.of(64, 3, 3, 3), "weights")
                .node("Conv", List.of("pixels", "k"), "c", "strides", new long[] {4, 4})
                .node("Relu", List.of("c"), "r")
                .output("r", FLOAT, -1, -1, -1, -1));
        assertThat(model.candidates())
                .containsExactly(new Candidate("r", List.of(1, 64, 56, 56), 64, 4, "Relu, the last one"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"-1 -1 -1 -1", "-1 1 -1 -1", "-1 3 -1 3"})
    void anInputThatDoesntSayWhereItsChannelsAre(String shape) throws IOException {
        long[] lengths =
                Arrays.stream(shape.split(" ")).mapToLong(Long::parseLong).toArray();
        ForeignModel model = read(classifier(FLOAT, lengths));
        assertThat(model.candidates()).isEmpty();
        assertThat(model.obstacle()).contains("'pixels'", "channels");
        assertThat(model.inputs()).hasSize(1);
    }

    @Test
    void whatIsNoPictureIsNoObstacleToTheRest() throws IOException {
        assertThat(read(classifier(DOUBLE, -1, 3, -1, -1)).obstacle()).contains("'pixels' is DOUBLE");
        assertThat(read(classifier(FLOAT, -1, 3, -1)).obstacle()).contains("3 axes");
        assertThat(read(classifier(FLOAT, 1, 3, 100_000, 100_000)).obstacle()).contains("no picture");
        assertThat(read(classifier(FLOAT, 1, 3, Long.MAX_VALUE, 2)).obstacle()).contains("no picture");
        assertThat(read(classifier(FLOAT, 1, 3, 0, 2)).obstacle()).contains("no picture");
        assertThat(read(classifier(FLOAT, -1, 3, -1, -1).input("second", FLOAT, 1))
                        .obstacle())
                .contains("pixels, second");
    }

    @Test
    void aGraphThatTakesNoSuchPictureIsTold() throws IOException {
        ForeignModel model = read(new TestGraph(17)
                .input("pixels", FLOAT, -1, 3, -1, -1)
                .floats("k", List.of(1, 4, 1, 1), new float[4])
                .node("Conv", List.of("pixels", "k"), "c")
                .node("Relu", List.of("c"), "r")
                .output("r", FLOAT, -1, -1, -1, -1));
        assertThat(model.obstacle()).contains("ONNX Runtime can't run it for a picture of 224×224");
    }

    /** Each level doubles what a careless walk would look at. */
    @Test
    void deepGraphsTakeNoTimeToLookAt() throws IOException {
        TestGraph graph = new TestGraph(17).input("pixels", FLOAT, 1, 3, 8, 8).node("Relu", List.of("pixels"), "v0");
        for (int i = 1; i <= 60; i++) {
            graph.node("Concat", List.of("v" + (i - 1), "v" + (i - 1)), "w" + i, "axis", 1L)
                    .node("MaxPool", List.of("w" + i), "p" + i, "kernel_shape", new long[] {1, 1})
                    .longs("i" + i, 0, 1, 2)
                    .node("Gather", List.of("p" + i, "i" + i), "g" + i, "axis", 1L)
                    .node("Relu", List.of("g" + i), "v" + i);
        }
        assertThat(read(graph.output("v60", FLOAT, 1, 3, 8, 8)).candidates()).hasSize(1);
    }

    @Test
    void whatIsNoModelIsRefused() throws IOException {
        Path none = folder.resolve("none.onnx");
        assertThatThrownBy(() -> ForeignModel.read(none)).isInstanceOf(ModelException.class);
        Path text = Files.writeString(folder.resolve("text.onnx"), "text");
        assertThatThrownBy(() -> ForeignModel.read(text))
                .isInstanceOf(ModelException.class)
                .hasMessageContaining("not an ONNX model");
    }

    @Test
    void openingOneSaysHowToGoOn() throws IOException {
        Path file = classifier(FLOAT, -1, 3, -1, -1).writeTo(folder.resolve("foreign.onnx"));
        assertThatThrownBy(() -> Backbone.open(file))
                .isInstanceOfSatisfying(
                        MissingSpecException.class, e -> assertThat(e.file()).isEqualTo(file))
                .hasMessageContainingAll("it has no percept.spec", "percept inspect " + file);
    }
}
