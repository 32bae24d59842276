package dev.percept.onnx;

import static dev.percept.TestGraph.FLOAT;

import dev.percept.Distance;
import dev.percept.FeatureLayout;
import dev.percept.InputSpec;
import dev.percept.LayerSpec;
import dev.percept.TestGraph;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** Writes small networks of random operators, each of which works place by place, with random weights. */
final class RandomBackbone {
    private static final int OPSET = 17;
    private static final int MAXIMUM_STRIDE = 24;

    private final Random random;
    private final TestGraph graph = new TestGraph(OPSET);
    private final StringBuilder description = new StringBuilder();
    private final List<LayerSpec> layers = new ArrayList<>();
    private String at = "image";
    private int channels = 3;
    private int stride = 1;
    private int names;

    private RandomBackbone(long seed) {
        this.random = new Random(seed);
    }

    /** The model with this number: always the same. */
    static BackboneModel model(long seed) throws MalformedModelException {
        return new RandomBackbone(seed).build(seed);
    }

    /** Convolutions and pools as VGG has them, of which every cell of a kernel counts: its receptive fields have no slack. */
    static BackboneModel plain() throws MalformedModelException {
        RandomBackbone plain = new RandomBackbone(0);
        plain.graph.input("image", FLOAT, -1, 3, -1, -1);
        for (int block = 0; block < 3; block++) {
            String weights = plain.weights(6, plain.channels, 3, 3);
            plain.channels = 6;
            long pad = 1L + block % 2;
            String mixed = plain.node(
                    "Conv",
                    List.of(plain.at, weights),
                    "pads",
                    new long[] {pad, pad, pad, pad},
                    "dilations",
                    new long[] {pad, pad});
            plain.at = plain.node("Sigmoid", List.of(mixed));
            plain.addLayer();
            plain.at = plain.node(
                    "AveragePool", List.of(plain.at), "kernel_shape", new long[] {2, 2}, "strides", new long[] {2, 2});
        }
        return plain.model("plain");
    }

    private BackboneModel build(long seed) throws MalformedModelException {
        graph.input("image", FLOAT, -1, 3, -1, -1);
        int blocks = 2 + random.nextInt(5);
        for (int block = 0; block < blocks; block++) {
            addBlock();
            if (block == blocks - 1 || random.nextInt(3) == 0) {
                addLayer();
            }
        }
        return model("random " + seed);
    }

    private BackboneModel model(String name) throws MalformedModelException {
        byte[] bytes = graph.bytes();
        InputSpec input = new InputSpec(
                "image",
                FeatureLayout.NCHW,
                InputSpec.Type.FLOAT32,
                0,
                1,
                random.nextBoolean(),
                List.of(0.4, 0.5, 0.6),
                List.of(0.2, 0.3, 0.25),
                null,
                InputSpec.Size.FREE);
        ModelGraph read = ModelGraph.read(ByteBuffer.wrap(bytes), null);
        return new BackboneModel(name + ":" + description, null, bytes, null, name, read, input, layers);
    }

    private void addLayer() {
        boolean last = random.nextBoolean();
        String output = node(
                last ? "Transpose" : "Identity",
                List.of(at),
                last ? new Object[] {"perm", new long[] {0, 2, 3, 1}} : new Object[0]);
        if (last) {
            graph.output(output, FLOAT, -1, -1, -1, channels);
        } else {
            graph.output(output, FLOAT, -1, channels, -1, -1);
        }
        layers.add(new LayerSpec(
                output,
                output,
                1,
                random.nextBoolean() ? Distance.MSE : Distance.MAE,
                last ? FeatureLayout.NHWC : FeatureLayout.NCHW,
                channels));
    }

    private void addBlock() {
        switch (random.nextInt(12)) {
            case 0, 1, 2 -> at = relu(convolution(at, 1 + random.nextInt(5), stride(), 1 + random.nextInt(2)));
            case 3 -> pool("MaxPool");
            case 4 -> pool("AveragePool");
            case 5 -> pad();
            case 6 -> cut();
            case 7 -> residual();
            case 8 -> branches();
            case 9 -> channelsLast();
            case 10 -> normalise();
            default -> same();
        }
    }

    private int stride() {
        int next = 1 + random.nextInt(3);
        if (stride * next > MAXIMUM_STRIDE) {
            return 1;
        }
        stride *= next;
        return next;
    }

