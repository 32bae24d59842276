package dev.percept;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.percept.samples.Distortions;
import dev.percept.samples.Pictures;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import javax.management.JMException;
import javax.management.ObjectName;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;

/**
 * Thousands of malformed files: each is refused in one line, or is a picture, in little time and memory, and the next good picture
 * is scored as ever. {@code export-tools/oracle/make_malformed.py} writes them in the same build.
 */
class MalformedPicturesIT {
    private static final Path CORPUS = Path.of("..", "export-tools", "target", "malformed");

    /** What a machine that does other things as well may take; alone, none takes half of two seconds. */
    private static final Duration PATIENCE = Duration.ofSeconds(10);

    private static final long MOST_HEAP_BY_HEADER = 16 << 20;

    private static List<JsonObject> files() throws IOException {
        Path list = CORPUS.resolve("malformed.json");
        boolean there = Files.exists(list);
        if (Boolean.parseBoolean(System.getenv("CI"))) {
            assertThat(there)
                    .as("in CI the corpus must have been made: %s", CORPUS)
                    .isTrue();
        }
        Assumptions.assumeTrue(there, "no malformed corpus: it needs Python; run mvn verify from the root");
        return JsonParser.parseString(Files.readString(list)).getAsJsonArray().asList().stream()
                .map(JsonElement::getAsJsonObject)
                .toList();
    }

    @Test
    void everyFileIsRefusedOrRead() throws IOException {
        List<JsonObject> files = files();
        assertThat(files).hasSizeGreaterThanOrEqualTo(500);
        BufferedImage good = Pictures.gradient(48, 32);
        BufferedImage other = Distortions.noise(good, 9, 1);
        List<String> wrong = new ArrayList<>();
        int refused = 0;
        try (PerceptualLoss loss = PerceptualLoss.load("nlpd")) {
            double before = loss.score(good, other).total();
            for (JsonObject file : files) {
                Path path = CORPUS.resolve(file.get("file").getAsString());
                Outcome outcome = Outcome.of(loss, good, path);
                String complaint = outcome.complaint(file, Files.size(path));
                if (complaint != null) {
                    wrong.add(path.getFileName() + ": " + complaint);
                }
                refused += outcome.message == null ? 0 : 1;
            }
            assertThat(wrong).isEmpty();
            assertThat(refused).isGreaterThanOrEqualTo(500);
            assertThat(loss.score(good, other).total()).isEqualTo(before);
        }
    }

    /**
     * What became of a file.
     *
     * @param message of its refusal, or null
     * @param time that it took
     * @param allocated bytes of heap
     */
    private record Outcome(@Nullable String message, Duration time, long allocated) {
        static Outcome of(PerceptualLoss loss, BufferedImage good, Path path) {
            long heap = allocatedBytes();
            long start = System.nanoTime();
            String message = null;
            try {
                loss.score(ImageSource.of(good, "good"), ImageSource.of(path));
            } catch (ImageException e) {
                message = String.valueOf(e.getMessage());
            }
            return new Outcome(message, Duration.ofNanos(System.nanoTime() - start), allocatedBytes() - heap);
        }

        /** Of this thread so far. */
        private static long allocatedBytes() {
            try {
                // The method is com.sun.management's, whose module the tests don't read.
                return (long) ManagementFactory.getPlatformMBeanServer()
                        .invoke(
                                new ObjectName(ManagementFactory.THREAD_MXBEAN_NAME),
                                "getThreadAllocatedBytes",
                                new Object[] {Thread.currentThread().getId()},
                                new String[] {"long"});
            } catch (JMException e) {
                throw new IllegalStateException(e);
            }
        }

        @Nullable
        String complaint(JsonObject file, long bytes) {
            if (message == null && file.get("expect").getAsString().equals("refused")) {
                return "it is read as a picture";
            }
            if (message != null && (message.contains("\n") || message.length() > 1000)) {
                return "it is refused in more than a line";
            }
            if (time.compareTo(PATIENCE) > 0) {
                return "it takes " + time.toMillis() + " ms";
            }
            // The file itself, once as read and once while its buffer grows.
            boolean much = allocated - 3 * bytes > MOST_HEAP_BY_HEADER;
            return file.get("by_header").getAsBoolean() && much ? "it takes " + (allocated >> 20) + " MiB" : null;
        }
    }
}
