package dev.percept.benchmarks.endure;

import dev.percept.PerceptualLoss;
import dev.percept.Score;
import dev.percept.ScoreResult;
import dev.percept.benchmarks.Report;
import dev.percept.benchmarks.endure.Workload.Size;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;

/** Sixty-four clients at once, and what they get of what the library does by itself. */
final class Load {
    private static final int CLIENTS = 64;
    private static final double LEAST_OF_LIBRARY = 0.9;

    private final Setup setup;
    private final Report report;

    Load(Setup setup, Report report) {
        this.setup = setup;
        this.report = report;
    }

    void run() throws IOException, InterruptedException {
        model("nlpd", "nlpd");
        Path vgg19 = setup.vgg19();
        if (vgg19 != null) {
            model("vgg19", vgg19.toString());
        }
    }

    private void model(String name, String model) throws IOException, InterruptedException {
        Workload mixed;
        Workload equal;
        try (PerceptualLoss loss = Workload.load(model, 0)) {
            mixed = setup.quick()
                    ? Workload.of(loss, 4, new Size(64, 48), new Size(40, 40), new Size(37, 51))
                    : Workload.of(loss, 4, new Size(224, 224), new Size(160, 120), new Size(97, 64));
            equal = Workload.of(loss, 16, setup.quick() ? new Size(48, 48) : new Size(224, 224));
        }
        try (Service service = Service.start(setup.product(), "--model", model)) {
            load(name + ", three sizes", service, mixed, setup.loadSeconds());
        }
        // From here on no features are kept, of which both would have others.
        Library before = library(model, equal);
        double capacity;
        try (Service service = Service.start(setup.product(), "--model", model, "--reference-cache", "0")) {
            capacity = load(name + ", one size", service, equal, seconds());
        }
        Library after = library(model, equal);
        double library = (before.rate + after.rate) / 2;
        report.row(
                "library",
                "what",
                name,
                "pairs_per_s_before",
                before.rate,
                "and_after",
                after.rate,
                "kernels",
                after.kernels);
        if (!setup.quick()) {
            report.row("library", "what", name + " over HTTP", "of_it", capacity / library);
            if (!name.equals("nlpd")) {
                double share = capacity / library;
                report.check(name + " over HTTP, of the library's own rate", "≥ 0.9", share, share >= LEAST_OF_LIBRARY);
            }
        }
        new Overload(setup, report).run(name, model, equal, capacity);
    }

    private int seconds() {
        return setup.quick() ? 3 : Math.min(60, setup.loadSeconds());
    }

    /** Has a service score before it is measured. */
    static void warmUp(Setup setup, Service service, URI address, Workload work)
            throws IOException, InterruptedException {
        WarmUp.of(
                setup, service, time -> Clients.closedLoop(address, work, CLIENTS, time, Long.MAX_VALUE, new Tally()));
    }

    /** Returns how many pairs a second were answered. */
    private double load(String what, Service service, Workload work, int seconds)
            throws IOException, InterruptedException {
        URI address = service.address();
        warmUp(setup, service, address, work);
        Tally tally = new Tally();
        CpuUse before = CpuUse.of(service);
        double took = Clients.closedLoop(address, work, CLIENTS, Duration.ofSeconds(seconds), Long.MAX_VALUE, tally);
        CpuUse use = CpuUse.of(service).since(before);
        double rate = tally.answered() / took;
        report.row(
                "load",
                "what",
                what,
                "clients",
                CLIENTS,
                "seconds",
                took,
                "scored",
                tally.answered(),
                "per_s",
                rate,
                "refused",
                tally.refusals().count(),
                "worst_deviation",
                tally.worst(),
                "p50_ms",
                tally.answers().millis(50),
                "p95_ms",
                tally.answers().millis(95),
                "cpu_s",
                use.service(),
                "compilers_share_of_it",
                use.compilersShare(),
                "clients_share_of_cpu",
                use.clientsShare(),
                "rss_mib",
                service.residentBytes() / Setup.MIB);
        judge(what, tally, report);
        return rate;
    }

    /** What must be whatever the load. */
    static void judge(String what, Tally tally, Report report) {
        report.check(what + ": scored", "> 0", tally.answered(), tally.answered() > 0);
        report.check(what + ": wrong scores", "0", tally.wrong(), tally.wrong() == 0);
        report.check(what + ": failed requests", "0", tally.failed(), tally.failed() == 0);
        report.check(
                what + ": refused after the body was asked for", "0", tally.refusedLate(), tally.refusedLate() == 0);
    }

    /**
     * What the library does by itself.
     *
     * @param rate in pairs a second
     * @param kernels that the last pair ran on
     */
    private record Library(double rate, String kernels) {}

    private Library library(String model, Workload work) {
        try (PerceptualLoss loss = Workload.load(model, 0)) {
            List<ScoreResult> results = loss.score(work.pairs());
            long start = System.nanoTime();
            long end = start
                    + Duration.ofSeconds(setup.quick() ? 1 : seconds() / 3).toNanos();
            int pairs = 0;
            do {
                results = loss.score(work.pairs());
                pairs += results.size();
            } while (System.nanoTime() < end);
            double rate = pairs / ((System.nanoTime() - start) / 1e9);
            Score last = Objects.requireNonNull(results.get(results.size() - 1).score());
            return new Library(rate, last.provenance().execution().kernels());
        }
    }
}
