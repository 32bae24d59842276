package dev.percept.onnx.winograd;

import ai.onnx.proto.OnnxMl.NodeProto;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** ONNX's own operators only: a row holds all channels of a place, and filters are multiplied by MatMul. */
final class StandardForm implements Form {
    /** Since then ReduceMax takes its axes as an input. */
    private static final int AXES_AS_INPUT = 18;

    private final Nodes nodes;
    private final long opset;

    StandardForm(Nodes nodes, long opset) {
        this.nodes = nodes;
        this.opset = opset;
    }

    @Override
    public double cost(Chain.Size size) {
        return Costs.winograd(size, 1.35, 420);
    }

    @Override
    public boolean takes(Chain.Size size) {
        return true;
    }

    @Override
    public boolean writesRows(NodeProto conv) {
        return false;
    }

    @Override
    public Rows rows(NodeProto conv, @Nullable NodeProto relu) {
        throw new UnsupportedOperationException();
    }

    @Override
    public int block(int channels) {
        return channels;
    }

    @Override
    public Rows enter(String value, Chain.Size size) {
        int places = size.batch() * size.height() * size.width();
        String last = nodes.add("Transpose", List.of(value), Nodes.integers("perm", List.of(0L, 2L, 3L, 1L)));
        String rows = nodes.reshape(last, places, size.in());
        String zero = nodes.floats(new float[size.in()], 1, size.in());
        return Rows.inOrder(
                nodes.add("Concat", List.of(rows, zero), Nodes.integer("axis", 0)),
                size.batch(),
                1,
                size.in(),
                size.height(),
                size.width());
    }

    @Override
    public void leave(Rows rows, String to) {
        String gathered =
                nodes.add("Gather", List.of(rows.name(), nodes.indices(rows.all())), Nodes.integer("axis", 0));
        String layer = nodes.reshape(gathered, rows.batch(), rows.height(), rows.width(), rows.channels());
        nodes.add("Transpose", List.of(layer), to, Nodes.integers("perm", List.of(0L, 3L, 1L, 2L)));
    }

    @Override
    public String multiply(String tiles, int count, Chain.Size size, String filters, float @Nullable [] bias) {
        String left = nodes.reshape(tiles, CookToom.FREQUENCIES, count, size.in());
        String products = nodes.add("MatMul", List.of(left, filters));
        return nodes.reshape(products, CookToom.FREQUENCIES, (long) count * size.out());
    }

    @Override
    public String restore(String output, String products, int count, Chain.Size size, float @Nullable [] bias) {
        List<String> from = new ArrayList<>(List.of(output, products));
        if (bias != null) {
            // Gemm adds a row to every row. MatMul adds nothing, and so the bias can't be in its frequency.
            float[] row = new float[count * size.out()];
            for (int i = 0; i < row.length; i++) {
                row[i] = bias[i % bias.length];
            }
            from.add(nodes.floats(row, 1, row.length));
        }
        return nodes.add("Gemm", from);
    }

    @Override
    public String pool(String values, int rows, int channels) {
        String windows = nodes.reshape(values, 4, (long) rows * channels);
        return opset < AXES_AS_INPUT
                ? nodes.add(
                        "ReduceMax",
                        List.of(windows),
                        Nodes.integers("axes", List.of(0L)),
                        Nodes.integer("keepdims", 0))
                : nodes.add("ReduceMax", List.of(windows, nodes.longs(0)), Nodes.integer("keepdims", 0));
    }

    @Override
    public FloatBuffer filters(float[] filters, int in, int out) {
        FloatBuffer transformed = Nodes.directFloats(CookToom.FREQUENCIES * in * out);
        // One input channel's, by frequency and output: what is written in runs is written fast.
        float[] run = new float[CookToom.FREQUENCIES * out];
        for (int c = 0; c < in; c++) {
            for (int k = 0; k < out; k++) {
                CookToom.filter(filters, (k * in + c) * CookToom.FILTER * CookToom.FILTER, run, k, out);
            }
            for (int frequency = 0; frequency < CookToom.FREQUENCIES; frequency++) {
                transformed.put((frequency * in + c) * out, run, frequency * out, out);
            }
        }
        return transformed;
    }

    @Override
    public long[] filterShape(int in, int out) {
        return new long[] {CookToom.FREQUENCIES, in, out};
    }
}
