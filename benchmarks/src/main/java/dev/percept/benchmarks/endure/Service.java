package dev.percept.benchmarks.endure;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** A {@code percept serve} of its own process and folder. Linux only: what is resident is read from {@code /proc}. */
final class Service implements AutoCloseable {
    private static final Pattern ANNOUNCEMENT = Pattern.compile("Percept listens on (http://\\S+)");
    private static final Pattern LIVE_BYTES = Pattern.compile("(?m)^Total\\s+\\d+\\s+(\\d+)");
    private static final Pattern RESIDENT = Pattern.compile("(?m)^VmRSS:\\s+(\\d+) kB");
    /** A compiler's thread in {@code /proc}, with its user and system time. */
    private static final Pattern COMPILER = Pattern.compile("\\(C[12] Compiler.*\\) \\S+(?: \\S+){10} (\\d+) (\\d+) ");

    private static final int MILLIS_PER_TICK = 10;
    private static final Duration START = Duration.ofMinutes(2);
    private static final int STOP_SECONDS = 60;

    /** For so long the heap must not have fallen by more than so much. */
    private static final int SETTLED_SECONDS = 5;

    private static final long SETTLED_BYTES = 50_000;

    /** The heap is resident as a whole from the start: what grows then is not the heap. */
    private static final String JAVA_OPTIONS = "-Xms512m -Xmx512m -XX:+AlwaysPreTouch";

    private final Path folder;
    private final Process process;

    private Service(Path folder, Process process) {
        this.folder = folder;
        this.process = process;
        // Who ends this program early doesn't want to look for what it started.
        Runtime.getRuntime().addShutdownHook(new Thread(process::destroyForcibly));
    }

    /**
     * Starts the product, and returns at once.
     *
     * @param product the folder that a release archive has
     * @param arguments of {@code percept serve}
     */
    static Service launch(Path product, String... arguments) throws IOException {
        List<String> command =
                new ArrayList<>(List.of(product.resolve("bin/percept").toString(), "serve", "--device", "cpu"));
        command.addAll(List.of(arguments));
        return launch(command);
    }

