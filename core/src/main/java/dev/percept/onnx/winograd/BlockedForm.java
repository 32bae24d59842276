package dev.percept.onnx.winograd;

import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * ONNX Runtime's own operators on blocks of channels: a row holds one block of one place, and filters are multiplied by its 1 × 1
 * convolution in 36 groups, which is faster than MatMul and takes the bias. These operators are what ONNX Runtime rewrites
 * graphs to on the CPU; they are no API, and the length of a block depends on the processor.
 */
final class BlockedForm implements Form {
    static final String DOMAIN = "com.microsoft.nchwc";

    private final Nodes nodes;
    private final Flow flow;
    private final Shapes shapes;
    private final int block;

    /** @param block channels in a block */
    BlockedForm(Nodes nodes, Flow flow, Shapes shapes, int block) {
        this.nodes = nodes;
        this.flow = flow;
        this.shapes = shapes;
        this.block = block;
    }

    @Override
    public double cost(Chain.Size size) {
        return Costs.winograd(size, 1.26, 350);
    }

    @Override
    public boolean takes(Chain.Size size) {
        return size.in() % block == 0 && size.out() % block == 0;
    }

    /** ONNX Runtime's blocked convolution takes a picture of few channels as it is. */
    @Override
    public boolean writesRows(NodeProto conv) {
        if (!Attributes.is(conv, "Conv")) {
            return false;
        }
        TensorProto filters = flow.weight(conv.getInput(1));
        List<Long> input = shapes.of(conv.getInput(0));
        List<Long> output = shapes.of(conv.getOutput(0));
        boolean biased = conv.getInputCount() > 2 && !conv.getInput(2).isEmpty();
        return input != null
                && output != null
                && output.size() == 4
                && input.get(1) < block
                && output.get(1) % block == 0
                && output.stream().reduce(1L, (left, right) -> left * right) < Integer.MAX_VALUE
                && Attributes.integer(conv, "group", 1) == 1
                && Attributes.string(conv, "auto_pad", "NOTSET").equals("NOTSET")
                && filters != null
                && Weights.isReadable(filters)
                && (!biased || flow.weight(conv.getInput(2)) != null);
    }

    @Override
    public Rows rows(NodeProto conv, @Nullable NodeProto relu) {
        TensorProto tensor = Objects.requireNonNull(flow.weight(conv.getInput(1)));
        int in = (int) tensor.getDims(1);
        int places = (int) (tensor.getDims(2) * tensor.getDims(3));
        float[] filters = Weights.of(tensor);
        float[] ordered = new float[filters.length];
        for (int i = 0; i < filters.length; i++) {
            int out = i / (in * places);
            ordered[((out / block) * in * places + i % (in * places)) * block + out % block] = filters[i];
        }
        long[] shape = tensor.getDimsList().stream().mapToLong(Long::longValue).toArray();
        List<String> from = new ArrayList<>(List.of(conv.getInput(0), nodes.floats(ordered, shape)));
        if (conv.getInputCount() > 2) {
            from.add(conv.getInput(2));
        }
        String written = convolve(
                from,
                1,
                tensor.getDimsList().subList(2, 4),
                Attributes.integers(conv, "strides", 2, 1),
                Attributes.integers(conv, "pads", 4, 0),
                Attributes.integers(conv, "dilations", 2, 1),
                relu != null);
        List<Long> size = Objects.requireNonNull(shapes.of(conv.getOutput(0)));
        return ordered(written, Math.toIntExact(size.get(0)), (int) tensor.getDims(0), size.get(2), size.get(3));
    }

    private String convolve(
            List<String> from,
            int groups,
            List<Long> kernel,
            List<Long> strides,
            List<Long> pads,
            List<Long> dilations,
            boolean relu) {
        List<AttributeProto> attributes = new ArrayList<>(List.of(
                Nodes.integer("group", groups),
                Nodes.integers("kernel_shape", kernel),
                Nodes.integers("strides", strides),
                Nodes.integers("pads", pads),
                Nodes.integers("dilations", dilations)));
        if (relu) {
            attributes.add(Nodes.string("activation", "Relu"));
        }
        return nodes.add(DOMAIN, "Conv", from, null, attributes.toArray(AttributeProto[]::new));
    }

