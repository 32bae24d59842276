package dev.percept.onnx.winograd;

import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.OperatorSetIdProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import ai.onnx.proto.OnnxMl.TensorShapeProto;
import ai.onnx.proto.OnnxMl.TypeProto;
import ai.onnx.proto.OnnxMl.ValueInfoProto;
import com.google.protobuf.ByteString;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;

/**
 * A small network with random weights, as an ONNX model and, independently of that, computed here in double by the operators'
 * definitions.
 */
final class Network {
    static final String INPUT = "pixels";

    /** The values of a layer, {@code [batch, channels, height, width]}. */
    @SuppressWarnings("ArrayRecordComponent") // Handed on, never compared.
    record Layer(int batch, int channels, int height, int width, double[] values) {
        Layer(int batch, int channels, int height, int width) {
            this(batch, channels, height, width, new double[batch * channels * height * width]);
        }

        private double at(int n, int c, int y, int x) {
            return values[((n * channels + c) * height + y) * width + x];
        }

        private void set(int n, int c, int y, int x, double value) {
            values[((n * channels + c) * height + y) * width + x] = value;
        }
    }

    /** Computes a layer from others. */
    private interface Step {
        Layer of(Map<String, Layer> known);
    }

    private final GraphProto.Builder graph = GraphProto.newBuilder().setName("network");
    private final Map<String, Step> steps = new LinkedHashMap<>();
    private final Map<String, Integer> channels = new HashMap<>(Map.of(INPUT, 3));
    private final List<String> taps = new ArrayList<>();
    private final Random random;
    private final long opset;

    Network(long opset, long seed) {
        this.opset = opset;
        this.random = new Random(seed);
        graph.addInput(port(INPUT));
    }

    /** A convolution of 3 × 3 that can be rewritten. */
    Network conv(String from, String to, int out, boolean biased) {
        return conv(from, to, out, biased, 3, 1, 1, 1);
    }

    Network conv(String from, String to, int out, boolean biased, int kernel, int stride, int pad, int groups) {
        int in = Objects.requireNonNull(channels.get(from)) / groups;
        float[] filters = new float[out * in * kernel * kernel];
        double scale = Math.sqrt(2.0 / (in * kernel * kernel));
        for (int i = 0; i < filters.length; i++) {
            filters[i] = (float) (random.nextGaussian() * scale);
        }
        float[] bias = new float[out];
        for (int i = 0; biased && i < out; i++) {
            bias[i] = (float) (random.nextGaussian() * 0.2);
        }
        weight(to + ".weight", filters, out, in, kernel, kernel);
        List<String> inputs = new ArrayList<>(List.of(from, to + ".weight"));
        if (biased) {
            weight(to + ".bias", bias, out);
            inputs.add(to + ".bias");
        }
        node("Conv", inputs, to)
                .addAttribute(Nodes.integers("kernel_shape", List.of((long) kernel, (long) kernel)))
                .addAttribute(Nodes.integers("strides", List.of((long) stride, (long) stride)))
                .addAttribute(Nodes.integers("pads", List.of((long) pad, (long) pad, (long) pad, (long) pad)))
                .addAttribute(Nodes.integer("group", groups));
        channels.put(to, out);
        steps.put(to, known -> {
            Layer input = Objects.requireNonNull(known.get(from));
            int height = (input.height + 2 * pad - kernel) / stride + 1;
            int width = (input.width + 2 * pad - kernel) / stride + 1;
            Layer output = new Layer(input.batch, out, height, width);
            for (int n = 0; n < input.batch; n++) {
                for (int k = 0; k < out; k++) {
                    int first = k / (out / groups) * in;
                    for (int y = 0; y < height; y++) {
                        for (int x = 0; x < width; x++) {
                            double sum = bias[k];
                            for (int c = 0; c < in; c++) {
                                for (int i = 0; i < kernel; i++) {
                                    for (int j = 0; j < kernel; j++) {
                                        int atY = y * stride + i - pad;
                                        int atX = x * stride + j - pad;
                                        if (atY >= 0 && atX >= 0 && atY < input.height && atX < input.width) {
                                            sum += filters[((k * in + c) * kernel + i) * kernel + j]
                                                    * input.at(n, first + c, atY, atX);
                                        }
                                    }
                                }
                            }
                            output.set(n, k, y, x, sum);
                        }
                    }
                }
            }
            return output;
        });
        return this;
    }

