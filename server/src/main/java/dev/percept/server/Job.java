package dev.percept.server;

import dev.percept.ImageException;
import dev.percept.ImageSource;
import dev.percept.PerceptualLoss;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * What an admitted request wants to have done, in units that are decoded one by one and then run, alone or together with others'.
 * All but the work of a unit itself is done under the lock of the {@link Scheduler} that it was given to.
 *
 * @param <T> what comes of it
 */
abstract class Job<T> {
    /** The model. The request holds it until it is answered; what is left of the job after that, because it ended early, may find it closed. */
    final PerceptualLoss loss;

    /** The name that it was chosen by. */
    final String model;

    private final Admission.Ticket ticket;
    private final CompletableFuture<T> result = new CompletableFuture<>();
    /** Pixels that stay decoded until the last unit is done. */
    private long kept;
    /** Units that were begun and aren't done. */
    private int underWay;

    Job(ServedModel.Lease model, Admission.Ticket ticket) {
        this.loss = model.loss();
        this.model = model.name();
        this.ticket = ticket;
    }

    /** What this comes to. It fails with a {@link ProblemException}, or with what is nobody's fault but ours. */
    final CompletableFuture<T> result() {
        return result;
    }

    /** Whether nothing of it is wanted any more: it is done, failed, too late, or its client has gone. */
    final boolean isOver() {
        return result.isDone();
    }

    /** Ends it, unless it is over. */
    final void fail(Throwable reason) {
        result.completeExceptionally(reason);
    }

    final void complete(T value) {
        result.complete(value);
    }

    /** The unit to decode next; null while that depends on one that is being decoded. */
    abstract @Nullable Unit next();

    /** Notes that {@link #next()} is begun. */
    abstract void begin();

    /** Whether every unit has been begun. */
    abstract boolean isExhausted();

    /** Whether a unit has been begun. */
    abstract boolean isBegun();

    /** Pixels that stay decoded from the first unit on until the last is done, beside those of units. */
    long keeps() {
        return 0;
    }

    /** Pixels that decoding the next unit adds to what is in memory. */
    final long needs(Unit next) {
        return next.pixels + (isBegun() ? 0 : keeps());
    }

    final void began() {
        kept = keeps();
        begin();
        underWay++;
    }

    /** What a picture counts as, in pixels, by its header: also if that can't be read, which will be said when it is decoded. */
    final long cost(ImageSource picture) {
        try {
            return Math.max(Admission.LEAST_PIXELS, loss.pixels(picture));
        } catch (ImageException e) {
            return Admission.LEAST_PIXELS;
        }
    }

    /**
     * Notes that a unit is done, or given up.
     *
     * @return pixels that need not be kept any more beside the unit's own
     */
    final long ended(Unit unit) {
        underWay--;
        ticket.scored(unit.pixels);
        return isExhausted() || isOver() ? released() : 0;
    }

    /** Pixels that need not be kept any more, where no unit is under way or to come. */
    final long released() {
        long freed = underWay > 0 ? 0 : kept;
        kept -= freed;
        return freed;
    }

    /** A part of a job. */
    abstract static class Unit {
        final Job<?> job;
        /** That it decodes, and has in memory until it is done. */
        final long pixels;

        /** When it was decoded, in {@link System#nanoTime()}. */
        long readyAt;

        Unit(Job<?> job, long pixels) {
            this.job = job;
            this.pixels = pixels;
        }

        /**
         * Decodes what is needed; called by one thread, without a lock.
         *
         * @return whether there is something to run, and not a result already
         */
        abstract boolean decode();

        /** What units must have in common to run together; null for one that runs alone. Asked once it is decoded. */
        abstract @Nullable Object kind();

        /** Runs one that runs alone. */
        void run() {
            throw new IllegalStateException("it runs with its kind");
        }
    }
}
