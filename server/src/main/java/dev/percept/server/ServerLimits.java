package dev.percept.server;

import java.time.Duration;

/**
 * How much a {@link PerceptServer} takes on. Immutable.
 *
 * @param maxBodyBytes the largest body that is read; 64 MiB by default
 * @param concurrency how many requests are scored at once; 2 by default: while the model runs on one, another is decoded
 * @param queue how many more are admitted to wait for that, 8 by default; the next is told to come back later
 * @param receiveTimeout how long a client may take to send its body; 60 s by default
 * @param stopTimeout how long {@link PerceptServer#close()} waits for admitted requests; 25 s by default, less than the
 *     30 s after which Kubernetes kills
 */
public record ServerLimits(
        int maxBodyBytes, int concurrency, int queue, Duration receiveTimeout, Duration stopTimeout) {
    public ServerLimits {
        requireAtLeast(1, maxBodyBytes, "maxBodyBytes");
        requireAtLeast(1, concurrency, "concurrency");
        requireAtLeast(0, queue, "queue");
        if (receiveTimeout.isNegative() || receiveTimeout.isZero()) {
            throw new IllegalArgumentException("receiveTimeout must be longer than 0");
        }
        if (stopTimeout.isNegative()) {
            throw new IllegalArgumentException("stopTimeout must not be negative");
        }
    }

    /** The defaults of all. */
    public static ServerLimits defaults() {
        return new ServerLimits(64 << 20, 2, 8, Duration.ofSeconds(60), Duration.ofSeconds(25));
    }

    /** These limits with another one for bodies, at least 1. */
    public ServerLimits withMaxBodyBytes(int newMaxBodyBytes) {
        return new ServerLimits(newMaxBodyBytes, concurrency, queue, receiveTimeout, stopTimeout);
    }

    /** These limits, scoring so many requests at once, at least 1, while so many wait. */
    public ServerLimits withAdmission(int newConcurrency, int newQueue) {
        return new ServerLimits(maxBodyBytes, newConcurrency, newQueue, receiveTimeout, stopTimeout);
    }

    /** These limits with another patience for a client's body. */
    public ServerLimits withReceiveTimeout(Duration newReceiveTimeout) {
        return new ServerLimits(maxBodyBytes, concurrency, queue, newReceiveTimeout, stopTimeout);
    }

    /** These limits with another patience for the requests that are in flight at the end. */
    public ServerLimits withStopTimeout(Duration newStopTimeout) {
        return new ServerLimits(maxBodyBytes, concurrency, queue, receiveTimeout, newStopTimeout);
    }

    private static void requireAtLeast(int least, int value, String name) {
        if (value < least) {
            throw new IllegalArgumentException(name + " must be at least " + least + ", not " + value);
        }
    }
}
