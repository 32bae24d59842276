package dev.percept.benchmarks.gpu;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** What the machine is, and what it is doing. */
final class Machine {
    private static final int PATIENCE_SECONDS = 20;
    private static volatile boolean gpu;

    private Machine() {}

    /** Says that memory is the GPU's. */
    static void useGpu() {
        gpu = true;
    }

    static String gpuName() throws IOException, InterruptedException {
        return gpu ? query("name,driver_version,memory.total") : "none used";
    }

    static String cpuName() throws IOException {
        Path info = Path.of("/proc/cpuinfo");
        if (!Files.exists(info)) {
            return System.getProperty("os.arch", "unknown");
        }
        return Files.readAllLines(info).stream()
                .filter(line -> line.startsWith("model name"))
                .map(line -> line.substring(line.indexOf(':') + 1).strip())
                .findFirst()
                .orElse("unknown");
    }

    /**
     * Memory in use: the GPU's, or what is resident and this process's own. Pages of model files that are mapped don't count:
     * they are the page cache's, and are unmapped whenever the collector gets to them.
     */
    static double memoryMib() throws IOException, InterruptedException {
        if (gpu) {
            return Double.parseDouble(query("memory.used").replaceAll("[^0-9.]", ""));
        }
        return Files.readAllLines(Path.of("/proc/self/status")).stream()
                .filter(line -> line.startsWith("RssAnon:"))
                .mapToDouble(line -> Double.parseDouble(line.replaceAll("[^0-9]", "")) / 1024)
                .findFirst()
                .orElse(Double.NaN);
    }

    private static String query(String fields) throws IOException, InterruptedException {
        return output(
                List.of("nvidia-smi", "--id=0", "--query-gpu=" + fields, "--format=csv,noheader"), PATIENCE_SECONDS);
    }

    /** What a program prints, if it ends well and in time. */
    static String output(List<String> command, int seconds) throws IOException, InterruptedException {
        Path out = Files.createTempFile("accept", ".out");
        try {
            Process process = new ProcessBuilder(command)
                    .redirectOutput(out.toFile())
                    .redirectError(ProcessBuilder.Redirect.INHERIT)
                    .start();
            process.getOutputStream().close();
            if (!process.waitFor(seconds, TimeUnit.SECONDS)) {
                process.descendants().forEach(ProcessHandle::destroyForcibly);
                process.destroyForcibly();
                throw new IOException(command.get(0) + " took longer than " + seconds + " s");
            }
            String printed = Files.readString(out, StandardCharsets.UTF_8).strip();
            if (process.exitValue() != 0) {
                throw new IOException(command.get(0) + " ended with " + process.exitValue() + ": " + printed);
            }
            return printed;
        } finally {
            Files.delete(out);
        }
    }

    static BusyMeter busyMeter() {
        return new BusyMeter();
    }

    /** Asks now and then how busy the GPU is, until it is closed. */
    static final class BusyMeter implements AutoCloseable {
        private final Thread thread = new Thread(this::sample, "busy-meter");
        private volatile boolean done;
        private double sum;
        private int samples;

        private BusyMeter() {
            thread.setDaemon(true);
            if (gpu) {
                thread.start();
            }
        }

        private void sample() {
            try {
                while (!done) {
                    double percent = Double.parseDouble(query("utilization.gpu").replaceAll("[^0-9.]", ""));
                    synchronized (this) {
                        sum += percent;
                        samples++;
                    }
                    Thread.sleep(50);
                }
            } catch (IOException | InterruptedException | NumberFormatException e) {
                System.err.println("accept: nvidia-smi no longer answers: " + e);
            }
        }

        /** The mean so far, or a text where there is none. */
        synchronized Object percent() {
            return samples == 0 ? "not measured" : (Object) (sum / samples);
        }

        @Override
        public void close() {
            done = true;
        }
    }
}
