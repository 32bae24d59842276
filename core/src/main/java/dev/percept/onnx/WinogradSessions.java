package dev.percept.onnx;

import ai.onnxruntime.OrtException;
import dev.percept.Kernels;
import dev.percept.image.Pixels;
import dev.percept.onnx.winograd.WinogradGraph;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The sessions of one model's rewritten graphs, each for one size of pictures and one number of them, and when to make one.
 *
 * <p>How many pictures will follow isn't known. So a session is made once the pictures of a size that ran plainly, or are about to, cost as
 * much more as making it does: then a run of pictures never takes more than twice what it would have, had all been known. What both cost is
 * counted in operations and not measured, so that the same calls always run the same way. That goes on over processes: those for one picture are
 * kept, and how many ran plainly is, too ({@link KeptWinograd}).
 *
 * <p>Thread-safe. While one thread makes a session, others run plainly, unless they may not.
 */
final class WinogradSessions {
    static final String PLAIN = "plain";

    /** Fewer pictures than this never pay; so the graph isn't even looked at, which would cost a cold start. */
    private static final int LEAST_PICTURES = 6;

    /** So many times what running several pictures at once saves, one by one on a session for one saves. */
    private static final int APART = 10;
    /** So many times what making a session costs, it costs where it is kept as well. */
    private static final int KEEPING = 4;

    private static final int MAXIMUM_SIZES = 64;
    /** A session for so many times the rows is used for fewer: the rest is wasted, and still it is as fast as plain. */
    private static final double WASTE = 1.5;

    private final BackboneModel model;
    private final SessionSettings settings;
    private final long filterBytes = Runtime.getRuntime().maxMemory() / 3;
    private final WinogradGraphs graphs;
    private final KeptWinograd kept;
    private final WinogradPool sessions = new WinogradPool();
    /** By height and width, the least recently seen first. */
    private final Map<List<Integer>, Seen> sizes = new LinkedHashMap<>();

    private boolean dismissed;
    private boolean making;

    /** Pictures of one size. */
    private static final class Seen {
        /** That ran plainly since a session was made, also in earlier processes. */
        int plain;
        /** How many of them later processes know of from this one. */
        int noted;
        /** That others were filled up with. */
        int wasted;
        /** What was found out about a graph for one of them; null if nothing is to be gained, or it wasn't looked at yet. */
        @Nullable
        WinogradGraph graph;

        boolean looked;
    }

    WinogradSessions(BackboneModel model, SessionSettings settings, KeptGraphs keptGraphs) {
        this.model = model;
        this.settings = settings;
        this.graphs = new WinogradGraphs(model);
        this.kept = new KeptWinograd(model, settings, keptGraphs);
        String kernels = kept.kernels();
        if (kernels != null) {
            graphs.choose(kernels);
        }
    }

    /** Whether graphs of earlier processes are there: then plain sessions may never be needed. */
    boolean areKept() {
        return kept.kernels() != null;
    }

    /** What runs on its sessions. */
    String kernels() {
        return graphs.kernels();
    }

    /**
     * On a session of how many rows some pictures should be run from here; 0 if on none, and then they are taken to run plainly.
     *
     * @param rows of the session, if it takes them at once
     * @param pictures that would run on it, all in all
     * @param apart whether they may also be run one by one
     */
    synchronized int worthRows(Pixels size, int rows, int pictures, boolean apart) {
        if (dismissed) {
            return 0;
        }
        Seen seen = seen(size);
        int one = (rows == kept.rows() || apart) && isAtHand(size) ? kept.rows() : 0;
        if (one == rows || kept.gainsNothing(size)) {
            return one;
        }
        boolean forced = settings.kernels() == Kernels.WINOGRAD && one == 0;
        int factor = one == 0 ? 1 : APART;
        seen.plain += pictures;
        if (!forced && seen.plain < factor * LEAST_PICTURES && sessions.smallest(size, rows) == null) {
            note(size, seen);
            return one;
        }
        WinogradGraph graph = graph(seen, size);
        if (graph == null || graph.indexBytes() * rows > WinogradPool.MAXIMUM_BYTES / 2) {
            if (graph == null && !dismissed) {
                kept.note(size, KeptSizes.NOTHING_GAINED);
            }
            return one;
        }
        WinogradSession fit = sessions.smallest(size, rows);
        if (forced || (fit != null && fit.shape.rows() <= WASTE * rows)) {
            seen.plain = 0;
            return rows;
        }
        if (rows == kept.rows() && kept.isPossible(size)) {
            factor = KEEPING;
        }
        if (!making && seen.plain * graph.gain() >= factor * setUp(graph)) {
            return rows;
        }
        note(size, seen);
        return one;
    }

    /** Whether a session for one picture is there, or can be opened at once. */
    private boolean isAtHand(Pixels size) {
        WinogradSession fit = sessions.smallest(size, kept.rows());
        return (fit != null && fit.shape.rows() == kept.rows()) || kept.has(size);
    }