    private String convolution(String from, int kernel, int step, int dilation) {
        int out = 2 + random.nextInt(6);
        long[] pads = new long[4];
        for (int i = 0; i < 4; i++) {
            pads[i] = random.nextInt(kernel * dilation);
        }
        String weights = weights(out, channels, kernel, kernel);
        channels = out;
        note("conv" + kernel + "/" + step + "x" + dilation);
        return node(
                "Conv",
                List.of(from, weights),
                "strides",
                new long[] {step, step},
                "dilations",
                new long[] {dilation, dilation},
                "pads",
                pads);
    }

    private String relu(String from) {
        return node(random.nextBoolean() ? "Relu" : "Sigmoid", List.of(from));
    }

    private void same() {
        int kernel = 2 + random.nextInt(4);
        String weights = weights(channels, channels, kernel, kernel);
        note("same" + kernel);
        at = node("Conv", List.of(at, weights), "auto_pad", random.nextBoolean() ? "SAME_UPPER" : "SAME_LOWER");
    }

    private void pool(String operator) {
        int kernel = 2 + random.nextInt(2);
        int step = stride();
        long[] pads = new long[4];
        for (int i = 0; i < 4; i++) {
            pads[i] = random.nextInt(kernel);
        }
        boolean ceil = random.nextBoolean();
        note(operator + kernel + "/" + step + (ceil ? "ceil" : ""));
        Object[] attributes = {
            "kernel_shape",
            new long[] {kernel, kernel},
            "strides",
            new long[] {step, step},
            "pads",
            pads,
            "ceil_mode",
            ceil ? 1L : 0L
        };
        at = node(operator, List.of(at), attributes);
    }

    private void pad() {
        String mode = List.of("constant", "edge", "reflect").get(random.nextInt(3));
        String pads = "longs" + names++;
        graph.longs(pads, 0, 0, random.nextInt(4), random.nextInt(4), 0, 0, random.nextInt(4), random.nextInt(4));
        note(mode);
        at = node("Pad", List.of(at, pads), "mode", mode);
    }

    private void cut() {
        String name = "longs" + names++;
        int step = stride();
        graph.longs(name + "from", random.nextInt(3), random.nextInt(3))
                .longs(name + "to", random.nextBoolean() ? -1 - random.nextInt(3) : Long.MAX_VALUE, Long.MAX_VALUE)
                .longs(name + "axes", -1, 2)
                .longs(name + "steps", step, step);
        note("cut/" + step);
        at = node("Slice", List.of(at, name + "from", name + "to", name + "axes", name + "steps"));
    }

    private void residual() {
        int dilation = 1 + random.nextInt(2);
        note("residual");
        String weights = weights(channels, channels, 3, 3);
        String branch = node(
                "Conv",
                List.of(at, weights),
                "pads",
                new long[] {dilation, dilation, dilation, dilation},
                "dilations",
                new long[] {dilation, dilation});
        at = node("Add", List.of(at, branch));
    }

    private void branches() {
        int step = stride();
        note("branches/" + step);
        String wide = node(
                "Conv",
                List.of(at, weights(3, channels, 5, 5)),
                "pads",
                new long[] {2, 2, 2, 2},
                "strides",
                new long[] {step, step});
        String narrow = node("Conv", List.of(at, weights(2, channels, 1, 1)), "strides", new long[] {step, step});
        channels = 5;
        at = node("Concat", List.of(wide, narrow), "axis", 1L);
    }

    private void channelsLast() {
        note("mixed");
        String last = node("Transpose", List.of(at), "perm", new long[] {0, 2, 3, 1});
        String mixed = node("MatMul", List.of(last, weights(channels, 4)));
        channels = 4;
        String normalised = node("Softmax", List.of(mixed), "axis", -1L);
        at = node("Transpose", List.of(normalised), "perm", new long[] {0, 3, 1, 2});
    }

    /** As LPIPS has it. */
    private void normalise() {
        note("norm");
        String norm = node("ReduceL2", List.of(at), "axes", new long[] {1});
        graph.floats("epsilon" + names, List.of(1), 1e-3f);
        at = node("Div", List.of(at, node("Add", List.of(norm, "epsilon" + names))));
    }

    private void note(String what) {
        description.append(' ').append(what);
    }

    private String weights(int... shape) {
        int count = 1;
        List<Integer> lengths = new ArrayList<>();
        for (int length : shape) {
            count *= length;
            lengths.add(length);
        }
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = (float) (random.nextGaussian() / Math.sqrt((double) count / shape[0]));
        }
        String name = "weights" + names++;
        graph.floats(name, lengths, values);
        return name;
    }

    private String node(String operator, List<String> from, Object... attributes) {
        String to = "value" + names++;
        graph.node(operator, from, to, attributes);
        return to;
    }
}
