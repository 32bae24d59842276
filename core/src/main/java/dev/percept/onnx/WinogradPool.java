package dev.percept.onnx;

import ai.onnxruntime.OrtException;
import dev.percept.image.Pixels;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The sessions that {@link WinogradSessions} holds open: a few, those that were used last. Guarded by that. */
final class WinogradPool {
    /** Of indices, in all sessions. */
    static final long MAXIMUM_BYTES = 512L << 20;

    private static final int MAXIMUM_SESSIONS = 4;

    /** The least recently used first. */
    private final List<WinogradSession> sessions = new ArrayList<>();

    /** The one for pictures of a size with the fewest rows that are enough. */
    @Nullable
    WinogradSession smallest(Pixels size, int rows) {
        return sessions.stream()
                .filter(each -> each.shape.isOf(size.height(), size.width()) && each.shape.rows() >= rows)
                .min(Comparator.comparingInt(each -> each.shape.rows()))
                .orElse(null);
    }

    /** Whether there is one for more rows than these. */
    boolean hasLarger(Pixels size, int rows) {
        return smallest(size, rows + 1) != null;
    }

    /** Takes one, new or not, for a call; those that are too many are closed. */
    WinogradSession use(WinogradSession session) {
        sessions.remove(session);
        sessions.add(session);
        session.users++;
        while (sessions.size() > MAXIMUM_SESSIONS
                || (sessions.size() > 1
                        && sessions.stream().mapToLong(each -> each.bytes).sum() > MAXIMUM_BYTES)) {
            evict(sessions.get(0));
        }
        return session;
    }

    /** A call is through with it. */
    void release(WinogradSession session) {
        session.users--;
        if (session.evicted && session.users == 0) {
            close(session);
        }
    }

    /** Closes all, those that are in use once they aren't. */
    void clear() {
        while (!sessions.isEmpty()) {
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

    private static void close(WinogradSession session) {
        try {
            session.close();
        } catch (OrtException e) {
            throw new IllegalStateException("ONNX Runtime could not close a session for " + session.shape, e);
        }
    }
}
