package dev.percept;

import static org.assertj.core.api.Assertions.assertThat;

import dev.percept.samples.Distortions;
import dev.percept.samples.Pictures;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

/**
 * Native memory does not grow with use (microsoft/onnxruntime#7842, #6058: what isn't closed leaks while the heap looks
 * fine). {@code -Dpercept.endure.scores=N} makes it long; {@code benchmarks/endure/score} does so.
 */
@EnabledOnOs(OS.LINUX)
class EnduranceIT {
    private static final int SCORES = Integer.getInteger("percept.endure.scores", 2_000);
    private static final int LOADS = Math.max(50, SCORES / 100);
    private static final long KEPT_REFERENCES = 8L << 20;
    private static final long ALLOWED_GROWTH = 32L << 20;
    private static final BufferedImage REFERENCE = Pictures.gradient(128, 96);
    private static final BufferedImage CANDIDATE = Distortions.noise(REFERENCE, 9, 1);

    @Test
    void memoryStaysFlatOverManyScores() throws IOException {
        try (PerceptualLoss loss = PerceptualLoss.load("nlpd")) {
            double expected = loss.score(REFERENCE, CANDIDATE).total();
            score(loss, expected, 1_000);
            long before = residentBytes();
            score(loss, expected, SCORES);
            assertThat(residentBytes() - before)
                    .as("growth over %d scores", SCORES)
                    .isLessThan(ALLOWED_GROWTH);
        }
    }

    @Test
    void memoryStaysFlatOverManySizes() throws IOException {
        // References are kept as well, fewer than there are before the first look.
        LossOptions options = LossOptions.defaults().withReferenceCacheBytes(KEPT_REFERENCES);
        try (PerceptualLoss loss = PerceptualLoss.load(Backbone.open("nlpd"), options)) {
            scoreSizes(loss, 200);
            long before = residentBytes();
            scoreSizes(loss, SCORES / 4);
            assertThat(residentBytes() - before)
                    .as("growth over %d sizes", SCORES / 4)
                    .isLessThan(ALLOWED_GROWTH);
        }
    }

    @Test
    void memoryStaysFlatOverLoadingAndClosing() throws IOException {
        loadAndClose(20);
        long before = residentBytes();
        loadAndClose(LOADS);
        assertThat(residentBytes() - before).as("growth over %d loads", LOADS).isLessThan(ALLOWED_GROWTH);
    }

    private static void score(PerceptualLoss loss, double expected, int times) {
        for (int i = 0; i < times; i++) {
            assertThat(loss.score(REFERENCE, CANDIDATE).total()).isEqualTo(expected);
        }
    }

    private static void scoreSizes(PerceptualLoss loss, int sizes) {
        for (int i = 0; i < sizes; i++) {
            BufferedImage reference = new BufferedImage(40 + i % 97, 40 + i % 89, BufferedImage.TYPE_INT_RGB);
            BufferedImage candidate =
                    new BufferedImage(reference.getWidth(), reference.getHeight(), BufferedImage.TYPE_INT_RGB);
            candidate.setRGB(i % 40, i % 40, 0xffffff);
            assertThat(loss.score(reference, candidate).total()).isPositive();
        }
    }

    private static void loadAndClose(int times) {
        for (int i = 0; i < times; i++) {
            try (PerceptualLoss loss = PerceptualLoss.load("nlpd")) {
                assertThat(loss.score(REFERENCE, CANDIDATE).total()).isPositive();
            }
        }
    }

    /** What the process holds in memory, after a collection, so that what grows is not garbage. */
    private static long residentBytes() throws IOException {
        System.gc();
        String line = Files.readString(Path.of("/proc/self/statm"));
        return Long.parseLong(line.split(" ", 3)[1]) * 4096;
    }
}
