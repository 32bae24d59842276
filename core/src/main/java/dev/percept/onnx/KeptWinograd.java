package dev.percept.onnx;

import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import dev.percept.image.Pixels;
import dev.percept.onnx.winograd.WinogradGraph;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One model's rewritten graphs for later processes: optimised, with their transformed filters and indices in a file that ONNX Runtime maps.
 * For one picture at a time, since that is what a short process has; a long one makes others itself. Where nothing can be kept,
 * nothing is found. Thread-safe.
 */
final class KeptWinograd {
    /** To be raised where graphs are rewritten otherwise, or others are chosen to be. */
    private static final String FORM = "winograd 1";
    /** Nearly everything lies beside the graph: what is in it is read, copied and summed up each time. */
    private static final int LARGE = 1000;
    /** Of a graph without its filters and indices. */
    private static final long GRAPH_BYTES = 4 << 20;

    private final BackboneModel model;
    private final SessionSettings settings;
    private final KeptGraphs graphs;
    private final String form;
    /** Null where nothing can be kept. */
    private final @Nullable KeptSizes sizes;

    KeptWinograd(BackboneModel model, SessionSettings settings, KeptGraphs graphs) {
        this.model = model;
        this.settings = settings;
        this.graphs = graphs;
        StringBuilder text = new StringBuilder(FORM).append(WinogradGraphs.wantedForm());
        text.append(" of ")
                .append(model.input().name())
                .append(' ')
                .append(model.input().layout());
        model.layers().forEach(layer -> text.append(", ").append(layer.output()));
        this.form = text.toString();
        KeptGraphs.Entry all = graphs.entry(model, settings, Execution.CPU, form);
        this.sizes = all == null ? null : graphs.sizes(all);
    }

    /** How many rows the graphs are for that are kept. */
    int rows() {
        return model.input().batch() == null ? 1 : model.input().batch();
    }

    /** What kept graphs run on; null if none is kept. */
    @Nullable
    String kernels() {
        return sizes == null ? null : sizes.kernels();
    }

    /** Whether a graph for this size is kept. */
    boolean has(Pixels size) {
        if (sizes == null || sizes.of(size) != KeptSizes.KEPT) {
            return false;
        }
        KeptGraphs.Entry entry = entry(size);
        if (entry != null && graphs.has(entry)) {
            return true;
        }
        // Others took its place: it has to be worth it anew.
        sizes.note(size, 0, null);
        return false;
    }

    /** Whether an earlier process found out that nothing is gained at a size. */
    boolean gainsNothing(Pixels size) {
        return sizes != null && sizes.of(size) == KeptSizes.NOTHING_GAINED;
    }

    /** How many pictures of a size ran plainly in earlier processes, as far as it is known. */
    int plain(Pixels size) {
        return sizes == null ? 0 : Math.max(0, sizes.of(size));
    }

    /** Whether a graph could be kept now. */
    boolean isPossible(Pixels size) {
        KeptGraphs.Entry entry = entry(size);
        return entry != null && graphs.isKnown(entry);
    }

    /** Notes how many pictures of a size ran plainly, or that nothing is gained. */
    void note(Pixels size, int count) {
        if (sizes != null && sizes.of(size) != count && isPossible(size)) {
            sizes.note(size, count, null);
        }
    }

    /** A session of the kept graph for a size, or null if there is none. */
    @Nullable
    WinogradSession open(Pixels size) throws OrtException {
        KeptGraphs.Entry entry = entry(size);
        if (entry == null) {
            return null;
        }
        OrtSession session;
        try (OrtSession.SessionOptions options = WinogradSession.options(settings)) {
            session = graphs.find(entry, options);
        }
        return session == null
                ? null
                : new WinogradSession(
                        new WinogradSession.Shape(rows(), size.height(), size.width()), 0, session, Map.of());
    }

    /** A session of a rewritten graph, which is written to where it may be kept; null if it can't be. */
    @Nullable
    WinogradSession make(Pixels size, WinogradGraph graph, WinogradGraph.Written written) throws OrtException {
        KeptGraphs.Entry entry = entry(size);
        if (entry == null) {
            return null;
        }
        WinogradSession[] made = new WinogradSession[1];
        long bytes = graph.filterBytes() + graph.indexBytes() + GRAPH_BYTES;
        graphs.keep(entry, bytes, (file, weights) -> {
            made[0] = WinogradSession.create(
                    OnnxRuntime.get().environment(),
                    settings,
                    new WinogradSession.Shape(rows(), size.height(), size.width()),
                    written,
                    graph.indexBytes(),
                    options -> KeptGraphs.write(options, file, weights, LARGE));
            return made[0].session();
        });
        return made[0];
    }

    /**
     * Has later processes use the graph for a size, or not, once it has been compared with plain kernels.
     *
     * @param kernels that it runs on
     */
    void settle(Pixels size, boolean proven, String kernels) {
        KeptGraphs.Entry entry = entry(size);
        if (sizes == null || entry == null) {
            return;
        }
        if (!proven) {
            graphs.drop(entry);
            sizes.note(size, KeptSizes.NOTHING_GAINED, null);
        } else if (graphs.has(entry)) {
            sizes.note(size, KeptSizes.KEPT, kernels);
        }
    }

    private KeptGraphs.@Nullable Entry entry(Pixels size) {
        return graphs.entry(
                model, settings, Execution.CPU, form + ", " + rows() + " × " + size.height() + " × " + size.width());
    }
}
