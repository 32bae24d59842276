package dev.percept.benchmarks.endure;

import dev.percept.PerceptualLoss;
import dev.percept.benchmarks.Report;
import dev.percept.benchmarks.endure.Connection.Answer;
import dev.percept.benchmarks.endure.Workload.Item;
import dev.percept.benchmarks.endure.Workload.Size;
import java.io.IOException;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** TERM, whatever the service is at: what it had taken on is answered, and it ends in order and in time. */
final class Drain {
    private static final int CLIENTS = 8;
    private static final int IDLE = 20;

    /** The stop timeout's default, and what ending takes beyond it. */
    private static final double MOST_SECONDS = 28;

    private static final int PATIENCE_SECONDS = 60;

    private final Setup setup;
    private final Report report;
    private final Random random = new Random(1);

    Drain(Setup setup, Report report) {
        this.setup = setup;
        this.report = report;
    }

    private enum State {
        AT_REST("at rest"),
        AT_LOAD("at load"),
        LOADING("while the model is loaded"),
        IDLE_CONNECTIONS("with idle connections");

        private final String text;

        State(String text) {
            this.text = text;
        }
    }

    void run() throws IOException, InterruptedException {
        Workload work;
        try (PerceptualLoss loss = Workload.load("nlpd", 0)) {
            work = Workload.of(loss, 4, new Size(224, 224), new Size(97, 64));
        }
        int each = Math.max(1, setup.times() / State.values().length);
        int answered = 0;
        int lost = 0;
        int notInOrder = 0;
        int crashFiles = 0;
        int temporaryFiles = 0;
        double slowest = 0;
        for (State state : State.values()) {
            Sum sum = new Sum();
            for (int i = 0; i < each; i++) {
                if (state == State.LOADING) {
                    whileLoading(sum);
                } else {
                    whenReady(state, work, sum);
                }
            }
            report.row(
                    "drain",
                    "TERM",
                    state.text,
                    "times",
                    each,
                    "answered",
                    sum.answered.get(),
                    "lost",
                    sum.lost.get(),
                    "not_in_order",
                    sum.notInOrder,
                    "crash_files",
                    sum.crashFiles,
                    "temporary_files",
                    sum.temporaryFiles,
                    "slowest_end_s",
                    sum.slowest);
            lost += sum.lost.get();
            answered += sum.answered.get();
            notInOrder += sum.notInOrder;
            crashFiles += sum.crashFiles;
            temporaryFiles += sum.temporaryFiles;
            slowest = Math.max(slowest, sum.slowest);
        }
        report.check("answered", "> 0", answered, answered > 0);
        report.check("taken on and not answered rightly", "0", lost, lost == 0);
        report.check("exit codes other than 0", "0", notInOrder, notInOrder == 0);
        report.check("crash files", "0", crashFiles, crashFiles == 0);
        report.check("temporary files", "0", temporaryFiles, temporaryFiles == 0);
        report.check("slowest end, s", "≤ 28", slowest, slowest <= MOST_SECONDS);
    }

    private static final class Sum {
        private final AtomicInteger answered = new AtomicInteger();
        private final AtomicInteger lost = new AtomicInteger();
        private int notInOrder;
        private int crashFiles;
        private int temporaryFiles;
        private double slowest;
    }

    private void whenReady(State state, Workload work, Sum sum) throws IOException, InterruptedException {
        List<Client> idle = new ArrayList<>();
        try (Service service = Service.start(setup.product(), "--model", "nlpd")) {
            URI address = service.address();
            ExecutorService pool = Executors.newFixedThreadPool(CLIENTS);
            if (state == State.AT_LOAD) {
                for (int i = 0; i < CLIENTS; i++) {
                    int first = i;
                    pool.execute(() -> scoreUntilRefused(address, work, first, sum));
                }
                Thread.sleep(300 + random.nextInt(500));
            }
            for (int i = 0; state == State.IDLE_CONNECTIONS && i < IDLE; i++) {
                Client client = new Client(address);
                client.get("/health/live");
                idle.add(client);
            }
            end(service, sum);
            pool.shutdown();
            if (!pool.awaitTermination(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
                pool.shutdownNow();
                sum.lost.incrementAndGet();
            }
        } finally {
            for (Client client : idle) {
                client.close();
            }
        }
    }

    private void whileLoading(Sum sum) throws IOException, InterruptedException {
        int port = Soak.freePort();
        try (Service service = Service.launch(setup.product(), "--port", Integer.toString(port), "--model", "nlpd")) {
            URI address = URI.create("http://127.0.0.1:" + port);
            // It listens before it loads.
            long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
            while (!isLive(address)) {
                if (System.nanoTime() > end) {
                    throw new IOException("the service does not listen: " + service.log());
                }
                Thread.sleep(5);
            }
            Thread.sleep(random.nextInt(60));
            end(service, sum);
        }
    }

    private static boolean isLive(URI address) {
        try (Client client = new Client(address)) {
            return client.get("/health/live").status() == 200;
        } catch (IOException e) {
            return false;
        }
    }

    private static void end(Service service, Sum sum) throws IOException, InterruptedException {
        long start = System.nanoTime();
        service.terminate();
        int code = service.exitCode();
        sum.slowest = Math.max(sum.slowest, (System.nanoTime() - start) / 1e9);
        if (code != 0) {
            System.err.println("endure: exit code " + code + ": " + service.log());
            sum.notInOrder++;
        }
        sum.temporaryFiles += service.temporaryFiles().size();
        sum.crashFiles += service.crashFiles().size();
    }

    /** What it was asked the body of, it has taken on; that must be answered, and rightly. */
    private static void scoreUntilRefused(URI address, Workload work, int first, Sum sum) {
        try (Client client = new Client(address)) {
            for (int i = first; i < 100_000; i++) {
                Item item = work.item(i);
                Answer answer;
                try {
                    answer = client.score(item.form());
                } catch (IOException e) {
                    if (client.admitted()) {
                        System.err.println("endure: lost: " + e);
                        sum.lost.incrementAndGet();
                    }
                    return;
                }
                if (answer.status() != 200) {
                    if (client.admitted()) {
                        System.err.println("endure: lost: " + answer.status() + " " + answer.body());
                        sum.lost.incrementAndGet();
                    }
                    return;
                }
                (item.isRight(answer.total()) ? sum.answered : sum.lost).incrementAndGet();
            }
        } catch (IOException e) {
            System.err.println("endure: " + e);
        }
    }
}
