package dev.percept.benchmarks.parts;

import dev.percept.ImageSource;
import dev.percept.PerceptualLoss;
import dev.percept.Score;
import dev.percept.benchmarks.gpu.Pictures;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.TearDown;

/** A pair of 224², from pixels to its score. */
public class Scoring extends Part {
    private static final int SIDE = 224;

    /** That scores. */
    @Param({"nlpd", "vgg19"})
    public String model = "nlpd";

    private final byte[] reference = Pictures.smooth(SIDE, SIDE, 1);
    private final byte[] candidate = Pictures.noisy(reference, 4, 1);
    private @Nullable PerceptualLoss loss;
    private int next;

    /** Loads the model. */
    @Setup
    public void load() {
        loss = Models.load(model);
    }

    /** Scores a pair that was never seen before. */
    @Benchmark
    public Score score() {
        // One value changes each time: what is kept of a reference must not help.
        reference[next] ^= 1;
        next = (next + 1) % reference.length;
        return Objects.requireNonNull(loss)
                .score(
                        ImageSource.ofRgb(reference, SIDE, SIDE, "reference"),
                        ImageSource.ofRgb(candidate, SIDE, SIDE, "candidate"));
    }

    /** Closes it. */
    @TearDown
    public void close() {
        Objects.requireNonNull(loss).close();
    }
}
