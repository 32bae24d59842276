package dev.percept.onnx.winograd;

import ai.onnx.proto.OnnxMl.NodeProto;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Writes one convolution and what follows it: rows are gathered into tiles, transformed, multiplied, transformed back, and so are
 * rows again. That is done in strips of tiles, whose values stay in the processor's cache from one operator to the next.
 */
final class ChainWriter {
    /** Channels times tiles of a strip, in and out. */
    private static final int STRIP = 49152;
    /** Fewer tiles don't pay for reading the filters again. */
    private static final int FEWEST_TILES = 96;

    private final Nodes nodes;
    private final Form form;
    private final Chain chain;
    private final Chain.Size size;
    private final boolean pooled;
    /** What each node of the chain wrote, strip by strip. */
    private final Map<NodeProto, List<String>> written = new HashMap<>();

    private final List<Integer> cuts = new ArrayList<>();

    ChainWriter(Nodes nodes, Form form, Chain chain) {
        this.nodes = nodes;
        this.form = form;
        this.chain = chain;
        this.size = chain.size();
        this.pooled = chain.pool() != null;
        int tiles = Math.max(FEWEST_TILES, STRIP / (size.in() + size.out()));
        int strips = (size.tiles() + tiles - 1) / tiles;
        for (int strip = 0; strip <= strips; strip++) {
            cuts.add((int) ((long) size.tiles() * strip / strips));
        }
    }

    /**
     * Writes everything but the last step, for which see {@link #rows}.
     *
     * @param source what the convolution takes
     * @param filters name of its transformed filters
     */
    void write(Rows source, String filters, float @Nullable [] bias) {
        String input = nodes.floats(CookToom.input(), CookToom.FREQUENCIES, CookToom.FREQUENCIES);
        String output = nodes.floats(outputTransform(), CookToom.OUT * CookToom.OUT, CookToom.FREQUENCIES);
        for (int strip = 0; strip + 1 < cuts.size(); strip++) {
            int from = cuts.get(strip);
            int count = cuts.get(strip + 1) - from;
            String gathered = nodes.add(
                    "Gather",
                    List.of(source.name(), nodes.indices(source.tiles(size, from, from + count))),
                    Nodes.integer("axis", 0));
            String flat = nodes.reshape(gathered, CookToom.FREQUENCIES, (long) count * size.in());
            String tiles = nodes.add("Gemm", List.of(input, flat));
            String products = form.multiply(tiles, count, size, filters, bias);
            String value = form.restore(output, products, count, size, bias);
            put(chain.conv(), value);
            if (chain.relu() != null) {
                value = nodes.add("Relu", List.of(value));
                put(chain.relu(), value);
            }
            if (chain.pool() != null) {
                put(chain.pool(), form.pool(value, CookToom.OUT * CookToom.OUT / 4 * count, size.out()));
            }
        }
    }

    private void put(NodeProto node, String value) {
        written.computeIfAbsent(node, absent -> new ArrayList<>()).add(value);
    }

    /** The output transform, its rows in the order of {@link #row}. */
    private float[] outputTransform() {
        float[] inOrder = CookToom.output();
        float[] rows = new float[inOrder.length];
        for (int y = 0; y < CookToom.OUT; y++) {
            for (int x = 0; x < CookToom.OUT; x++) {
                System.arraycopy(
                        inOrder,
                        (y * CookToom.OUT + x) * CookToom.FREQUENCIES,
                        rows,
                        row(y, x) * CookToom.FREQUENCIES,
                        CookToom.FREQUENCIES);
            }
        }
        return rows;
    }

    /** A place of a tile among 16: as they are, or, to be pooled, by their place in windows of 2 × 2 first. */
    private int row(int y, int x) {
        return pooled ? (y % 2 * 2 + x % 2) * 4 + y / 2 * 2 + x / 2 : y * CookToom.OUT + x;
    }

    /**
     * What a node of the chain wrote, of all strips.
     *
     * @param padded true to have a row of zeros as well
     */
    Rows rows(NodeProto node, boolean padded) {
        boolean halved = node.equals(chain.pool());
        int side = halved ? CookToom.OUT / 2 : CookToom.OUT;
        int block = form.block(size.out());
        int blocks = size.out() / block;
        List<String> parts = new ArrayList<>();
        for (String part : Objects.requireNonNull(written.get(node))) {
            int count = cuts.get(parts.size() + 1) - cuts.get(parts.size());
            parts.add(nodes.reshape(part, (long) side * side * blocks * count, block));
        }
        if (padded) {
            parts.add(nodes.floats(new float[block], 1, block));
        }
        String all = parts.size() == 1 ? parts.get(0) : nodes.add("Concat", parts, Nodes.integer("axis", 0));
        int height = halved ? size.height() / 2 : size.height();
        int width = halved ? size.width() / 2 : size.width();
        int[] index = new int[size.batch() * blocks * height * width];
        for (int strip = 0; strip + 1 < cuts.size(); strip++) {
            int from = cuts.get(strip);
            int count = cuts.get(strip + 1) - from;
            for (int tile = from; tile < from + count; tile++) {
                int across = size.tilesAcross();
                int perPicture = across * size.tilesDown();
                int top = tile % perPicture / across * side;
                int left = tile % across * side;
                for (int y = top; y < Math.min(height, top + side); y++) {
                    for (int x = left; x < Math.min(width, left + side); x++) {
                        int row = halved ? (y - top) * side + x - left : row(y - top, x - left);
                        for (int b = 0; b < blocks; b++) {
                            index[((tile / perPicture * blocks + b) * height + y) * width + x] =
                                    side * side * blocks * from + (row * blocks + b) * count + tile - from;
                        }
                    }
                }
            }
        }
        return new Rows(all, index, size.batch(), blocks, block, height, width, side * side * blocks * size.tiles());
    }
}
