package dev.percept.benchmarks.endure;

import java.io.IOException;
import java.time.Duration;

/** Has a service do what it will do until Java's compilers are done with most of it: at first they take a fifth of two processors. */
final class WarmUp {
    private static final Duration ROUND = Duration.ofSeconds(20);
    private static final Duration QUICK_ROUND = Duration.ofSeconds(1);
    private static final int MOST_ROUNDS = 12;
    /** Of what the service computes. */
    private static final double LEAST_SHARE = 0.05;

    private WarmUp() {}

    /** What it will do, for a while. */
    interface Round {
        void run(Duration time) throws IOException, InterruptedException;
    }

    /** Repeats it until less than a twentieth of what the service computes is the compilers', but for four minutes at most. */
    static void of(Setup setup, Service service, Round round) throws IOException, InterruptedException {
        if (setup.quick()) {
            round.run(QUICK_ROUND);
            return;
        }
        for (int i = 0; i < MOST_ROUNDS; i++) {
            CpuUse before = CpuUse.of(service);
            round.run(ROUND);
            if (CpuUse.of(service).since(before).compilersShare() < LEAST_SHARE) {
                return;
            }
        }
    }
}
