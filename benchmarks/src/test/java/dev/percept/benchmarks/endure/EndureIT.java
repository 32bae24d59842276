package dev.percept.benchmarks.endure;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The short forms of what the service has to endure: no look at times, but at all else. */
@EnabledOnOs(OS.LINUX)
class EndureIT {
    private static final Path ROOT = Path.of("..").toAbsolutePath().normalize();
    private static final int PATIENCE_SECONDS = 400;

    @TempDir
    Path folder = Path.of("");

    /** Where they aren't, nlpd alone is under load, and pictures are broken here only. */
    @BeforeAll
    static void inCiAllIsThere() {
        if (Boolean.parseBoolean(System.getenv("CI"))) {
            assertThat(ROOT.resolve("export-tools/target/vgg19.onnx")).exists();
            assertThat(ROOT.resolve("export-tools/target/malformed/malformed.json"))
                    .exists();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"load", "abuse", "drain", "reload", "soak"})
    void endures(String scenario) throws Exception {
        Path out = folder.resolve("out");
        ProcessBuilder builder = new ProcessBuilder(
                        ROOT.resolve("benchmarks/endure/serve").toString(), "--quick", "--only", scenario)
                .redirectErrorStream(true)
                .redirectOutput(out.toFile());
        builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
        Process process = builder.start();
        process.getOutputStream().close();
        if (!process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
            process.descendants().forEach(ProcessHandle::destroyForcibly);
            process.destroyForcibly();
            throw new AssertionError("still running after " + PATIENCE_SECONDS + " s: " + Files.readString(out));
        }
        String printed = Files.readString(out);
        assertThat(process.exitValue()).as(printed).isZero();
        assertThat(printed).contains("\ngoals\n").doesNotContain("  NO  ");
    }
}
