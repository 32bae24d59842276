package dev.percept.onnx.winograd;

import static org.assertj.core.api.Assertions.assertThat;

import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OnnxTensorLike;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import dev.percept.onnx.BlockSize;
import dev.percept.onnx.OnnxRuntime;
import java.nio.FloatBuffer;
import java.nio.IntBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Rewritten graphs compute what the network says, which is computed in double by the operators' definitions. */
class WinogradGraphTest {
    private static final int STANDARD = 0;

    /** Each with how many convolutions can be rewritten: by standard operators, and by blocked ones. */
    static Stream<Arguments> networks() {
        return Stream.of(
                        Arguments.of("with bias", 2, 1, tail(net().conv("pixels", "a", 16, true), "a", true)),
                        Arguments.of("without bias", 2, 1, tail(net().conv("pixels", "a", 16, false), "a", false)),
                        Arguments.of("channels of no block", 3, 0, odd()),
                        Arguments.of("without Relu", 3, 2, chain(net(), false, "c")),
                        Arguments.of("tapped everywhere", 3, 2, chain(net(), true, "a", "ar", "b", "br", "c", "cr")),
                        Arguments.of("pooled", 4, 3, pooled(true, "dr")),
                        Arguments.of("pooled and tapped before", 4, 3, pooled(true, "b", "br", "bp", "dr")),
                        Arguments.of("averaged", 4, 3, pooled(false, "br", "dr")),
                        Arguments.of("residual", 3, 2, residual()),
                        Arguments.of("strides, groups and other filters", 1, 0, others()),
                        Arguments.of("a plain convolution between", 2, 1, between()))
                .map(row -> Arguments.of(row.get()[0], row.get()[3], row.get()[1], row.get()[2]));
    }

    private static Network net() {
        return new Network(17, 3);
    }

    private static Network tail(Network network, String from, boolean biased) {
        return network.relu(from, "r")
                .conv("r", "t", 32, biased)
                .relu("t", "tr")
                .tap("tr");
    }

    private static Network odd() {
        return net().conv("pixels", "a", 6, true)
                .conv("a", "b", 10, true)
                .relu("b", "br")
                .conv("br", "c", 7, false)
                .tap("b", "c");
    }

    private static Network chain(Network network, boolean rectified, String... taps) {
        network.conv("pixels", "a", 16, true);
        network.relu("a", "ar").conv(rectified ? "ar" : "a", "b", 32, true);
        network.relu("b", "br").conv(rectified ? "br" : "b", "c", 16, true);
        return network.relu("c", "cr").tap(taps);
    }

    private static Network pooled(boolean largest, String... taps) {
        return new Network(largest ? 18 : 13, 5)
                .conv("pixels", "a", 16, true)
                .relu("a", "ar")
                .conv("ar", "b", 32, true)
                .relu("b", "br")
                .pool("br", "bp", largest)
                .conv("bp", "c", 16, true)
                .relu("c", "cr")
                .conv("cr", "d", 16, false)
                .relu("d", "dr")
                .tap(taps);
    }

    private static Network residual() {
        return net().conv("pixels", "a", 16, true)
                .relu("a", "ar")
                .conv("ar", "b", 16, true)
                .relu("b", "br")
                .conv("br", "c", 16, true)
                .add("c", "ar", "d")
                .relu("d", "dr")
                .tap("dr", "c");
    }

    private static Network others() {
        return net().conv("pixels", "a", 16, true, 3, 2, 1, 1)
                .conv("a", "b", 16, true, 3, 1, 1, 4)
                .conv("b", "c", 16, true, 5, 1, 2, 1)
                .conv("c", "d", 16, true, 3, 1, 0, 1)
                .conv("d", "e", 12, true)
                .tap("e");
    }