    @Override
    public int block(int channels) {
        return block;
    }

    @Override
    public Rows enter(String value, Chain.Size size) {
        String blocked = nodes.add(DOMAIN, "ReorderInput", List.of(value), null, Nodes.integer("channels_last", 0));
        return ordered(blocked, size.batch(), size.in(), size.height(), size.width());
    }

    private Rows ordered(String blocked, int batch, int channels, long height, long width) {
        int blocks = channels / block;
        String rows = nodes.reshape(blocked, (long) batch * blocks * height * width, block);
        String zero = nodes.floats(new float[block], 1, block);
        return Rows.inOrder(
                nodes.add("Concat", List.of(rows, zero), Nodes.integer("axis", 0)),
                batch,
                blocks,
                block,
                Math.toIntExact(height),
                Math.toIntExact(width));
    }

    @Override
    public void leave(Rows rows, String to) {
        String gathered =
                nodes.add("Gather", List.of(rows.name(), nodes.indices(rows.all())), Nodes.integer("axis", 0));
        String layer = nodes.reshape(gathered, rows.batch(), rows.channels(), rows.height(), rows.width());
        nodes.add(DOMAIN, "ReorderOutput", List.of(layer), to, Nodes.integer("channels", rows.channels()));
    }

    @Override
    public String multiply(String tiles, int count, Chain.Size size, String filters, float @Nullable [] bias) {
        List<String> from = new ArrayList<>(
                List.of(nodes.reshape(tiles, 1, (long) CookToom.FREQUENCIES * size.in(), count, 1), filters));
        if (bias != null) {
            float[] frequencies = new float[CookToom.FREQUENCIES * size.out()];
            for (int i = 0; i < bias.length; i++) {
                frequencies[CookToom.FLAT * size.out() + i] = (float) (bias[i] / CookToom.flatFactor());
            }
            from.add(nodes.floats(frequencies, frequencies.length));
        }
        List<Long> ones = List.of(1L, 1L);
        String products = convolve(from, CookToom.FREQUENCIES, ones, ones, List.of(0L, 0L, 0L, 0L), ones, false);
        return nodes.reshape(products, CookToom.FREQUENCIES, (long) count * size.out());
    }

    @Override
    public String restore(String output, String products, int count, Chain.Size size, float @Nullable [] bias) {
        return nodes.add("Gemm", List.of(output, products));
    }

    @Override
    public String pool(String values, int rows, int channels) {
        String windows = nodes.reshape(values, 1, block, 4, (long) rows * channels / block);
        List<Long> window = List.of(4L, 1L);
        return nodes.add(
                DOMAIN,
                "MaxPool",
                List.of(windows),
                null,
                Nodes.integers("kernel_shape", window),
                Nodes.integers("strides", window),
                Nodes.integers("pads", List.of(0L, 0L, 0L, 0L)),
                Nodes.integers("dilations", List.of(1L, 1L)));
    }

    @Override
    public FloatBuffer filters(float[] filters, int in, int out) {
        FloatBuffer transformed = Nodes.directFloats(CookToom.FREQUENCIES * in * out);
        // A group's filters: by blocks of outputs, blocks of inputs, inputs and outputs.
        float[] run = new float[CookToom.FREQUENCIES * block];
        for (int outBlock = 0; outBlock < out; outBlock += block) {
            for (int c = 0; c < in; c++) {
                for (int k = 0; k < block; k++) {
                    int filter = (outBlock + k) * in + c;
                    CookToom.filter(filters, filter * CookToom.FILTER * CookToom.FILTER, run, k, block);
                }
                for (int frequency = 0; frequency < CookToom.FREQUENCIES; frequency++) {
                    transformed.put((frequency * out + outBlock) * in + c * block, run, frequency * block, block);
                }
            }
        }
        return transformed;
    }

    @Override
    public long[] filterShape(int in, int out) {
        return new long[] {(long) CookToom.FREQUENCIES * out, in, 1, 1};
    }
}