    Network relu(String from, String to) {
        node("Relu", List.of(from), to);
        channels.put(to, Objects.requireNonNull(channels.get(from)));
        steps.put(to, known -> {
            Layer input = Objects.requireNonNull(known.get(from));
            Layer output = new Layer(input.batch, input.channels, input.height, input.width);
            for (int i = 0; i < output.values.length; i++) {
                output.values[i] = Math.max(0, input.values[i]);
            }
            return output;
        });
        return this;
    }

    /** @param largest true for MaxPool, false for AveragePool, both of 2 × 2 with stride 2 */
    Network pool(String from, String to, boolean largest) {
        node(largest ? "MaxPool" : "AveragePool", List.of(from), to)
                .addAttribute(Nodes.integers("kernel_shape", List.of(2L, 2L)))
                .addAttribute(Nodes.integers("strides", List.of(2L, 2L)));
        channels.put(to, Objects.requireNonNull(channels.get(from)));
        steps.put(to, known -> {
            Layer input = Objects.requireNonNull(known.get(from));
            Layer output = new Layer(input.batch, input.channels, input.height / 2, input.width / 2);
            for (int n = 0; n < input.batch; n++) {
                for (int c = 0; c < input.channels; c++) {
                    for (int y = 0; y < output.height; y++) {
                        for (int x = 0; x < output.width; x++) {
                            double a = input.at(n, c, 2 * y, 2 * x);
                            double b = input.at(n, c, 2 * y, 2 * x + 1);
                            double d = input.at(n, c, 2 * y + 1, 2 * x);
                            double e = input.at(n, c, 2 * y + 1, 2 * x + 1);
                            output.set(
                                    n,
                                    c,
                                    y,
                                    x,
                                    largest ? Math.max(Math.max(a, b), Math.max(d, e)) : (a + b + d + e) / 4);
                        }
                    }
                }
            }
            return output;
        });
        return this;
    }

    Network add(String left, String right, String to) {
        node("Add", List.of(left, right), to);
        channels.put(to, Objects.requireNonNull(channels.get(left)));
        steps.put(to, known -> {
            Layer one = Objects.requireNonNull(known.get(left));
            Layer other = Objects.requireNonNull(known.get(right));
            Layer output = new Layer(one.batch, one.channels, one.height, one.width);
            for (int i = 0; i < output.values.length; i++) {
                output.values[i] = one.values[i] + other.values[i];
            }
            return output;
        });
        return this;
    }

    /** Makes values outputs of the graph. */
    Network tap(String... values) {
        for (String value : values) {
            taps.add(value);
            graph.addOutput(port(value));
        }
        return this;
    }

    List<String> taps() {
        return taps;
    }

    long opset() {
        return opset;
    }

    ModelProto model() {
        return ModelProto.newBuilder()
                .setIrVersion(8)
                .addOpsetImport(OperatorSetIdProto.newBuilder().setVersion(opset))
                .setGraph(graph)
                .build();
    }

    /** Every tap, in double. */
    List<Layer> compute(Layer pixels) {
        Map<String, Layer> known = new HashMap<>(Map.of(INPUT, pixels));
        steps.forEach((name, step) -> known.put(name, step.of(known)));
        return taps.stream().map(tap -> Objects.requireNonNull(known.get(tap))).toList();
    }

    private NodeProto.Builder node(String operator, List<String> from, String to) {
        return graph.addNodeBuilder().setOpType(operator).addAllInput(from).addOutput(to);
    }

    /** Gives the last node one more attribute, which must not change what it computes. */
    Network with(AttributeProto attribute) {
        graph.getNodeBuilder(graph.getNodeCount() - 1).addAttribute(attribute);
        return this;
    }

    private void weight(String name, float[] values, long... shape) {
        ByteBuffer bytes = ByteBuffer.allocate(values.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        bytes.asFloatBuffer().put(values);
        TensorProto.Builder tensor =
                TensorProto.newBuilder().setName(name).setDataType(TensorProto.DataType.FLOAT_VALUE);
        for (long length : shape) {
            tensor.addDims(length);
        }
        graph.addInitializer(tensor.setRawData(ByteString.copyFrom(bytes)));
    }

    private static ValueInfoProto port(String name) {
        TensorShapeProto.Builder shape = TensorShapeProto.newBuilder();
        for (int axis = 0; axis < 4; axis++) {
            shape.addDim(TensorShapeProto.Dimension.newBuilder().setDimParam(name + axis));
        }
        return ValueInfoProto.newBuilder()
                .setName(name)
                .setType(TypeProto.newBuilder()
                        .setTensorType(TypeProto.Tensor.newBuilder()
                                .setElemType(TensorProto.DataType.FLOAT_VALUE)
                                .setShape(shape)))
                .build();
    }
}
