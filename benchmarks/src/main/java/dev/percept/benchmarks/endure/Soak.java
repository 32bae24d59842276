package dev.percept.benchmarks.endure;

import dev.percept.PerceptualLoss;
import dev.percept.benchmarks.Report;
import dev.percept.benchmarks.endure.Trend.Sample;
import dev.percept.benchmarks.endure.Workload.Size;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** Hours of work, during which memory must not grow; and a service that leaks, whose memory must be seen to. */
final class Soak {
    private static final int CLIENTS = 4;

    /** By how much memory may grow, in MiB: the line through the last three quarters of the time. */
    private static final double HEAP_GROWTH = 4;

    private static final double RESIDENT_GROWTH = 16;

    /** The short form looks at a process that is hardly warm: compiled code and threads' memory still come. */
    private static final double QUICK_RESIDENT_GROWTH = 40;

    /** The short form. What leaks is watched for as short a time in both. */
    private static final Steps QUICK = new Steps(12, Duration.ofMinutes(1), 40, false);

    private final Setup setup;
    private final Report report;

    Soak(Setup setup, Report report) {
        this.setup = setup;
        this.report = report;
    }

    void run() throws IOException, InterruptedException {
        Workload work;
        Workload large;
        try (PerceptualLoss loss = Workload.load("nlpd", 0)) {
            work = Workload.of(loss, 8, new Size(224, 224), new Size(160, 120), new Size(97, 64));
            large = Workload.of(loss, 8, new Size(320, 240));
        }
        Found sound;
        try (Service service = Service.start(setup.product(), "--model", "nlpd", "--reference-cache", "16M")) {
            Steps steps = setup.quick() ? QUICK : Steps.within(Duration.ofMinutes(setup.soakMinutes()));
            sound = watch("the service", service, service.address(), work, steps);
        }
        double resident = setup.quick() ? QUICK_RESIDENT_GROWTH : RESIDENT_GROWTH;
        double heapGrowth = sound.heap.growth();
        double residentGrowth = sound.resident.growth();
        report.check("soak: live heap, MiB", "grows ≤ " + HEAP_GROWTH, heapGrowth, sound.heap.isFlat(HEAP_GROWTH));
        report.check("soak: RSS, MiB", "grows ≤ " + resident, residentGrowth, sound.resident.isFlat(resident));

        Trend heap = leaking("heap", large).heap;
        report.check("soak: a leak in the heap, MiB", "is caught", heap.growth(), !heap.isFlat(HEAP_GROWTH));
        Trend nativeMemory = leaking("native", large).resident;
        report.check(
                "soak: a leak in native memory, MiB",
                "is caught",
                nativeMemory.growth(),
                !nativeMemory.isFlat(QUICK_RESIDENT_GROWTH));
    }

    /**
     * How often the memory is looked at, and what is done before that.
     *
     * @param count of steps
     * @param time that a step takes at most
     * @param requests after which it is over
     * @param settled whether the heap is looked at once it no longer falls, which takes some seconds
     */
    private record Steps(int count, Duration time, long requests, boolean settled) {
        private static final int LONG = 60;

        static Steps within(Duration time) {
            return new Steps(LONG, time.dividedBy(LONG), Long.MAX_VALUE, true);
        }
    }

    private record Found(Trend heap, Trend resident) {}

    private Found leaking(String where, Workload work) throws IOException, InterruptedException {
        int door = freePort();
        int inner = freePort();
        try (Service service = Service.launch(Leaking.class, where, Integer.toString(door), Integer.toString(inner))) {
            service.address();
            URI address = URI.create("http://127.0.0.1:" + door);
            return watch("leaking in " + where, service, address, work, QUICK);
        }
    }

    static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    /** Looks at the memory after each step, which is over after its time or its requests, whichever comes first. */
    private Found watch(String what, Service service, URI address, Workload work, Steps steps)
            throws IOException, InterruptedException {
        List<Sample> heap = new ArrayList<>();
        List<Sample> resident = new ArrayList<>();
        Tally tally = new Tally();
        long start = System.nanoTime();
        for (int step = 0; step < steps.count; step++) {
            Clients.closedLoop(address, work, CLIENTS, steps.time, steps.requests, tally);
            double hours = (System.nanoTime() - start) / 3600e9;
            long live = steps.settled ? service.settledBytes() : service.liveBytes();
            heap.add(new Sample(hours, live / Setup.MIB));
            resident.add(new Sample(hours, service.residentBytes() / Setup.MIB));
        }
        Found found = new Found(Trend.of(heap), Trend.of(resident));
        report.row(
                "soak",
                "what",
                what,
                "minutes",
                (System.nanoTime() - start) / 60e9,
                "scored",
                tally.answered(),
                "heap_mib",
                quarters(heap),
                "heap_mib_per_h",
                found.heap.slope(),
                "heap_growth_mib",
                found.heap.growth(),
                "rss_mib",
                quarters(resident),
                "rss_mib_per_h",
                found.resident.slope(),
                "rss_growth_mib",
                found.resident.growth());
        Load.judge("soak, " + what, tally, report);
        return found;
    }

    /** What it was after each quarter of the time. */
    private static String quarters(List<Sample> samples) {
        return IntStream.rangeClosed(1, 4)
                .mapToObj(quarter -> samples.get(quarter * samples.size() / 4 - 1))
                .map(sample -> String.format(Locale.ROOT, "%.1f", sample.value()))
                .collect(Collectors.joining(", "));
    }
}
