package dev.percept.onnx;

import ai.onnxruntime.OrtException;
import dev.percept.Kernels;
import dev.percept.image.Pixels;
import dev.percept.onnx.winograd.WinogradGraph;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The sessions of one model's rewritten graphs, each for one size of pictures and one number of them, and when to make one.
 *
 * <p>How many pictures will follow isn't known. So a session is made once the pictures of a size that ran plainly, or are about to, cost as
 * much more as making it does: then a run of pictures never takes more than twice what it would have, had all been known. What both cost is
 * counted in operations and not measured, so that the same calls always run the same way.
 *
 * <p>Thread-safe. While one thread makes a session, others run plainly, unless they may not.
 */
final class WinogradSessions {
    static final String PLAIN = "plain";

    /** Fewer pictures than this never pay; so the graph isn't even looked at, which would cost a cold start. */
    private static final int LEAST_PICTURES = 6;

    private static final int MAXIMUM_SESSIONS = 4;
    /** Of indices, in all sessions. */
    private static final long MAXIMUM_BYTES = 512L << 20;

    private static final int MAXIMUM_SIZES = 64;
    /** A session for so many times the rows is used for fewer: the rest is wasted, and still it is as fast as plain. */
    private static final double WASTE = 1.5;

    private final BackboneModel model;
    private final SessionSettings settings;
    private final long filterBytes = Runtime.getRuntime().maxMemory() / 3;
    private final WinogradGraphs graphs;
    /** The least recently used first. */
    private final List<WinogradSession> sessions = new ArrayList<>();
    /** By height and width, the least recently seen first. */
    private final Map<List<Integer>, Seen> sizes = new LinkedHashMap<>();

    private boolean dismissed;
    private boolean making;

    /** Pictures of one size. */
    private static final class Seen {
        /** That ran plainly since a session was made. */
        int plain;
        /** That others were filled up with. */
        int wasted;
        /** What was found out about a graph for one of them; null if nothing is to be gained, or it wasn't looked at yet. */
        @Nullable
        WinogradGraph graph;

        boolean looked;
    }

    WinogradSessions(BackboneModel model, SessionSettings settings) {
        this.model = model;
        this.settings = settings;
        this.graphs = new WinogradGraphs(model);
    }

    /** What runs on its sessions. */
    String kernels() {
        return graphs.kernels();
    }

    /**
     * Whether some pictures should be run on a session from here; if not, they are taken to run plainly.
     *
     * @param rows of the session
     * @param pictures that would run on it, all in all
     */
    synchronized boolean isWorth(Pixels size, int rows, int pictures) {
        if (dismissed) {
            return false;
        }
        boolean forced = settings.kernels() == Kernels.WINOGRAD;
        Seen seen = seen(size);
        seen.plain += pictures;
        if (!forced && seen.plain < LEAST_PICTURES && smallest(size, rows) == null) {
            return false;
        }
        WinogradGraph graph = graph(seen, size);
        if (graph == null || graph.indexBytes() * rows > MAXIMUM_BYTES / 2) {
            return false;
        }
        WinogradSession fit = smallest(size, rows);
        if (forced || (fit != null && fit.shape.rows() <= WASTE * rows)) {
            seen.plain = 0;
            return true;
        }
        return !making && seen.plain * graph.gain() >= setUp(graph);
    }

    /** Whether a session for pictures of this size is there: then others of them will probably run on it. */
    synchronized boolean isLikely(Pixels size) {
        return !dismissed
                && (settings.kernels() == Kernels.WINOGRAD
                        ? graph(seen(size), size) != null
                        : sessions.stream().anyMatch(each -> each.shape.isOf(size.height(), size.width())));
    }

    private double setUp(WinogradGraph graph) {
        return graph.setUp(!graphs.filters().isEmpty());
    }

    private Seen seen(Pixels size) {
        List<Integer> key = List.of(size.height(), size.width());
        Seen known = sizes.remove(key);
        Seen seen = known == null ? new Seen() : known;
        sizes.put(key, seen);
        if (sizes.size() > MAXIMUM_SIZES) {
            sizes.remove(sizes.keySet().iterator().next());
        }
        return seen;
    }

    private @Nullable WinogradSession smallest(Pixels size, int rows) {
        return sessions.stream()
                .filter(each -> each.shape.isOf(size.height(), size.width()) && each.shape.rows() >= rows)
                .min(Comparator.comparingInt(each -> each.shape.rows()))
                .orElse(null);
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
            WinogradGraph graph = dismissed ? null : graph(seen, size);
            if (graph == null) {
                return null;
            }
            WinogradSession fit = smallest(size, rows);
            if (fit != null) {
                int filled = fit.shape.rows() > WASTE * rows ? fit.shape.rows() - rows : 0;
                seen.wasted += filled;
                // A row that is filled up costs about what another one gains.
                if (filled == 0 || seen.wasted * graph.gain() < setUp(graph)) {
                    return use(fit);
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
                    sessions.add(made);
                    use(made);
                    evict();
                }
            }
        }
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

    private WinogradSession use(WinogradSession session) {
        sessions.remove(session);
        sessions.add(session);
        session.users++;
        return session;
    }

    private @Nullable WinogradSession make(Pixels size, int rows) {
        try {
            WinogradGraph graph = graphs.of(size, rows);
            return graph == null
                    ? null
                    : WinogradSession.create(
                            OnnxRuntime.get().environment(),
                            settings,
                            new WinogradSession.Shape(rows, size.height(), size.width()),
                            graph.write(graphs.filters()),
                            graph.indexBytes());
        } catch (OrtException | IOException | OutOfMemoryError e) {
            dismiss(String.valueOf(e.getMessage()));
            return null;
        }
    }

    /** Uses none of them any more: pictures run plainly from now on. */
    synchronized void dismiss(String reason) {
        dismissed = true;
        System.getLogger(WinogradSessions.class.getName())
                .log(System.Logger.Level.WARNING, "{0} runs on plain kernels: {1}", model.name(), reason);
        while (!sessions.isEmpty()) {
            evict(sessions.get(0));
        }
    }

    synchronized void release(WinogradSession session) {
        session.users--;
        if (session.evicted && session.users == 0) {
            close(session);
        }
    }

    private void evict() {
        while (sessions.size() > MAXIMUM_SESSIONS
                || (sessions.size() > 1
                        && sessions.stream().mapToLong(each -> each.bytes).sum() > MAXIMUM_BYTES)) {
            evict(sessions.get(0));
        }
    }

    private void evict(WinogradSession session) {
        sessions.remove(session);
        session.evicted = true;
        if (session.users == 0) {
            close(session);
        }
    }

    private void close(WinogradSession session) {
        try {
            session.close();
        } catch (OrtException e) {
            throw new IllegalStateException("ONNX Runtime could not close " + model.name(), e);
        }
    }

    /** Nothing may run on them any more. */
    synchronized void close() {
        dismissed = true;
        while (!sessions.isEmpty()) {
            evict(sessions.get(0));
        }
    }
}
