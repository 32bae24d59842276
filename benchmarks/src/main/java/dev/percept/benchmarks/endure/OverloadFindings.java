package dev.percept.benchmarks.endure;

import dev.percept.benchmarks.Report;

/** What some rounds of {@link Overload} found, and what it has to be. Only what is counted in is thread-safe. */
final class OverloadFindings {
    final Tally tally = new Tally();
    final Latencies health = new Latencies();
    final Latencies metrics = new Latencies();

    private int rounds;
    private double seconds;
    private double capacity;
    private double goodput;
    private double recovery;
    private CpuUse use = CpuUse.NONE;

    /**
     * Adds a round.
     *
     * @param roundSeconds for which requests were sent
     * @param roundCapacity pairs that the service scored in a second just before
     * @param roundGoodput pairs that it scored in a second under overload
     * @param roundRecovery seconds until it took on a request again; NaN if it never did
     * @param roundUse of the processors
     */
    void add(double roundSeconds, double roundCapacity, double roundGoodput, double roundRecovery, CpuUse roundUse) {
        rounds++;
        seconds += roundSeconds;
        capacity += roundCapacity;
        goodput += roundGoodput;
        recovery = Math.max(recovery, roundRecovery);
        use = use.plus(roundUse);
    }

    /** Adds the row of all rounds. */
    void report(String what, double factor, Report report) {
        report.row(
                "overload",
                "what",
                what,
                "seconds",
                seconds,
                "capacity_per_s",
                capacity / rounds,
                "sent_per_s",
                factor * capacity / rounds,
                "goodput_per_s",
                goodput / rounds,
                "scored",
                tally.answered(),
                "refused",
                tally.refusals().count(),
                "refusal_p95_ms",
                tally.refusals().millis(95),
                "health_p99_ms",
                health.millis(99),
                "metrics_p99_ms",
                metrics.millis(99),
                "recovered_s",
                recovery,
                "cpu_s",
                use.service(),
                "compilers_share_of_it",
                use.compilersShare(),
                "clients_share_of_cpu",
                use.clientsShare());
    }

    /** Judges what must be however slow the machine is. */
    void judge(String what, Report report) {
        Load.judge(what, tally, report);
        int refused = tally.refusals().count();
        report.check(what + ": refused", "> 0", refused, refused > 0);
    }

    /** Judges how fast it was. */
    void judgeTimes(String what, Report report) {
        double share = goodput / capacity;
        report.check(what + ": goodput of capacity", "≥ 0.9", share, share >= 0.9);
        most(what + ": refusals, p95, ms", 50, tally.refusals().millis(95), report);
        most(what + ": health, p99, ms", 100, health.millis(99), report);
        most(what + ": metrics, p99, ms", 100, metrics.millis(99), report);
        most(what + ": a request is answered again after, s", 5, recovery, report);
    }

    private static void most(String what, double goal, double value, Report report) {
        report.check(what, "≤ " + Math.round(goal), value, value <= goal);
    }
}
