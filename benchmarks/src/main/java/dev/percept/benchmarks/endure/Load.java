package dev.percept.benchmarks.endure;

import dev.percept.PerceptualLoss;
import dev.percept.benchmarks.Report;
import dev.percept.benchmarks.endure.Workload.Size;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Objects;

/** Sixty-four clients at once, and what they get of what the library does by itself. */
final class Load {
    static final int CLIENTS = 64;
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
            warmUp(setup, service, service.address(), mixed);
            Round all = round(service, mixed, setup.loadSeconds());
            all.report(name + ", three sizes", service, report);
        }
        // From here on no features are kept, of which both would have others.
        double capacity;
        try (Service service = Service.start(setup.product(), "--model", model, "--reference-cache", "0");
                PerceptualLoss loss = Workload.load(model, 0)) {
            capacity = besideLibrary(name, service, loss, equal);
        }
        new Overload(setup, report).run(name, model, equal, capacity);
    }

    private int seconds() {
        return setup.quick() ? 3 : setup.roundSeconds();
    }

    /** The service and the library by itself in turns, since a machine's speed changes. Returns how many pairs a second the service scores. */
    private double besideLibrary(String name, Service service, PerceptualLoss loss, Workload work)
            throws IOException, InterruptedException {
        warmUp(setup, service, service.address(), work);
        Library library = new Library(loss, work);
        library.run(seconds());
        library.forget();
        Round all = null;
        for (int i = 0; i < setup.rounds(); i++) {
            library.run(seconds());
            Round more = round(service, work, seconds());
            all = all == null ? more : all.plus(more);
        }
        Round rounds = Objects.requireNonNull(all);
        rounds.report(name + ", one size", service, report);
        double share = rounds.rate() / library.rate();
        report.row(
                "library",
                "what",
                name,
                "pairs_per_s",
                library.rate(),
                "over_http_per_s",
                rounds.rate(),
                "of_it",
                share,
                "kernels",
                library.kernels());
        if (!setup.quick() && !name.equals("nlpd")) {
            report.check(name + " over HTTP, of the library's own rate", "≥ 0.9", share, share >= LEAST_OF_LIBRARY);
        }
        return rounds.rate();
    }

    /** Has a service score before it is measured. */
    static void warmUp(Setup setup, Service service, URI address, Workload work)
            throws IOException, InterruptedException {
        WarmUp.of(
                setup, service, time -> Clients.closedLoop(address, work, CLIENTS, time, Long.MAX_VALUE, new Tally()));
    }

    private static Round round(Service service, Workload work, int seconds) throws IOException, InterruptedException {
        return Round.of(service, work, CLIENTS, Duration.ofSeconds(seconds));
    }

    /** What must be whatever the load. */
    static void judge(String what, Tally tally, Report report) {
        report.check(what + ": scored", "> 0", tally.answered(), tally.answered() > 0);
        report.check(what + ": wrong scores", "0", tally.wrong(), tally.wrong() == 0);
        report.check(what + ": failed requests", "0", tally.failed(), tally.failed() == 0);
        report.check(
                what + ": refused after the body was asked for", "0", tally.refusedLate(), tally.refusedLate() == 0);
    }
}
