package dev.percept;

import static org.assertj.core.api.Assertions.assertThat;

import dev.percept.samples.Distortions;
import dev.percept.samples.Pictures;
import java.awt.image.BufferedImage;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** microsoft/onnxruntime#21812: closing a session while it runs is a SIGSEGV. Here it waits, and later calls are told. */
class ConcurrencyTest {
    private static final int ROUNDS = 20;
    private static final BufferedImage REFERENCE = Pictures.gradient(96, 64);
    private static final BufferedImage CANDIDATE = Distortions.noise(REFERENCE, 9, 1);

    @Test
    void twoThreadsScoreWhileAThirdCloses() throws Exception {
        AtomicInteger scored = new AtomicInteger();
        ExecutorService threads = Executors.newFixedThreadPool(2);
        try {
            for (int round = 0; round < ROUNDS; round++) {
                PerceptualLoss loss = PerceptualLoss.load(Backbone.embedded(), LossOptions.defaults());
                double expected = loss.score(REFERENCE, CANDIDATE).total();
                List<Future<String>> ends = new ArrayList<>();
                for (int thread = 0; thread < 2; thread++) {
                    ends.add(threads.submit(() -> scoreUntilClosed(loss, expected, scored)));
                }
                int before = scored.get();
                while (scored.get() < before + round) {
                    Thread.onSpinWait();
                }
                loss.close();
                for (Future<String> end : ends) {
                    assertThat(end.get()).contains("nlpd", "closed");
                }
            }
        } finally {
            threads.shutdownNow();
        }
        assertThat(scored.get()).isPositive();
    }

    private static String scoreUntilClosed(PerceptualLoss loss, double expected, AtomicInteger scored) {
        while (true) {
            try {
                assertThat(loss.score(REFERENCE, CANDIDATE).total()).isEqualTo(expected);
                scored.incrementAndGet();
            } catch (IllegalStateException closed) {
                return String.valueOf(closed.getMessage());
            }
        }
    }
}
