package dev.percept.server;

import java.time.Duration;

/**
 * How much a {@link PerceptServer} takes on. Immutable.
 *
 * @param maxBodyBytes the largest body that is read; 64 MiB by default
 * @param concurrency how many requests are scored at once, at most 1000; 2 by default: while the model runs on one, another is decoded
 * @param queue how many more are admitted to wait for that, at most 10,000; 8 by default; the next is told to come back later
 * @param receiveTimeout how long a client may take to send its body, at most a day; 60 s by default
 * @param stopTimeout how long {@link PerceptServer#close()} waits for admitted requests, at most a day; 25 s by default, less than the
 *     30 s after which Kubernetes kills
 */
public record ServerLimits(
        int maxBodyBytes, int concurrency, int queue, Duration receiveTimeout, Duration stopTimeout) {
    // Each admitted request holds a thread, so more than this would not work anyway.
    private static final int MAXIMUM_CONCURRENCY = 1000;
    private static final int MAXIMUM_QUEUE = 10_000;
    private static final Duration MAXIMUM_TIMEOUT = Duration.ofDays(1);

    public ServerLimits {
        if (maxBodyBytes < 1) {
            throw new IllegalArgumentException("maxBodyBytes must be at least 1, not " + maxBodyBytes);
        }
        requireWithin(1, MAXIMUM_CONCURRENCY, concurrency, "concurrency");
        requireWithin(0, MAXIMUM_QUEUE, queue, "queue");
        requireWithinADay(receiveTimeout, "receiveTimeout");
        requireWithinADay(stopTimeout, "stopTimeout");
        if (receiveTimeout.isZero()) {
            throw new IllegalArgumentException("receiveTimeout must be longer than 0 s");
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

    /** These limits, scoring so many requests at once, 1 to 1000, while so many wait, 0 to 10,000. */
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

    private static void requireWithin(int least, int most, int value, String name) {
        if (value < least || value > most) {
            throw new IllegalArgumentException(name + " must be " + least + " to " + most + ", not " + value);
        }
    }

    private static void requireWithinADay(Duration value, String name) {
        if (value.isNegative() || value.compareTo(MAXIMUM_TIMEOUT) > 0) {
            throw new IllegalArgumentException(
                    name + " must be 0 to " + MAXIMUM_TIMEOUT.toSeconds() + " s, not " + value.toSeconds() + " s");
        }
    }
}
