package dev.percept.server;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * How much a {@link PerceptServer} takes on. Immutable.
 *
 * @param maxBodyBytes the largest body that is read; 64 MiB by default
 * @param queuePixels how many pixels the pictures of all admitted requests may have that are not scored yet, at least 1; 2²⁴ by default,
 *     which is 167 pairs of 224 × 224. The next request is told to come back later. One that is larger is admitted when there is no
 *     other.
 * @param concurrency how many batches run at once, of all models, 1 to 64. Null, the default, is 2, so that another is put together while the
 *     processors are at one, but 1 of any model that keeps all processors busy, as VGG19 does on a CPU
 * @param batch the most pairs of one batch, 1 to 1024; 8 by default
 * @param batchDelay how long a pair waits for others to run with, at most a second, and only while others are on their way; 2 ms by
 *     default
 * @param referenceBytes how many bytes of references that clients sent for later are kept, at least 0; 64 MiB by default
 * @param connections how many clients' connections are open at once, 1 to 100,000; 1000 by default. The next ones wait until others are closed
 * @param receiveTimeout how long a client may take to send its body, at most a day; 60 s by default
 * @param stopTimeout how long {@link PerceptServer#close()} waits for admitted requests, at most a day; 25 s by default, less than the
 *     30 s after which Kubernetes kills
 */
public record ServerLimits(
        int maxBodyBytes,
        long queuePixels,
        @Nullable Integer concurrency,
        int batch,
        Duration batchDelay,
        long referenceBytes,
        int connections,
        Duration receiveTimeout,
        Duration stopTimeout) {
    private static final int MAXIMUM_CONNECTIONS = 100_000;
    private static final int MAXIMUM_CONCURRENCY = 64;
    private static final int MAXIMUM_BATCH = 1024;
    private static final Duration DAY = Duration.ofDays(1);

    /** After what its constructor needs. */
    private static final ServerLimits DEFAULTS = new ServerLimits(
            64 << 20,
            1L << 24,
            null,
            8,
            Duration.ofMillis(2),
            64L << 20,
            1000,
            Duration.ofSeconds(60),
            Duration.ofSeconds(25));

    public ServerLimits {
        requireWithin(1, Integer.MAX_VALUE - 8, maxBodyBytes, "maxBodyBytes");
        requireWithin(1, Long.MAX_VALUE / 2, queuePixels, "queuePixels");
        if (concurrency != null) {
            requireWithin(1, MAXIMUM_CONCURRENCY, concurrency, "concurrency");
        }
        requireWithin(1, MAXIMUM_BATCH, batch, "batch");
        requireWithin(0, Long.MAX_VALUE / 2, referenceBytes, "referenceBytes");
        requireWithin(1, MAXIMUM_CONNECTIONS, connections, "connections");
        requireAtMost(Duration.ofSeconds(1), batchDelay, "batchDelay");
        requireAtMost(DAY, receiveTimeout, "receiveTimeout");
        requireAtMost(DAY, stopTimeout, "stopTimeout");
        if (receiveTimeout.isZero()) {
            throw new IllegalArgumentException("receiveTimeout must be longer than 0 s");
        }
    }

    /** The defaults of all. */
    public static ServerLimits defaults() {
        return DEFAULTS;
    }

    /** These limits with another one for bodies, at least 1. */
    public ServerLimits withMaxBodyBytes(int newMaxBodyBytes) {
        Draft draft = new Draft(this);
        draft.maxBodyBytes = newMaxBodyBytes;
        return draft.limits();
    }

    /** These limits with another one for the pixels of admitted requests, at least 1. */
    public ServerLimits withQueuePixels(long newQueuePixels) {
        Draft draft = new Draft(this);
        draft.queuePixels = newQueuePixels;
        return draft.limits();
    }

    /** These limits, running so many batches at once, 1 to 64, or null for the default. */
    public ServerLimits withConcurrency(@Nullable Integer newConcurrency) {
        Draft draft = new Draft(this);
        draft.concurrency = newConcurrency;
        return draft.limits();
    }

    /** These limits with batches of so many pairs at most, 1 to 1024, which wait so long for company, at most a second. */
    public ServerLimits withBatch(int newBatch, Duration newBatchDelay) {
        Draft draft = new Draft(this);
        draft.batch = newBatch;
        draft.batchDelay = newBatchDelay;
        return draft.limits();
    }

    /** These limits, keeping so many bytes of references that clients send for later; 0 for none. */
    public ServerLimits withReferenceBytes(long newReferenceBytes) {
        Draft draft = new Draft(this);
        draft.referenceBytes = newReferenceBytes;
        return draft.limits();
    }

    /** These limits with at most so many connections at once, 1 to 100,000. */
    public ServerLimits withConnections(int newConnections) {
        Draft draft = new Draft(this);
        draft.connections = newConnections;
        return draft.limits();
    }

    /** These limits with another patience for a client's body. */
    public ServerLimits withReceiveTimeout(Duration newReceiveTimeout) {
        Draft draft = new Draft(this);
        draft.receiveTimeout = newReceiveTimeout;
        return draft.limits();
    }

    /** These limits with another patience for the requests that are in flight at the end. */
    public ServerLimits withStopTimeout(Duration newStopTimeout) {
        Draft draft = new Draft(this);
        draft.stopTimeout = newStopTimeout;
        return draft.limits();
    }

    private static void requireWithin(long least, long most, long value, String name) {
        if (value < least || value > most) {
            throw new IllegalArgumentException(name + " must be " + least + " to " + most + ", not " + value);
        }
    }

    private static void requireAtMost(Duration most, Duration value, String name) {
        if (value.isNegative() || value.compareTo(most) > 0) {
            throw new IllegalArgumentException(
                    name + " must be 0 to " + most.toSeconds() + " s, not " + value.toSeconds() + " s");
        }
    }

    /** Limits in the making. */
    private static final class Draft {
        private int maxBodyBytes;
        private long queuePixels;
        private @Nullable Integer concurrency;
        private int batch;
        private Duration batchDelay;
        private long referenceBytes;
        private int connections;
        private Duration receiveTimeout;
        private Duration stopTimeout;

        Draft(ServerLimits limits) {
            maxBodyBytes = limits.maxBodyBytes;
            queuePixels = limits.queuePixels;
            concurrency = limits.concurrency;
            batch = limits.batch;
            batchDelay = limits.batchDelay;
            referenceBytes = limits.referenceBytes;
            connections = limits.connections;
            receiveTimeout = limits.receiveTimeout;
            stopTimeout = limits.stopTimeout;
        }

        ServerLimits limits() {
            return new ServerLimits(
                    maxBodyBytes,
                    queuePixels,
                    concurrency,
                    batch,
                    batchDelay,
                    referenceBytes,
                    connections,
                    receiveTimeout,
                    stopTimeout);
        }
    }
}
