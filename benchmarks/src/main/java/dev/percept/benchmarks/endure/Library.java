package dev.percept.benchmarks.endure;

import dev.percept.PerceptualLoss;
import dev.percept.ScoreResult;
import java.util.List;
import java.util.Objects;

/** What the library does by itself, all pairs in one call. For one thread. */
final class Library {
    private final PerceptualLoss loss;
    private final Workload work;
    private long pairs;
    private long nanos;
    private String kernels = "";

    Library(PerceptualLoss loss, Workload work) {
        this.loss = loss;
        this.work = work;
    }

    /** Scores for a while; what is counted adds up. */
    void run(int seconds) {
        long start = System.nanoTime();
        do {
            List<ScoreResult> results = loss.score(work.pairs());
            pairs += results.size();
            kernels = Objects.requireNonNull(results.get(results.size() - 1).score())
                    .provenance()
                    .execution()
                    .kernels();
        } while (System.nanoTime() - start < seconds * 1_000_000_000L);
        nanos += System.nanoTime() - start;
    }

    /** Counts from here on. */
    void forget() {
        pairs = 0;
        nanos = 0;
    }

    /** Pairs in a second. */
    double rate() {
        return pairs / (nanos / 1e9);
    }

    /** That the last pair ran on. */
    String kernels() {
        return kernels;
    }
}