    private static Network between() {
        return net().conv("pixels", "a", 16, true)
                .relu("a", "ar")
                .conv("ar", "b", 32, true, 1, 1, 0, 1)
                .relu("b", "br")
                .conv("br", "c", 16, true)
                .tap("c");
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("networks")
    void standardOperatorsComputeTheSame(String name, Network network, int standard, int blocked) throws OrtException {
        check(network, STANDARD, standard);
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("networks")
    void blockedOperatorsComputeTheSame(String name, Network network, int standard, int blocked) throws OrtException {
        Assumptions.assumeTrue(BlockSize.get() != 0, "no blocked operators on this processor");
        check(network, BlockSize.get(), blocked);
    }

    private static void check(Network network, int block, int convolutions) throws OrtException {
        int[][] sizes = {{1, 16, 16}, {2, 13, 21}, {3, 8, 5}, {8, 12, 12}, {1, 33, 47}};
        for (int[] size : sizes) {
            Network.Layer pixels = pixels(size[0], size[1], size[2]);
            WinogradGraph graph = graph(network, pixels, block, true);
            assertThat(graph == null ? 0 : graph.convolutions()).isEqualTo(convolutions);
            if (graph != null) {
                List<Network.Layer> expected = network.compute(pixels);
                List<float[]> found = run(network, graph.write(new Filters()), pixels);
                for (int tap = 0; tap < expected.size(); tap++) {
                    String what = network.taps().get(tap) + " of " + List.of(size[0], size[1], size[2]);
                    assertThat(error(found.get(tap), expected.get(tap).values()))
                            .as(what)
                            .isLessThan(1e-5);
                }
            }
        }
    }

    @ParameterizedTest
    @ValueSource(doubles = {2, 0.5})
    void lossesAreWithinTheirTolerance(double sigma) throws OrtException {
        Network network = new Network(17, 11).conv("pixels", "a0", 64, true).relu("a0", "r0");
        for (int i = 1; i < 6; i++) {
            network.conv("r" + (i - 1), "a" + i, 64, true).relu("a" + i, "r" + i);
        }
        network.tap("r2", "r5");
        Network.Layer pixels = pixels(2, 20, 24);
        Random random = new Random(1);
        int half = pixels.values().length / 2;
        for (int i = 0; i < half; i++) {
            pixels.values()[half + i] = (float) (pixels.values()[i] + random.nextGaussian() * sigma / 255 / 0.226);
        }
        List<Network.Layer> expected = network.compute(pixels);
        for (int block : new int[] {STANDARD, BlockSize.get()}) {
            WinogradGraph graph = graph(network, pixels, block, true);
            List<float[]> found = run(network, Objects.requireNonNull(graph).write(new Filters()), pixels);
            for (int tap = 0; tap < found.size(); tap++) {
                double[] wide = new double[found.get(tap).length];
                for (int i = 0; i < wide.length; i++) {
                    wide[i] = found.get(tap)[i];
                }
                double right = loss(expected.get(tap).values());
                assertThat(Math.abs(loss(wide) / right - 1)).isLessThan(sigma < 1 ? 2e-4 : 1e-5);
            }
        }
    }

    private static double loss(double[] features) {
        double sum = 0;
        for (int i = 0; i < features.length / 2; i++) {
            double difference = features[i] - features[features.length / 2 + i];
            sum += difference * difference;
        }
        return sum;
    }

    @Test
    void whatGainsNothingStaysAsItIs() {
        Network.Layer pixels = pixels(2, 64, 64);
        assertThat(graph(chain(net(), true, "cr"), pixels, STANDARD, false)).isNull();
        assertThat(graph(chain(net(), true, "cr"), pixels, 16, false)).isNull();
        Network wide = net().conv("pixels", "a", 128, true)
                .relu("a", "ar")
                .conv("ar", "b", 256, true)
                .tap("b");
        for (int block : new int[] {STANDARD, 8, 16}) {
            WinogradGraph graph = Objects.requireNonNull(graph(wide, pixels, block, false));
            assertThat(graph.convolutions()).isEqualTo(1);
            assertThat(graph.gain()).isPositive();
        }
    }

    @Test
    void onlyWhatWantedOutputsNeedIsWritten() throws Exception {
        Network network = pooled(true, "br", "dr");
        WinogradGraph graph = Objects.requireNonNull(WinogradGraph.of(
                network.model(), network.opset(), shape(pixels(1, 16, 16)), Set.of("br"), STANDARD, "w/", true));
        ModelProto written = ModelProto.parseFrom(graph.write(new Filters()).model());
        assertThat(written.getGraph().getOutputList())
                .extracting(output -> output.getName())
                .containsExactly("br");
        assertThat(written.getGraph().getInitializerList())
                .extracting(tensor -> tensor.getName())
                .noneMatch(name -> name.startsWith("c.") || name.endsWith(".weight"));
        assertThat(written.getGraph().getNodeList())
                .extracting(NodeProto::getOpType)
                .doesNotContain("Conv");
    }

    private static @Nullable WinogradGraph graph(Network network, Network.Layer pixels, int block, boolean all) {
        Set<String> taps = new LinkedHashSet<>(network.taps());
        ModelProto model = network.model();
        return all
                ? WinogradGraph.of(model, network.opset(), shape(pixels), taps, block, "w/", true)
                : WinogradGraph.of(model, network.opset(), shape(pixels), taps, block, "w/");
    }

    private static InputShape shape(Network.Layer pixels) {
        return new InputShape(
                Network.INPUT, List.of((long) pixels.batch(), 3L, (long) pixels.height(), (long) pixels.width()));
    }

    private static Network.Layer pixels(int batch, int height, int width) {
        Network.Layer pixels = new Network.Layer(batch, 3, height, width);
        Random random = new Random(batch + height);
        for (int i = 0; i < pixels.values().length; i++) {
            pixels.values()[i] = (float) random.nextGaussian();
        }
        return pixels;
    }

    private static double error(float[] found, double[] expected) {
        assertThat(found).hasSameSizeAs(expected);
        double largest = 0;
        double worst = 0;
        for (int i = 0; i < found.length; i++) {
            largest = Math.max(largest, Math.abs(expected[i]));
            worst = Math.max(worst, Math.abs(found[i] - expected[i]));
        }
        return worst / largest;
    }

    private static List<float[]> run(Network network, WinogradGraph.Written written, Network.Layer pixels)
            throws OrtException {
        OnnxRuntime.get();
        OrtEnvironment environment = OrtEnvironment.getEnvironment();
        Map<String, OnnxTensorLike> beside = new HashMap<>();
        float[] values = new float[pixels.values().length];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) pixels.values()[i];
        }
        long[] shape = {pixels.batch(), 3, pixels.height(), pixels.width()};
        try (OrtSession.SessionOptions options = new OrtSession.SessionOptions()) {
            options.setIntraOpNumThreads(1);
            for (Map.Entry<String, Tensor> each : written.beside().entrySet()) {
                long[] lengths = each.getValue().shape().stream()
                        .mapToLong(Long::longValue)
                        .toArray();
                beside.put(
                        each.getKey(),
                        each.getValue().values() instanceof FloatBuffer floats
                                ? OnnxTensor.createTensor(environment, floats, lengths)
                                : OnnxTensor.createTensor(
                                        environment, (IntBuffer) each.getValue().values(), lengths));
            }
            options.addExternalInitializers(beside);
            try (OrtSession session = environment.createSession(written.model(), options);
                    OnnxTensor input = OnnxTensor.createTensor(environment, FloatBuffer.wrap(values), shape);
                    OrtSession.Result result = session.run(Map.of(Network.INPUT, input))) {
                List<float[]> found = new ArrayList<>();
                for (String tap : network.taps()) {
                    FloatBuffer floats = ((OnnxTensor) result.get(tap).orElseThrow()).getFloatBuffer();
                    float[] copy = new float[floats.remaining()];
                    floats.get(copy);
                    found.add(copy);
                }
                return found;
            }
        } finally {
            beside.values().forEach(OnnxTensorLike::close);
        }
    }
}
