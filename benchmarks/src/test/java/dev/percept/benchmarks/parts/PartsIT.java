package dev.percept.benchmarks.parts;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.Collection;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;

/** Every part runs, once and in this JVM, with the model that is always there. */
class PartsIT {
    @TempDir
    Path folder = Path.of("");

    @Test
    void everyPartRuns() throws Exception {
        // Whoever measures at the same time is not disturbed by as little as this.
        System.setProperty("jmh.ignoreLock", "true");
        Collection<RunResult> results = new Runner(new OptionsBuilder()
                        .include(Part.class.getPackageName())
                        .forks(0)
                        .mode(Mode.SingleShotTime)
                        .warmupIterations(0)
                        .measurementIterations(1)
                        .timeout(TimeValue.seconds(60))
                        .param("model", "nlpd")
                        .param("size", Size.SQUARE_224.name())
                        .param("filter", "BICUBIC")
                        .param("candidates", "1")
                        .shouldFailOnError(true)
                        .output(folder.resolve("jmh.log").toString())
                        .build())
                .run();
        assertThat(results)
                .hasSize(7)
                .allSatisfy(result ->
                        assertThat(result.getPrimaryResult().getScore()).isPositive());
    }
}
