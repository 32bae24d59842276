// SPDX-License-Identifier: Apache-2.0
package dev.percept;

import static dev.percept.TestGraph.FLOAT;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;

/**
 * A small network as VGG is one: convolutions of 3 × 3 and pools, with seeded random weights. Its layers are {@code fine} (stride 1,
 * NCHW, mse), {@code middle} (stride 2, NHWC, mae), {@code coarse} (stride 4, NCHW, rms), {@code pooled} (one place, NCHW), {@code tokens} (NLC) and
 * {@code vector} (NC).
 */
final class ConvolutionalBackbone {
    static final List<String> WITH_PLACES = List.of("fine", "middle", "coarse", "pooled");

    private final Random random = new Random(19);
    private final TestGraph graph = new TestGraph(17);

    private ConvolutionalBackbone() {}

    /** Opens it, written into a folder. */
    static Backbone in(Path folder) throws IOException {
        return Backbone.open(new ConvolutionalBackbone().graph().writeTo(folder.resolve("convolutional.onnx")));
    }

    private TestGraph graph() {
        graph.input("image", FLOAT, -1, 3, -1, -1);
        String fine = convolution("image", 3, 8, "fine");
        String half = pool(fine, "half");
        String middle = convolution(half, 8, 12, "middle_first");
        graph.node("Transpose", List.of(middle), "middle", "perm", new long[] {0, 2, 3, 1});
        String quarter = pool(middle, "quarter");
        String coarse = convolution(quarter, 12, 16, "coarse");
        graph.node("GlobalAveragePool", List.of(coarse), "pooled");
        graph.longs("token_shape", 0, 16, -1);
        graph.node("Reshape", List.of(coarse, "token_shape"), "tokens_first");
        graph.node("Transpose", List.of("tokens_first"), "tokens", "perm", new long[] {0, 2, 1});
        graph.node("Flatten", List.of("pooled"), "vector");
        graph.output("fine", FLOAT, -1, 8, -1, -1)
                .output("middle", FLOAT, -1, -1, -1, 12)
                .output("coarse", FLOAT, -1, 16, -1, -1)
                .output("pooled", FLOAT, -1, 16, 1, 1)
                .output("tokens", FLOAT, -1, -1, 16)
                .output("vector", FLOAT, -1, 16);
        String layers = String.join(
                ", ",
                layer("fine", "NCHW", 8, 1, "mse"),
                layer("middle", "NHWC", 12, 0.5, "mae"),
                layer("coarse", "NCHW", 16, 0.25, "rms"),
                layer("pooled", "NCHW", 16, 2, "mse"),
                layer("tokens", "NLC", 16, 1, "mse"),
                layer("vector", "NC", 16, 1, "mse"));
        return graph.spec("""
                {"percept_spec": 1, "name": "convolutional",
                 "input": {"name": "image", "layout": "NCHW", "dtype": "float32", "range": [0, 1], "channel_order": "RGB"},
                 "layers": [%s],
                 "weights": {"source": "seeded", "random": true}}""".formatted(layers));
    }

    private static String layer(String name, String layout, int channels, double weight, String distance) {
        return "{\"name\": \"%s\", \"output\": \"%s\", \"layout\": \"%s\", \"channels\": %d, \"weight\": %s, \"distance\": \"%s\"}"
                .formatted(name, name, layout, channels, weight, distance);
    }

    private String convolution(String from, int in, int out, String to) {
        float[] weights = new float[out * in * 9];
        for (int i = 0; i < weights.length; i++) {
            weights[i] = (float) (random.nextGaussian() * Math.sqrt(2.0 / (9 * in)));
        }
        graph.floats(to + "_weights", List.of(out, in, 3, 3), weights);
        graph.node("Conv", List.of(from, to + "_weights"), to + "_conv", "pads", new long[] {1, 1, 1, 1});
        graph.node("Relu", List.of(to + "_conv"), to);
        return to;
    }

    private String pool(String from, String to) {
        graph.node("MaxPool", List.of(from), to, "kernel_shape", new long[] {2, 2}, "strides", new long[] {2, 2});
        return to;
    }
}
