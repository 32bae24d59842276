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
            Share share = Share.begin(service);
            round.run(ROUND);
            if (share.end() < LEAST_SHARE) {
                return;
            }
        }
    }

    /** How much of what a service computes is its compilers', from when this is made. */
    record Share(Service service, Duration compilers, Duration all) {
        static Share begin(Service service) throws IOException {
            return new Share(service, service.compilers(), service.cpu());
        }

        double end() throws IOException {
            double whole = service.cpu().minus(all).toNanos();
            return whole <= 0 ? 0 : service.compilers().minus(compilers).toNanos() / whole;
        }
    }
}
