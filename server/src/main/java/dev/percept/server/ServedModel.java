// SPDX-License-Identifier: Apache-2.0
package dev.percept.server;

import dev.percept.PerceptualLoss;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A model under the name that requests choose it by. A request works with it through a {@link Lease}, and so with the same one until it is
 * answered, though another one may have come in its place. One that was replaced is closed when its last lease ends; until it is, none can
 * come after the next, so that there are never more than two in memory. Thread-safe.
 */
final class ServedModel implements AutoCloseable {
    private final String name;
    private final Supplier<PerceptualLoss> source;
    private Loaded current;
    /** What {@link #current} came in place of, until that is closed. */
    private @Nullable Loaded replaced;

    private boolean reloading;
    /** Whether somebody waits for the end of a reload, to begin another one. */
    private boolean awaited;

    private boolean closed;

    /**
     * A model.
     *
     * @param source loads it anew
     * @param loss what it is at first; is closed by this
     */
    ServedModel(String name, Supplier<PerceptualLoss> source, PerceptualLoss loss) {
        this.name = name;
        this.source = source;
        this.current = new Loaded(loss);
    }

    /** A model in memory. Guarded by the other one. */
    private static final class Loaded {
        private final PerceptualLoss loss;
        private int leases;
        private boolean closing;

        private Loaded(PerceptualLoss loss) {
            this.loss = loss;
        }
    }

    /** The right to use a model until this is closed. */
    final class Lease implements AutoCloseable {
        private final Loaded loaded;
        private boolean over;

        private Lease(Loaded loaded) {
            this.loaded = loaded;
        }

        PerceptualLoss loss() {
            return loaded.loss;
        }

        /** The name that it was chosen by. */
        String name() {
            return name;
        }

        /** Ends it; doing so again does nothing. */
        @Override
        public void close() {
            synchronized (ServedModel.this) {
                if (!over) {
                    over = true;
                    loaded.leases--;
                    closeIfReplaced(loaded);
                }
            }
        }
    }

    String name() {
        return name;
    }

    /** The one that new requests get: to look at, since without a lease it may be closed at any time. */
    synchronized PerceptualLoss loss() {
        return current.loss;
    }

    /** The one that new requests get. */
    synchronized Lease lease() {
        current.leases++;
        return new Lease(current);
    }

    /** Loads what could come in its place; the caller closes it. */
    PerceptualLoss load() {
        return source.get();
    }

    /** Claims to be the only one that reloads it, until {@link #endReload}. Returns false if somebody else is. */
    synchronized boolean beginReload() {
        if (reloading) {
            return false;
        }
        reloading = true;
        return true;
    }

    /**
     * {@link #beginReload}, once nobody else is reloading it. Returns false if somebody waits for that already, who will load what this one would,
     * or if this is closed.
     */
    synchronized boolean awaitReload() {
        if (awaited) {
            return false;
        }
        awaited = true;
        awaitThat(() -> !reloading || closed);
        awaited = false;
        return !closed && beginReload();
    }

    synchronized void endReload() {
        reloading = false;
        notifyAll();
    }

    /**
     * Puts another one in its place, for requests from now on.
     *
     * @param next is closed by this, unless the answer is false
     * @return false if this is closed
     * @throws IllegalStateException if one that was replaced before isn't closed yet
     */
    synchronized boolean replace(PerceptualLoss next) {
        if (closed) {
            return false;
        }
        if (replaced != null) {
            throw new IllegalStateException("there would be a third one in memory");
        }
        Loaded old = current;
        current = new Loaded(next);
        replaced = old;
        closeIfReplaced(old);
        return true;
    }

    /** Waits until there is one in memory only. Returns false if this is closed. */
    synchronized boolean awaitRoom() {
        awaitThat(() -> replaced == null || closed);
        return !closed;
    }

    /** Nobody has a reason to interrupt it, but an interrupt is kept. */
    private void awaitThat(BooleanSupplier condition) {
        boolean interrupted = false;
        while (!condition.getAsBoolean()) {
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

    /** On a thread of its own: a run of which nobody wants the result any more may have to end first. */
    private void closeIfReplaced(Loaded loaded) {
        if (loaded != replaced || loaded.leases > 0 || loaded.closing) {
            return;
        }
        loaded.closing = true;
        Thread thread = new Thread(() -> closeReplaced(loaded), "percept-close");
        thread.setDaemon(true);
        thread.start();
    }

    private void closeReplaced(Loaded loaded) {
        try {
            loaded.loss.close();
        } finally {
            synchronized (this) {
                replaced = null;
                notifyAll();
            }
        }
    }

    /** Closes what is in memory, whoever has a lease; waits for calls in flight, and for what is being loaded, which can't be interrupted. */
    @Override
    public void close() {
        Loaded left;
        Loaded last;
        synchronized (this) {
            closed = true;
            notifyAll();
            last = begun(current);
            left = replaced == null ? null : begun(replaced);
        }
        if (left != null) {
            closeReplaced(left);
        }
        if (last != null) {
            last.loss.close();
        }
        awaitClosed();
    }

    /** It, or null if it is being closed already. */
    private static @Nullable Loaded begun(Loaded loaded) {
        boolean first = !loaded.closing;
        loaded.closing = true;
        return first ? loaded : null;
    }

    private synchronized void awaitClosed() {
        awaitThat(() -> replaced == null && !reloading);
    }
}
