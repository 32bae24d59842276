package dev.percept.benchmarks.endure;

import java.util.List;

/**
 * A straight line through what was measured, by least squares: one outlier, which a difference of two values would be at the mercy
 * of, moves it little.
 *
 * @param slope of the values for each unit of time
 * @param span from the first time to the last
 */
record Trend(double slope, double span) {
    /** The time before it is warm: caches fill, code is compiled. */
    private static final double WARM_UP = 0.25;

    /**
     * A value at a time.
     *
     * @param time in hours
     * @param value in MiB
     */
    record Sample(double time, double value) {}

    /**
     * The trend after the first quarter of the time.
     *
     * @param samples in the order of their times
     * @throws IllegalArgumentException if fewer than 3 are left of them, or all are of one time
     */
    static Trend of(List<Sample> samples) {
        double first = samples.isEmpty() ? 0 : samples.get(0).time;
        double last = samples.isEmpty() ? 0 : samples.get(samples.size() - 1).time;
        List<Sample> warm = samples.stream()
                .filter(sample -> sample.time >= first + WARM_UP * (last - first))
                .toList();
        if (warm.size() < 3 || first == last) {
            throw new IllegalArgumentException("a trend needs more than " + warm.size() + " samples");
        }
        double time = warm.stream().mapToDouble(Sample::time).average().orElseThrow();
        double value = warm.stream().mapToDouble(Sample::value).average().orElseThrow();
        double together = 0;
        double square = 0;
        for (Sample sample : warm) {
            together += (sample.time - time) * (sample.value - value);
            square += (sample.time - time) * (sample.time - time);
        }
        return new Trend(together / square, last - warm.get(0).time);
    }

    /** By how much the line rises over the time that was looked at. */
    double growth() {
        return slope * span;
    }

    /** The check: whether no more is added than may be. */
    boolean isFlat(double allowedGrowth) {
        return growth() <= allowedGrowth;
    }
}
