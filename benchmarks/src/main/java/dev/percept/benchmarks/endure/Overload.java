package dev.percept.benchmarks.endure;

import dev.percept.benchmarks.Report;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;

/** Twice as many requests as can be answered, in turns with as many as can. */
final class Overload {
    private static final double FACTOR = 2;

    /** Of capacity and overload in turns, since a machine's speed changes. */
    private static final int ROUNDS = 3;

    /** The short form sends so many at once instead: more than may wait, however fast the machine is. */
    private static final int QUICK_BURST = 300;

    /** How much work may wait. A longer queue would answer no more requests, each of them later. */
    private static final double QUEUE_SECONDS = 2;

    private static final int QUICK_QUEUE_PIXELS = 50_000;

    private static final int SCRAPES = 50;
    private static final int POLL_MILLIS = 50;
    private static final int RECOVERY_SECONDS = 60;

    private final Setup setup;
    private final Report report;

    Overload(Setup setup, Report report) {
        this.setup = setup;
        this.report = report;
    }

    /**
     * Runs it.
     *
     * @param expected pairs that the service scores in a second, roughly; what it scores is measured in turns with what is left of it
     */
    void run(String name, String model, Workload work, double expected) throws IOException, InterruptedException {
        long queuePixels = setup.quick()
                ? QUICK_QUEUE_PIXELS
                : Math.max(1, Math.round(QUEUE_SECONDS * expected * work.meanPixels()));
        int seconds = Math.min(60, setup.loadSeconds()) / ROUNDS;
        String what = name + " at twice its capacity";
        try (Service service = Service.start(
                setup.product(),
                "--model",
                model,
                "--reference-cache",
                "0",
                "--queue-pixels",
                Long.toString(queuePixels))) {
            URI address = service.address();
            Load.warmUp(setup, service, address, work);
            if (!setup.quick()) {
                // Refusals and new connections, too.
                WarmUp.of(setup, service, time -> {
                    try (OpenLoop clients = new OpenLoop(address, work, new Tally())) {
                        clients.send(FACTOR * expected, Math.round(FACTOR * expected * time.toSeconds()));
                    }
                });
            }
            scrape(address);
            Tally tally = new Tally();
            Latencies health = new Latencies();
            Latencies metrics = new Latencies();
            CpuUse use = CpuUse.NONE;
            double recovery = 0;
            double capacity = 0;
            double goodput = 0;
            int rounds = setup.quick() ? 1 : ROUNDS;
            for (int i = 0; i < rounds; i++) {
                double now = setup.quick()
                        ? expected
                        : Round.of(service, work, Load.CLIENTS, Duration.ofSeconds(seconds))
                                .rate();
                AtomicBoolean over = new AtomicBoolean();
                Thread poller = new Thread(() -> poll(address, health, metrics, over, tally), "endure-poller");
                CpuUse before = CpuUse.of(service);
                try (OpenLoop clients = new OpenLoop(address, work, tally)) {
                    poller.start();
                    long from = System.nanoTime() + (long) (QUEUE_SECONDS * 1e9);
                    if (setup.quick()) {
                        clients.send(10 * QUICK_BURST, QUICK_BURST);
                    } else {
                        clients.send(FACTOR * now, Math.round(FACTOR * now * seconds));
                    }
                    long to = System.nanoTime();
                    use = use.plus(CpuUse.of(service).since(before));
                    over.set(true);
                    recovery = Math.max(recovery, recover(address, work));
                    capacity += now / rounds;
                    goodput += tally.answeredBetween(from, to) / ((to - from) / 1e9) / rounds;
                }
                poller.join();
            }
            report.row(
                    "overload",
                    "what",
                    what,
                    "seconds",
                    rounds * seconds,
                    "capacity_per_s",
                    capacity,
                    "sent_per_s",
                    FACTOR * capacity,
                    "goodput_per_s",
                    goodput,
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
            Load.judge(what, tally, report);
            report.check(
                    what + ": refused",
                    "> 0",
                    tally.refusals().count(),
                    tally.refusals().count() > 0);
            if (!setup.quick()) {
                double share = goodput / capacity;
                report.check(what + ": goodput of capacity", "≥ 0.9", share, share >= 0.9);
                most(what + ": refusals, p95, ms", 50, tally.refusals().millis(95));
                most(what + ": health, p99, ms", 100, health.millis(99));
                most(what + ": metrics, p99, ms", 100, metrics.millis(99));
                most(what + ": a request is answered again after, s", 5, recovery);
            }
        }
    }

    private void most(String what, double goal, double value) {
        report.check(what, "≤ " + Math.round(goal), value, value <= goal);
    }

    /** As a monitoring system has done before anything goes wrong. */
    private static void scrape(URI address) throws IOException {
        try (Client client = new Client(address)) {
            for (int i = 0; i < SCRAPES; i++) {
                client.get("/metrics");
            }
        }
    }

    /** Asks for health and metrics in turns until it is over. */
    private static void poll(URI address, Latencies health, Latencies metrics, AtomicBoolean over, Tally tally) {
        try (Client client = new Client(address)) {
            for (int i = 0; !over.get(); i++) {
                long start = System.nanoTime();
                int status =
                        client.get(i % 2 == 0 ? "/health/ready" : "/metrics").status();
                (i % 2 == 0 ? health : metrics).add(System.nanoTime() - start);
                if (status != 200) {
                    tally.fail("health or metrics answered " + status);
                }
                Thread.sleep(POLL_MILLIS);
            }
        } catch (IOException e) {
            tally.fail("health or metrics: " + e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** The seconds until a new request is taken on and answered. */
    private static double recover(URI address, Workload work) throws IOException, InterruptedException {
        long start = System.nanoTime();
        long end = start + Duration.ofSeconds(RECOVERY_SECONDS).toNanos();
        try (Client client = new Client(address)) {
            while (System.nanoTime() < end) {
                if (client.score(work.item(0).form()).status() == 200) {
                    return (System.nanoTime() - start) / 1e9;
                }
                Thread.sleep(POLL_MILLIS);
            }
        }
        return Double.NaN;
    }
}
