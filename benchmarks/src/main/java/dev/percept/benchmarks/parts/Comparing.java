package dev.percept.benchmarks.parts;

import ai.onnxruntime.OrtException;
import dev.percept.onnx.HeadComparison;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.TearDown;

/** From features of VGG19's layers, at 224², to sums of squared differences. */
public class Comparing extends Part {
    private static final long[][] SHAPES = {{128, 112, 112}, {512, 28, 28}, {512, 14, 14}};

    /** How many candidates, with one reference. */
    @Param({"1", "8"})
    public int candidates = 1;

    private @Nullable HeadComparison head;

    /** Makes features. */
    @Setup
    public void make() throws OrtException {
        head = new HeadComparison(candidates, SHAPES);
    }

    /** Compares them. */
    @Benchmark
    public double[][] compare() throws OrtException {
        return Objects.requireNonNull(head).compare();
    }

    /** Frees them. */
    @TearDown
    public void close() throws OrtException {
        Objects.requireNonNull(head).close();
    }
}
