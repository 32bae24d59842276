package dev.percept.benchmarks.endure;

import dev.percept.benchmarks.endure.Workload.Item;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/** Requests that come at a fixed rate, whatever becomes of those before. */
final class OpenLoop implements AutoCloseable {
    /** More than the service takes on here; who would be one more is counted as failed. */
    private static final int MOST = 600;

    private final ThreadPoolExecutor pool =
            new ThreadPoolExecutor(0, MOST, 10, TimeUnit.SECONDS, new SynchronousQueue<>());
    private final Queue<Client> idle = new ConcurrentLinkedQueue<>();
    private final URI server;
    private final Workload work;
    private final Tally tally;

    OpenLoop(URI server, Workload work, Tally tally) {
        this.server = server;
        this.work = work;
        this.tally = tally;
    }

    /** Sends them, and does not wait for the answers to the last. */
    void send(double perSecond, long count) throws InterruptedException {
        long start = System.nanoTime();
        for (long n = 0; n < count; n++) {
            long due = start + (long) (n / perSecond * 1e9);
            TimeUnit.NANOSECONDS.sleep(due - System.nanoTime());
            Item item = work.item(n);
            try {
                pool.execute(() -> ask(item));
            } catch (RejectedExecutionException e) {
                tally.fail("more than " + MOST + " requests without an answer");
            }
        }
    }

    private void ask(Item item) {
        Client waiting = idle.poll();
        Client client = waiting == null ? new Client(server) : waiting;
        tally.ask(client, item);
        idle.add(client);
    }

    /** Waits for the answers. */
    @Override
    public void close() throws IOException {
        Clients.finish(pool, Duration.ZERO, tally);
        for (Client client : idle) {
            client.close();
        }
    }
}
