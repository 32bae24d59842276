package dev.percept.server;

import java.time.Duration;
import java.util.concurrent.Semaphore;
import java.util.function.Supplier;

/**
 * Decides which requests are taken on: so many are scored at once, so many more may wait, the rest is refused at once.
 * Thread-safe.
 *
 * <p>A {@link Ticket} is given before the body is read, and covers reading it: so bodies in memory are bounded too, and a
 * refusal costs next to nothing. Waiting for a slow client holds a ticket, never a turn at the model.
 */
final class Admission {
    private final int places;

    /** Fair: who waits longest is next. */
    private final Semaphore turns;

    private int taken;
    private boolean closed;

    Admission(int concurrency, int queue) {
        this.places = concurrency + queue;
        this.turns = new Semaphore(concurrency, true);
    }

    /**
     * Takes a request on.
     *
     * @throws ProblemException if there is no place, or this is closed
     */
    synchronized Ticket admit() {
        if (closed) {
            throw new ProblemException(Problem.notReady(Phase.STOPPING));
        }
        if (taken == places) {
            throw new ProblemException(Problem.busy());
        }
        taken++;
        return new Ticket();
    }

    /**
     * Refuses new requests from now on, and waits for the admitted ones.
     *
     * @return how many are left after this time
     */
    synchronized int drain(Duration patience) {
        closed = true;
        long end = System.nanoTime() + patience.toNanos();
        try {
            while (taken > 0) {
                long millis = (end - System.nanoTime()) / 1_000_000;
                if (millis <= 0) {
                    break;
                }
                wait(millis);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        return taken;
    }

    /** How many requests have been taken on and are not done. */
    synchronized int taken() {
        return taken;
    }

    private synchronized void release() {
        taken--;
        notifyAll();
    }

    /** An admitted request; to be closed once. */
    final class Ticket implements AutoCloseable {
        private Ticket() {}

        /**
         * Does this when its turn comes.
         *
         * @throws ProblemException if the server is stopped before that
         */
        <T> T inTurn(Supplier<T> work) {
            try {
                turns.acquire();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new ProblemException(Problem.notReady(Phase.STOPPING));
            }
            try {
                return work.get();
            } finally {
                turns.release();
            }
        }

        @Override
        public void close() {
            release();
        }
    }
}
