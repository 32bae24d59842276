package dev.percept.benchmarks.endure;

import com.google.gson.JsonElement;
import com.google.gson.JsonParser;
import dev.percept.PerceptualLoss;
import dev.percept.benchmarks.Report;
import dev.percept.benchmarks.endure.Workload.Size;
import dev.percept.benchmarks.gpu.Pictures;
import java.io.EOFException;
import java.io.IOException;
import java.net.SocketException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;

/** Clients that behave badly, each in its way many times; a decent one must not notice, and memory must not either. */
final class Abuse {
    private static final double HEAP_GROWTH = 1;
    private static final double RESIDENT_GROWTH = 16;

    /** The short form is hardly warm. */
    private static final double QUICK_HEAP_GROWTH = 8;

    private static final double QUICK_RESIDENT_GROWTH = 48;

    private static final int PATIENCE_SECONDS = 300;

    /** Of each attempt beyond that. */
    private static final double PATIENCE_EACH = 0.1;

    /** Every so many of the malformed pictures are sent in the short form, each once. */
    private static final int QUICK_STRIDE = 10;

    private final Setup setup;
    private final Report report;
    private final List<String> undeserved = new ArrayList<>();

    Abuse(Setup setup, Report report) {
        this.setup = setup;
        this.report = report;
    }

    void run() throws IOException, InterruptedException {
        Workload work;
        try (PerceptualLoss loss = Workload.load("nlpd", 0)) {
            work = Workload.of(loss, 1, new Size(64, 48));
        }
        Workload.Item good = work.item(0);
        byte[] picture = Pictures.file(Pictures.smooth(32, 32, 1), 32, 32, "png");
        List<Attack> attacks = new ArrayList<>(Attack.all(good, picture));
        attacks.add(Attack.picture("broken pictures", picture, broken(picture)));
        List<byte[]> corpus = corpus();

        try (Service service = Service.start(setup.product(), "--model", "nlpd", "--reference-cache", "0")) {
            URI address = service.address();
            // As many at once as afterwards: what buffers they take is kept for the next ones.
            int warmUp = setup.quick() ? Math.max(2, setup.times() / 3) : setup.times();
            for (Attack attack : attacks) {
                attempt(address, attack, warmUp);
            }
            Attack malformed = Attack.picture("the malformed corpus", picture, corpus);
            attempt(address, malformed, corpus.size());
            Attack stalled = Attack.stalled(good);
            if (!setup.quick()) {
                // So many connections at once take buffers that are kept.
                attempt(address, stalled, setup.times());
            }
            double heap = service.settledBytes() / Setup.MIB;
            double resident = service.residentBytes() / Setup.MIB;
            for (Attack attack : attacks) {
                judge(address, attack, setup.times());
            }
            if (!corpus.isEmpty()) {
                judge(address, malformed, corpus.size() * setup.corpusTimes());
            }
            if (!setup.quick()) {
                judge(address, stalled, setup.times());
            }
            report.check(
                    "ways in which it answered otherwise than deserved"
                            + (undeserved.isEmpty() ? "" : " " + undeserved),
                    "0",
                    undeserved.size(),
                    undeserved.isEmpty());
            heap = service.settledBytes() / Setup.MIB - heap;
            resident = service.residentBytes() / Setup.MIB - resident;
            report.row("memory", "heap_grew_mib", heap, "rss_grew_mib", resident);
            atMost("live heap grows, MiB", heap, setup.quick() ? QUICK_HEAP_GROWTH : HEAP_GROWTH);
            atMost("RSS grows, MiB", resident, setup.quick() ? QUICK_RESIDENT_GROWTH : RESIDENT_GROWTH);

            try (Client client = new Client(address)) {
                boolean right = good.isRight(client.score(good.form()).total());
                report.check("a good request afterwards is right", "1", right ? 1 : 0, right);
            }
            List<Path> left = service.temporaryFiles();
            report.check("temporary files" + (left.isEmpty() ? "" : " " + left), "0", left.size(), left.isEmpty());
            service.terminate();
            int code = service.exitCode();
            int ever = service.temporaryFiles().size();
            report.check("exit code after TERM", "0", code, code == 0);
            report.check("temporary files after the end", "0", ever, ever == 0);
        }
    }

    private void atMost(String what, double value, double goal) {
        report.check(what, "≤ " + Math.round(goal), value, value <= goal);
    }

    private void judge(URI address, Attack attack, int times) throws InterruptedException {
        Map<String, Integer> outcomes = attempt(address, attack, times);
        List<String> deserved = attack.allowed().stream().map(Abuse::name).toList();
        if (!deserved.containsAll(outcomes.keySet())) {
            undeserved.add(attack.name() + " " + outcomes);
        }
        report.row("abuse", "what", attack.name(), "times", times, "answers", outcomes.toString());
    }

    private static String name(int outcome) {
        return switch (outcome) {
            case Attack.CLOSED -> "closed";
            case Attack.GONE -> "gone";
            case Attack.WRONG -> "wrong score";
            default -> Integer.toString(outcome);
        };
    }

    private static Map<String, Integer> attempt(URI address, Attack attack, int times) throws InterruptedException {
        Map<String, Integer> outcomes = new TreeMap<>();
        ExecutorService pool = Executors.newFixedThreadPool(attack.parallel());
        for (int i = 0; i < times; i++) {
            int number = i;
            pool.execute(() -> {
                String outcome;
                try (Connection connection = new Connection(address)) {
                    outcome = name(attack.attempt().on(connection, number));
                } catch (EOFException | SocketException e) {
                    outcome = name(Attack.CLOSED);
                } catch (IOException | InterruptedException e) {
                    outcome = e.toString();
                }
                synchronized (outcomes) {
                    outcomes.merge(outcome, 1, Integer::sum);
                }
            });
        }
        pool.shutdown();
        if (!pool.awaitTermination(PATIENCE_SECONDS + (long) (PATIENCE_EACH * times), TimeUnit.SECONDS)) {
            pool.shutdownNow();
            synchronized (outcomes) {
                outcomes.put("unanswered", 1);
            }
        }
        synchronized (outcomes) {
            return Map.copyOf(new TreeMap<>(outcomes));
        }
    }

    /** Cut off, with bytes changed, and of a size that nobody has. */
    private static List<byte[]> broken(byte[] picture) {
        List<byte[]> files = new ArrayList<>();
        Random random = new Random(1);
        for (int i = 0; i < 20; i++) {
            files.add(Arrays.copyOf(picture, random.nextInt(picture.length)));
            byte[] changed = picture.clone();
            changed[8 + random.nextInt(picture.length - 8)] ^= (byte) (1 << random.nextInt(8));
            files.add(changed);
        }
        byte[] huge = picture.clone();
        // The width of a PNG.
        huge[16] = 0x7f;
        files.add(huge);
        return files;
    }

    private List<byte[]> corpus() throws IOException {
        Path list = setup.corpus().resolve("malformed.json");
        List<byte[]> files = new ArrayList<>();
        if (Files.exists(list)) {
            for (JsonElement file :
                    JsonParser.parseString(Files.readString(list)).getAsJsonArray()) {
                files.add(Files.readAllBytes(setup.corpus()
                        .resolve(file.getAsJsonObject().get("file").getAsString())));
            }
        }
        int stride = setup.quick() ? QUICK_STRIDE : 1;
        List<byte[]> some = new ArrayList<>();
        for (int i = 0; i < files.size(); i += stride) {
            some.add(files.get(i));
        }
        return some;
    }
}
