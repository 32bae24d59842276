package dev.percept.server;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * A token bucket for each client. Of a bucket only the time is kept at which it will be full: that is all there is to know of it.
 * Thread-safe.
 */
final class RateLimiter {
    /** Of so many clients one remembers; who hasn't been seen for longest is forgotten, and so begins with a full bucket. */
    private static final int CLIENTS = 10_000;

    private static final double NANOS = 1e9;

    private final long nanosPerToken;
    private final long nanosPerBucket;
    private final Map<String, Long> fullAt = new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Long> eldest) {
            return size() > CLIENTS;
        }
    };

    RateLimiter(RateLimit limit) {
        nanosPerToken = Math.max(1, Math.round(NANOS / limit.perSecond()));
        nanosPerBucket = Math.multiplyExact(nanosPerToken, limit.burst());
    }

    /**
     * Takes a token of a client's.
     *
     * @param now as {@link System#nanoTime()} has it
     * @return 0, or if there is none, after how many seconds there will be, rounded up
     */
    synchronized long take(String client, long now) {
        long full = fullAt.getOrDefault(client, now);
        // Nanoseconds of which only differences count, since nanoTime may overflow.
        long missing = Math.max(0, full - now) + nanosPerToken;
        if (missing > nanosPerBucket) {
            return Math.max(1, (long) Math.ceil((missing - nanosPerBucket) / NANOS));
        }
        fullAt.put(client, now + missing);
        return 0;
    }
}
