package dev.percept.benchmarks.endure;

import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/** Many clients at once, each of which waits for its answers. */
final class Clients {
    private static final int PATIENCE_SECONDS = 180;

    private Clients() {}

    /**
     * Each sends its next request when it has the answer to its last, and waits as long as a refusal says.
     *
     * @return the seconds until the last answer was there
     */
    static double closedLoop(URI server, Workload work, int clients, Duration time, long requests, Tally tally) {
        long start = System.nanoTime();
        long end = start + time.toNanos();
        AtomicLong next = new AtomicLong();
        ExecutorService pool = Executors.newFixedThreadPool(clients);
        for (int i = 0; i < clients; i++) {
            pool.execute(() -> {
                try (Client client = new Client(server)) {
                    for (long n = next.getAndIncrement();
                            n < requests && System.nanoTime() < end;
                            n = next.getAndIncrement()) {
                        long wait = tally.ask(client, work.item(n));
                        Thread.sleep(Math.min(wait, Math.max(0, (end - System.nanoTime()) / 1_000_000)));
                    }
                } catch (IOException e) {
                    tally.fail(e.toString());
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
            });
        }
        finish(pool, time, tally);
        return (System.nanoTime() - start) / 1e9;
    }

    /** Waits for the rest of the time, and for the last answers. */
    static void finish(ExecutorService pool, Duration time, Tally tally) {
        pool.shutdown();
        try {
            if (!pool.awaitTermination(time.toSeconds() + PATIENCE_SECONDS, TimeUnit.SECONDS)) {
                pool.shutdownNow();
                tally.fail("requests without an answer after " + PATIENCE_SECONDS + " s");
            }
        } catch (InterruptedException e) {
            pool.shutdownNow();
            tally.fail("interrupted");
            Thread.currentThread().interrupt();
        }
    }
}