    /** Not each time: a short process has one call, and a long one needn't be exact. */
    private void note(Pixels size, Seen seen) {
        if (seen.plain >= 2 * seen.noted && !isAtHand(size)) {
            seen.noted = seen.plain;
            kept.note(size, seen.plain);
        }
    }

    /** Whether a session for these rows of this size is there: then others of them will probably run on it. */
    synchronized boolean isLikely(Pixels size, int rows) {
        if (dismissed) {
            return false;
        }
        if (rows == kept.rows() && isAtHand(size)) {
            return true;
        }
        // One for a single row says nothing of several.
        return settings.kernels() == Kernels.WINOGRAD
                ? graph(seen(size), size) != null
                : sessions.hasLarger(size, kept.rows());
    }

    private double setUp(WinogradGraph graph) {
        return graph.setUp(!graphs.filters().isEmpty());
    }

    private Seen seen(Pixels size) {
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

    private @Nullable WinogradGraph graph(Seen seen, Pixels size) {
        if (!seen.looked) {
            seen.looked = true;
            try {
                WinogradGraph graph = graphs.of(size, 1);
                if (graph != null && graph.filterBytes() > filterBytes) {
                    dismiss("transformed filters take more than a third of the JVM's memory: " + graph.filterBytes()
                            + " bytes");
                } else {
                    seen.graph = graph;
                }
            } catch (IOException e) {
                dismiss("the model can't be read again: " + e.getMessage());
            }
        }
        return seen.graph;
    }

    /**
     * A session for pictures of this size; to be given back with {@link #release}.
     *
     * @param rows that it must have at least
     * @return null if there is none and never will be
     */
    @Nullable
    WinogradSession take(Pixels size, int rows) {
        synchronized (this) {
            awaitMaking();
            Seen seen = seen(size);
            WinogradSession fit = dismissed ? null : sessions.smallest(size, rows);
            if (fit != null && fit.shape.rows() <= WASTE * rows) {
                return sessions.use(fit);
            }
            if (dismissed || (!isKept(size, rows) && graph(seen, size) == null)) {
                return null;
            }
            if (fit != null && !isKept(size, rows)) {
                seen.wasted += fit.shape.rows() - rows;
                // A row that is filled up costs about what another one gains.
                if (seen.graph == null || seen.wasted * seen.graph.gain() < setUp(seen.graph)) {
                    return sessions.use(fit);
                }
                seen.wasted = 0;
            }
            seen.plain = 0;
            making = true;
        }
        WinogradSession made = null;
        try {
            made = make(size, rows);
            return made;
        } finally {
            synchronized (this) {
                making = false;
                notifyAll();
                if (made != null) {
                    sessions.use(made);
                }
            }
        }
    }

    private boolean isKept(Pixels size, int rows) {
        return rows == kept.rows() && kept.has(size);
    }

    /** It takes a fraction of a second, and what it is waited for would take longer. */
    private void awaitMaking() {
        boolean interrupted = false;
        while (making) {
            try {
                wait();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    /** Opens the one that is kept, or makes one, which is kept if possible. */
    private @Nullable WinogradSession make(Pixels size, int rows) {
        try {
            WinogradSession opened = isKept(size, rows) ? kept.open(size) : null;
            if (opened != null) {
                opened.proven = true;
                return opened;
            }
            WinogradGraph graph = graphs.of(size, rows);
            if (graph == null) {
                return null;
            }
            WinogradGraph.Written written = graph.write(graphs.filters());
            WinogradSession made = rows == kept.rows() ? kept.make(size, graph, written) : null;
            return made != null
                    ? made
                    : WinogradSession.create(
                            OnnxRuntime.get().environment(),
                            settings,
                            new WinogradSession.Shape(rows, size.height(), size.width()),
                            written,
                            graph.indexBytes(),
                            options -> {});
        } catch (OrtException | IOException | OutOfMemoryError e) {
            dismiss(String.valueOf(e.getMessage()));
            return null;
        }
    }

    /** Notes whether a session computes what plain kernels do; if not, none is used any more. */
    synchronized void settle(WinogradSession session, Pixels size, boolean proven) {
        session.proven = proven;
        if (session.shape.rows() == kept.rows()) {
            kept.settle(size, proven, kernels());
        }
        if (!proven) {
            dismiss("its features are others than plain ones");
        }
    }

    /** Uses none of them any more: pictures run plainly from now on. */
    synchronized void dismiss(String reason) {
        dismissed = true;
        System.getLogger(WinogradSessions.class.getName())
                .log(System.Logger.Level.WARNING, "{0} runs on plain kernels: {1}", model.name(), reason);
        sessions.clear();
    }

    synchronized void release(WinogradSession session) {
        sessions.release(session);
    }

    /** Nothing may run on them any more. */
    synchronized void close() {
        dismissed = true;
        sessions.clear();
    }
}