    /** Starts a class of these benchmarks instead, which has the product on its class path. */
    static Service launch(Class<?> program, String... arguments) throws IOException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(List.of(JAVA_OPTIONS.split(" ")));
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), program.getName()));
        command.addAll(List.of(arguments));
        return launch(command);
    }

    private static Service launch(List<String> command) throws IOException {
        Path folder = Files.createTempDirectory("percept-endure");
        Path temp = Files.createDirectory(folder.resolve("tmp"));
        ProcessBuilder builder = new ProcessBuilder(command)
                .directory(folder.toFile())
                .redirectOutput(folder.resolve("out").toFile())
                .redirectError(folder.resolve("err").toFile());
        builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
        builder.environment().put("PERCEPT_JAVA_OPTS", JAVA_OPTIONS + " -Djava.io.tmpdir=" + temp);
        builder.environment().put("PERCEPT_CACHE", folder.resolve("cache").toString());
        builder.environment().put("PERCEPT_HOME", folder.resolve("home").toString());
        Process process = builder.start();
        process.getOutputStream().close();
        return new Service(folder, process);
    }

    /** Starts the product on a free port, and waits until it is ready. */
    static Service start(Path product, String... arguments) throws IOException, InterruptedException {
        List<String> all = new ArrayList<>(List.of("--port", "0"));
        all.addAll(List.of(arguments));
        Service service = launch(product, all.toArray(String[]::new));
        service.address();
        return service;
    }

    /** Waits until it has said where it listens. */
    URI address() throws IOException, InterruptedException {
        long end = System.nanoTime() + START.toNanos();
        while (process.isAlive() && System.nanoTime() < end) {
            Matcher said = ANNOUNCEMENT.matcher(read("out"));
            if (said.find()) {
                return URI.create(said.group(1));
            }
            Thread.sleep(20);
        }
        String why = process.isAlive() ? "said nothing" : "ended with " + process.exitValue();
        String log = log();
        close();
        throw new IOException("the service " + why + ": " + log);
    }

    /** What it has written to stderr. */
    String log() throws IOException {
        return read("err");
    }

    private String read(String file) throws IOException {
        return Files.readString(folder.resolve(file), StandardCharsets.UTF_8);
    }

    /** What is resident, in bytes. */
    long residentBytes() throws IOException {
        String status = Files.readString(Path.of("/proc", Long.toString(process.pid()), "status"));
        Matcher found = RESIDENT.matcher(status);
        if (!found.find()) {
            throw new IOException("the service has ended: " + log());
        }
        return Long.parseLong(found.group(1)) << 10;
    }

    /** Collects, and returns what lives in the heap then, in bytes. */
    long liveBytes() throws IOException, InterruptedException {
        Process jcmd = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "jcmd").toString(),
                        Long.toString(process.pid()),
                        "GC.class_histogram")
                .redirectErrorStream(true)
                .start();
        String said = new String(jcmd.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        Matcher total = LIVE_BYTES.matcher(said);
        if (jcmd.waitFor() != 0 || !total.find()) {
            throw new IOException("jcmd does not tell what lives in the heap: " + said);
        }
        return Long.parseLong(total.group(1));
    }

    /** As {@link #liveBytes()}, once that has stopped to fall: buffers of the last clients live as long as their connections. */
    long settledBytes() throws IOException, InterruptedException {
        long least = Long.MAX_VALUE;
        for (int still = 0; still < SETTLED_SECONDS; still++) {
            Thread.sleep(1000);
            long live = liveBytes();
            if (live < least - SETTLED_BYTES) {
                still = 0;
            }
            least = Math.min(least, live);
        }
        return least;
    }

    /** What it has computed, in all. */
    Duration cpu() {
        return process.info().totalCpuDuration().orElse(Duration.ZERO);
    }

    /** What Java's compilers have, in all. */
    Duration compilers() throws IOException {
        long ticks = 0;
        try (Stream<Path> threads = Files.list(Path.of("/proc", Long.toString(process.pid()), "task"))) {
            for (Path thread : threads.toList()) {
                ticks += compilerTicks(thread);
            }
        }
        return Duration.ofMillis(ticks * MILLIS_PER_TICK);
    }

    private static long compilerTicks(Path thread) throws IOException {
        try {
            Matcher compiler = COMPILER.matcher(Files.readString(thread.resolve("stat")));
            return compiler.find() ? Long.parseLong(compiler.group(1)) + Long.parseLong(compiler.group(2)) : 0;
        } catch (IOException e) {
            if (Files.exists(thread)) {
                throw e;
            }
            // It has just ended.
            return 0;
        }
    }

    void hangUp() throws IOException, InterruptedException {
        new ProcessBuilder("kill", "-HUP", Long.toString(process.pid())).start().waitFor();
    }

    /** What lies in its folder for temporary files. */
    List<Path> temporaryFiles() throws IOException {
        try (Stream<Path> files = Files.list(folder.resolve("tmp"))) {
            return files.toList();
        }
    }

    /** What a JVM leaves that crashed. */
    List<Path> crashFiles() throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.filter(file -> file.getFileName().toString().matches("hs_err.*|core.*"))
                    .toList();
        }
    }

    /** TERM. */
    void terminate() {
        process.destroy();
    }

    /**
     * Waits for its end.
     *
     * @throws IOException if it doesn't end
     */
    int exitCode() throws IOException, InterruptedException {
        if (!process.waitFor(STOP_SECONDS, TimeUnit.SECONDS)) {
            throw new IOException("still running after " + STOP_SECONDS + " s: " + log());
        }
        return process.exitValue();
    }

    @Override
    public void close() throws IOException {
        process.destroyForcibly();
        process.onExit().join();
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
    }
}
