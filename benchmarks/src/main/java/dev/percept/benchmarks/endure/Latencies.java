package dev.percept.benchmarks.endure;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** How long things took. Thread-safe. */
final class Latencies {
    private final List<Long> nanos = new ArrayList<>();

    synchronized void add(long more) {
        nanos.add(more);
    }

    synchronized void addAll(Latencies more) {
        nanos.addAll(more.nanos);
    }

    synchronized int count() {
        return nanos.size();
    }

    /** The time within which so many percent were done, in milliseconds. NaN if there was nothing. */
    synchronized double millis(double percent) {
        if (nanos.isEmpty()) {
            return Double.NaN;
        }
        List<Long> sorted = new ArrayList<>(nanos);
        Collections.sort(sorted);
        int rank = (int) Math.ceil(percent / 100 * sorted.size());
        return sorted.get(Math.max(0, rank - 1)) / 1e6;
    }
}
