package dev.percept.server;

/**
 * How often a client may send requests: so many at once, and as many again as time goes by.
 *
 * @param perSecond how many a second come back; 0.001 to 1,000,000
 * @param burst how many at once, 1 to 1,000,000
 */
public record RateLimit(double perSecond, int burst) {
    private static final double LEAST = 0.001;
    private static final int MOST = 1_000_000;

    public RateLimit {
        if (!(perSecond >= LEAST && perSecond <= MOST)) {
            throw new IllegalArgumentException("a rate must be " + LEAST + " to " + MOST + ", not " + perSecond);
        }
        if (burst < 1 || burst > MOST) {
            throw new IllegalArgumentException("a burst must be 1 to " + MOST + ", not " + burst);
        }
    }
}
