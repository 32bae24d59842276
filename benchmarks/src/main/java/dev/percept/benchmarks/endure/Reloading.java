package dev.percept.benchmarks.endure;

import dev.percept.Backbone;
import dev.percept.PerceptualLoss;
import dev.percept.benchmarks.Report;
import dev.percept.benchmarks.endure.Workload.Size;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.Arrays;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;

/** HUP under load, with a good file and with a damaged one in turns: nobody notices, and memory stays as it is. */
final class Reloading {
    private static final int CLIENTS = 4;
    private static final String RELOADED = ": model nlpd is reloaded, SHA-256 ";
    private static final String KEPT = ": model nlpd isn't replaced: ";
    private static final Duration PATIENCE = Duration.ofMinutes(1);
    private static final Duration LONGEST = Duration.ofMinutes(10);

    /** By how much memory may grow from the first reloads to the last, in MiB: buffers of what was in flight are kept, some more or less. */
    private static final double HEAP_GROWTH = 16;

    private static final double RESIDENT_GROWTH = 32;

    /** Reloads before memory is looked at for the first time: compiled code and threads' memory still come. */
    private static final int WARM_UP = 5;

    /** ModelProto's field 6, of bytes. */
    private static final byte DOC_STRING = 6 << 3 | 2;

    private final Setup setup;
    private final Report report;

    Reloading(Setup setup, Report report) {
        this.setup = setup;
        this.report = report;
    }

    void run() throws IOException, InterruptedException {
        Workload work;
        try (PerceptualLoss loss = Workload.load("nlpd", 0)) {
            work = Workload.of(loss, 4, new Size(160, 120), new Size(97, 64));
        }
        Path folder = Files.createTempDirectory("percept-endure-model");
        Path model = folder.resolve("nlpd.onnx");
        byte[] good = nlpd();
        put(model, good);
        try (Service service = Service.start(setup.product(), "--model", "nlpd=" + model, "--reference-cache", "0")) {
            under(service, work, model, good);
            service.terminate();
            int code = service.exitCode();
            report.check("reload: exit code after TERM", "0", code, code == 0);
        } finally {
            Files.deleteIfExists(model);
            Files.delete(folder);
        }
    }

    private void under(Service service, Workload work, Path model, byte[] good)
            throws IOException, InterruptedException {
        Tally tally = new Tally();
        int times = setup.quick() ? setup.times() : Math.max(1, setup.times() / 2);
        rounds(WARM_UP, service, work, model, good, tally);
        double heap = service.liveBytes() / Setup.MIB;
        double resident = service.residentBytes() / Setup.MIB;
        rounds(times, service, work, model, good, tally);
        double heapGrowth = service.liveBytes() / Setup.MIB - heap;
        double residentGrowth = service.residentBytes() / Setup.MIB - resident;
        report.row(
                "reload",
                "reloads",
                times,
                "refused_reloads",
                times,
                "scored",
                tally.answered(),
                "heap_grew_mib",
                heapGrowth,
                "rss_grew_mib",
                residentGrowth);
        Load.judge("reload", tally, report);
        report.check("reload: live heap grows, MiB", "≤ " + HEAP_GROWTH, heapGrowth, heapGrowth <= HEAP_GROWTH);
        report.check(
                "reload: RSS grows, MiB", "≤ " + RESIDENT_GROWTH, residentGrowth, residentGrowth <= RESIDENT_GROWTH);
    }

    private static void rounds(int times, Service service, Workload work, Path model, byte[] good, Tally tally)
            throws IOException, InterruptedException {
        try (Endless load = new Endless(service.address(), work, tally)) {
            for (int i = 0; i < times && load.isRunning(); i++) {
                put(model, i % 2 == 0 ? Arrays.copyOf(good, good.length / 2) : damaged(good));
                hangUp(service, KEPT);
                put(model, another(good, i));
                hangUp(service, RELOADED);
            }
        }
    }

    /** The same model in other bytes, since models of the same bytes would share their session. */
    private static byte[] another(byte[] good, int round) {
        byte[] text = Integer.toString(round).getBytes(StandardCharsets.US_ASCII);
        byte[] another = Arrays.copyOf(good, good.length + 2 + text.length);
        another[good.length] = DOC_STRING;
        another[good.length + 1] = (byte) text.length;
        System.arraycopy(text, 0, another, good.length + 2, text.length);
        return another;
    }

    /** Has the model reloaded, and waits until the log says once more what should come of it. */
    private static void hangUp(Service service, String expected) throws IOException, InterruptedException {
        int reloaded = count(service, RELOADED);
        int kept = count(service, KEPT);
        service.hangUp();
        long end = System.nanoTime() + PATIENCE.toNanos();
        while (System.nanoTime() - end < 0) {
            if (count(service, RELOADED) > reloaded || count(service, KEPT) > kept) {
                if (count(service, expected) == (expected.equals(KEPT) ? kept : reloaded)) {
                    throw new IOException("not \"" + expected + "\": " + service.log());
                }
                return;
            }
            Thread.sleep(20);
        }
        throw new IOException("nothing came of HUP: " + service.log());
    }

    private static int count(Service service, String text) throws IOException {
        return service.log().split(text, -1).length - 1;
    }

    private static byte[] damaged(byte[] good) {
        byte[] damaged = good.clone();
        Arrays.fill(damaged, 0, good.length / 3, (byte) 0xA5);
        return damaged;
    }

    /** Beside, then moved: as those who care put a file in the place of another that is in use. */
    private static void put(Path file, byte[] content) throws IOException {
        Path beside = Files.write(file.resolveSibling("next"), content);
        Files.move(beside, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    private static byte[] nlpd() throws IOException {
        try (InputStream in = Backbone.class.getResourceAsStream("models/nlpd.onnx")) {
            return Objects.requireNonNull(in, "the embedded model").readAllBytes();
        }
    }

    /** Clients that score until they are told to stop. */
    private static final class Endless implements AutoCloseable {
        private static final Duration STEP = Duration.ofMillis(500);

        private final CompletableFuture<Void> running;
        private volatile boolean over;

        Endless(URI address, Workload work, Tally tally) {
            long end = System.nanoTime() + LONGEST.toNanos();
            running = CompletableFuture.runAsync(() -> {
                while (!over && System.nanoTime() - end < 0) {
                    Clients.closedLoop(address, work, CLIENTS, STEP, Long.MAX_VALUE, tally);
                }
            });
        }

        boolean isRunning() {
            return !running.isDone();
        }

        @Override
        public void close() {
            over = true;
            running.join();
        }
    }
}
