package dev.percept.onnx;

import ai.onnxruntime.OrtException;
import dev.percept.Kernels;
import dev.percept.image.Pixels;
import dev.percept.onnx.winograd.WinogradGraph;
import java.io.IOException;
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
    /**
     * A picture of which this many operations are saved, as of VGG19's from about 160² on, keeps all processors busy by itself. Several at once
     * are no faster, and their activations go through memory, where one's stay in the caches.
     */
    private static final double ALONE = 8e9;
    /** So many times what making a session costs, it costs where it is kept as well. */
    private static final int KEEPING = 4;

    /** A session for so many times the rows is used for fewer: the rest is wasted, and still it is as fast as plain. */
    private static final double WASTE = 1.5;

    private final BackboneModel model;
    private final SessionSettings settings;
    private final WinogradGraphs graphs;
    private final KeptWinograd kept;
    private final WinogradPool sessions = new WinogradPool();
    private final SeenSizes sizes;

    private boolean dismissed;
    private boolean making;

    WinogradSessions(BackboneModel model, SessionSettings settings, KeptGraphs keptGraphs) {
        this.model = model;
        this.settings = settings;
        this.graphs = new WinogradGraphs(model);
        this.kept = new KeptWinograd(model, settings, keptGraphs);
        this.sizes = new SeenSizes(graphs, kept, this::dismiss);
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

    /** Whether pictures of a size should come here one at a time: a session for one is at hand, and does as much as one for several. */
    synchronized boolean isBestAlone(Pixels size) {
        if (dismissed || !isAtHand(size)) {
            return false;
        }
        SeenSizes.Seen seen = sizes.of(size);
        seen.asked++;
        if (!seen.looked && seen.asked < LEAST_PICTURES) {
            return true;
        }
        WinogradGraph graph = sizes.graph(seen, size);
        return graph != null && graph.gain() >= ALONE;
    }

    /**
     * On a session of how many rows some pictures should be run from here, one by one if there are more; 0 if on none, and then they are taken to run
     * plainly.
     *
     * @param rows of the session, if it takes them at once
     * @param pictures that would run on it, all in all
     * @param apart whether they may also be run one by one on a session that was made for others
     */
    synchronized int worthRows(Pixels size, int rows, int pictures, boolean apart) {
        if (dismissed) {
            return 0;
        }
        SeenSizes.Seen seen = sizes.of(size);
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
        WinogradGraph graph = sizes.graph(seen, size);
        int useful = graph != null && graph.gain() >= ALONE ? kept.rows() : rows;
        if (graph == null || graph.indexBytes() * useful > WinogradPool.MAXIMUM_BYTES / 2) {
            if (graph == null && !dismissed) {
                kept.note(size, KeptSizes.NOTHING_GAINED);
            }
            return one;
        }
        WinogradSession fit = sessions.smallest(size, useful);
        if (forced || (fit != null && fit.shape.rows() <= WASTE * useful)) {
            seen.plain = 0;
            return useful;
        }
        if (rows == kept.rows() && kept.isPossible(size)) {
            factor = KEEPING;
        }
        if (!making && seen.plain * graph.gain() >= factor * setUp(graph)) {
            return useful;
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
    private void note(Pixels size, SeenSizes.Seen seen) {
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
                ? sizes.graph(sizes.of(size), size) != null
                : sessions.hasLarger(size, kept.rows());
    }

    private double setUp(WinogradGraph graph) {
        return graph.setUp(!graphs.filters().isEmpty());
    }

    /**
     * A session for pictures of this size; to be given back with {@link #release}.
     *
     * @param rows that it must have at least
     * @return null if there is none and never will be
     */
    @Nullable
    WinogradSession take(Pixels size, int rows) {
        boolean keep;
        synchronized (this) {
            awaitMaking();
            SeenSizes.Seen seen = sizes.of(size);
            WinogradSession fit = dismissed ? null : sessions.smallest(size, rows);
            if (fit != null && fit.shape.rows() <= WASTE * rows) {
                return sessions.use(fit);
            }
            if (dismissed || (!isKept(size, rows) && sizes.graph(seen, size) == null)) {
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
            keep = isWorthKeeping(size, seen);
            seen.plain = 0;
            making = true;
        }
        WinogradSession made = null;
        try {
            made = make(size, rows, keep);
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

    /** Whether a session that is about to be made should be written for later processes; if not, these at least know how many pictures it would have had. */
    private boolean isWorthKeeping(Pixels size, SeenSizes.Seen seen) {
        if (settings.kernels() == Kernels.WINOGRAD
                || seen.graph == null
                || seen.plain * seen.graph.gain() >= KEEPING * setUp(seen.graph)) {
            return true;
        }
        note(size, seen);
        return false;
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

    /** Opens the one that is kept, or makes one, which is kept if possible and wanted. */
    private @Nullable WinogradSession make(Pixels size, int rows, boolean keep) {
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
            WinogradSession made = keep && rows == kept.rows() ? kept.make(size, graph, written) : null;
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
