package dev.percept.onnx;

import ai.onnx.proto.OnnxMl.ModelProto;
import dev.percept.FeatureLayout;
import dev.percept.LayerSpec;
import dev.percept.image.Pixels;
import dev.percept.onnx.winograd.Filters;
import dev.percept.onnx.winograd.InputShape;
import dev.percept.onnx.winograd.WinogradGraph;
import java.io.IOException;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * One model's rewritten graphs. Their form, blocked or standard, is chosen once, by the first size that gains, so that pictures are never
 * compared across forms. Thread-safe.
 */
final class WinogradGraphs {
    /** For tests: {@code standard} to do without ONNX Runtime's blocked operators. */
    private static final String FORM_PROPERTY = "percept.kernels.form";

    static final String BLOCKED = "winograd-blocked";
    static final String STANDARD = "winograd";

    private static final int UNKNOWN = -1;
    /** Blocked, and how long a block is hasn't been looked at. */
    private static final int UNMEASURED = -2;

    private final BackboneModel model;
    private final Set<String> outputs = new LinkedHashSet<>();
    private final Filters filters = new Filters();
    private @Nullable ModelProto proto;
    /** Channels in one of ONNX Runtime's blocks, or 0 for standard operators. */
    private int block = UNKNOWN;

    WinogradGraphs(BackboneModel model) {
        this.model = model;
        model.layers().stream().map(LayerSpec::output).forEach(outputs::add);
    }

    /** What sessions of these graphs run on. */
    synchronized String kernels() {
        return block > 0 || block == UNMEASURED ? BLOCKED : STANDARD;
    }

    /** The form that a test wants, or nothing. */
    static String wantedForm() {
        return System.getProperty(FORM_PROPERTY, "");
    }

    /** Chooses the form: that of graphs which are kept. */
    synchronized void choose(String kernels) {
        block = kernels.equals(BLOCKED) ? UNMEASURED : 0;
    }

    /** The filters that have been transformed. */
    Filters filters() {
        return filters;
    }

    /**
     * A graph for a number of pictures of one size, or null if it gains nothing.
     *
     * @throws IOException if the model can't be read again
     */
    synchronized @Nullable WinogradGraph of(Pixels size, int rows) throws IOException {
        if (block == UNMEASURED) {
            block = BlockSize.get();
        }
        if (block != UNKNOWN) {
            return of(size, rows, block);
        }
        int blocked = wantedForm().equals("standard") ? 0 : BlockSize.get();
        WinogradGraph standard = of(size, rows, 0);
        WinogradGraph other = blocked == 0 ? null : of(size, rows, blocked);
        if (other != null && (standard == null || standard.gain() <= other.gain())) {
            block = blocked;
            return other;
        }
        block = standard == null ? UNKNOWN : 0;
        return standard;
    }

    private @Nullable WinogradGraph of(Pixels size, int rows, int blockOf) throws IOException {
        ModelProto read = proto;
        if (read == null) {
            read = model.proto();
            proto = read;
        }
        long height = size.height();
        long width = size.width();
        List<Long> lengths = model.input().layout() == FeatureLayout.NCHW
                ? List.of((long) rows, 3L, height, width)
                : List.of((long) rows, height, width, 3L);
        InputShape shape = new InputShape(model.input().name(), lengths);
        return WinogradGraph.of(
                read, model.graph().opset(), shape, outputs, blockOf, FusedGraph.freePrefix(read.getGraph()));
    }
}
