package dev.percept.onnx;

import dev.percept.image.Pixels;
import dev.percept.onnx.winograd.WinogradGraph;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** What one model's pictures were like: how many of a size ran plainly, and what a rewritten graph would save. Guarded by {@link WinogradSessions}. */
final class SeenSizes {
    private static final int MAXIMUM_SIZES = 64;

    private final long filterBytes = Runtime.getRuntime().maxMemory() / 3;
    private final WinogradGraphs graphs;
    private final KeptWinograd kept;
    private final Consumer<String> dismiss;
    /** By height and width, the least recently seen first. */
    private final Map<List<Integer>, Seen> sizes = new LinkedHashMap<>();

    /** Pictures of one size. */
    static final class Seen {
        /** That ran plainly since a session was made, also in earlier processes. */
        int plain;
        /** How many of them later processes know of from this one. */
        int noted;
        /** That others were filled up with. */
        int wasted;
        /** How often somebody asked how they are best run. */
        int asked;
        /** What was found out about a graph for one of them; null if nothing is to be gained, or it wasn't looked at yet. */
        @Nullable
        WinogradGraph graph;

        boolean looked;
    }

    /** @param dismiss takes the reason why no graph of the model can be rewritten */
    SeenSizes(WinogradGraphs graphs, KeptWinograd kept, Consumer<String> dismiss) {
        this.graphs = graphs;
        this.kept = kept;
        this.dismiss = dismiss;
    }

    Seen of(Pixels size) {
        List<Integer> key = List.of(size.height(), size.width());
        Seen known = sizes.remove(key);
        Seen seen = known == null ? new Seen() : known;
        if (known == null) {
            seen.plain = kept.plain(size);
        }
        sizes.put(key, seen);
        if (sizes.size() > MAXIMUM_SIZES) {
            sizes.remove(sizes.keySet().iterator().next());
        }
        return seen;
    }

    /** A graph for one picture of a size; null if nothing is to be gained. It is looked for once. */
    @Nullable
    WinogradGraph graph(Seen seen, Pixels size) {
        if (!seen.looked) {
            seen.looked = true;
            try {
                WinogradGraph graph = graphs.of(size, 1);
                if (graph != null && graph.filterBytes() > filterBytes) {
                    dismiss.accept("transformed filters take more than a third of the JVM's memory: "
                            + graph.filterBytes() + " bytes");
                } else {
                    seen.graph = graph;
                }
            } catch (IOException e) {
                dismiss.accept("the model can't be read again: " + e.getMessage());
            }
        }
        return seen.graph;
    }
}
