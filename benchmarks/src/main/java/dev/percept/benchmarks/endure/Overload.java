package dev.percept.benchmarks.endure;

import dev.percept.benchmarks.Report;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;

/** Twice as many requests as can be answered, in turns with as many as can. */
final class Overload {
    private static final double FACTOR = 2;

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
        String[] options = {"--model", model, "--reference-cache", "0", "--queue-pixels", Long.toString(queuePixels)};
        try (Service service = Service.start(setup.product(), options)) {
            warmUp(service, work, expected);
            OverloadFindings findings = new OverloadFindings();
            for (int i = 0; i < setup.rounds(); i++) {
                round(service, work, expected, findings);
            }
            String what = name + " at twice its capacity";
            findings.report(what, FACTOR, report);
            findings.judge(what, report);
            if (!setup.quick()) {
                findings.judgeTimes(what, report);
            }
        }
    }

    private void warmUp(Service service, Workload work, double expected) throws IOException, InterruptedException {
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
    }

    /** Measures the capacity, then sends twice as much. */
    private void round(Service service, Workload work, double expected, OverloadFindings findings)
            throws IOException, InterruptedException {
        int seconds = setup.roundSeconds();
        double capacity = setup.quick()
                ? expected
                : Round.of(service, work, Load.CLIENTS, Duration.ofSeconds(seconds))
                        .rate();
        AtomicBoolean over = new AtomicBoolean();
        URI address = service.address();
        Thread poller = new Thread(() -> poll(address, findings, over), "endure-poller");
        CpuUse before = CpuUse.of(service);
        try (OpenLoop clients = new OpenLoop(address, work, findings.tally)) {
            poller.start();
            long from = System.nanoTime() + (long) (QUEUE_SECONDS * 1e9);
            if (setup.quick()) {
                clients.send(10 * QUICK_BURST, QUICK_BURST);
            } else {
                clients.send(FACTOR * capacity, Math.round(FACTOR * capacity * seconds));
            }
            long to = System.nanoTime();
            CpuUse use = CpuUse.of(service).since(before);
            over.set(true);
            double recovery = recover(address, work);
            double goodput = findings.tally.answeredBetween(from, to) / ((to - from) / 1e9);
            findings.add(seconds, capacity, goodput, recovery, use);
        }
        poller.join();
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
    private static void poll(URI address, OverloadFindings findings, AtomicBoolean over) {
        try (Client client = new Client(address)) {
            for (int i = 0; !over.get(); i++) {
                long start = System.nanoTime();
                int status =
                        client.get(i % 2 == 0 ? "/health/ready" : "/metrics").status();
                (i % 2 == 0 ? findings.health : findings.metrics).add(System.nanoTime() - start);
                if (status != 200) {
                    findings.tally.fail("health or metrics answered " + status);
                }
                Thread.sleep(POLL_MILLIS);
            }
        } catch (IOException e) {
            findings.tally.fail("health or metrics: " + e);
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
