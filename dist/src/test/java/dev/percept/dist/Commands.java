package dev.percept.dist;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** Starts processes in an environment that holds nothing but what the test gives them. */
final class Commands {
    private static final int PATIENCE_SECONDS = 120;

    private Commands() {}

    /**
     * What a process left behind.
     *
     * @param code its exit code
     * @param out its standard output, which must be UTF-8
     * @param err its standard error, likewise
     */
    record Outcome(int code, String out, String err) {
        Outcome succeeded() {
            assertThat(code).as(toString()).isZero();
            return this;
        }
    }

    /** A process that was started, and where its output goes. */
    record Running(Process process, Path out, Path err) {
        Outcome outcome() {
            try {
                if (!process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
                    process.destroyForcibly();
                    throw new AssertionError("still running after " + PATIENCE_SECONDS + " s");
                }
                // Files.readString throws where the bytes aren't UTF-8.
                return new Outcome(process.exitValue(), Files.readString(out, UTF_8), Files.readString(err, UTF_8));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
        }
    }

    static Outcome run(Path folder, Map<String, String> environment, List<String> command) throws IOException {
        return start(folder, environment, command).outcome();
    }

    static Running start(Path folder, Map<String, String> environment, List<String> command) throws IOException {
        Path out = Files.createTempFile("percept-it", ".out");
        Path err = Files.createTempFile("percept-it", ".err");
        out.toFile().deleteOnExit();
        err.toFile().deleteOnExit();
        ProcessBuilder builder = new ProcessBuilder(command)
                .directory(folder.toFile())
                .redirectOutput(out.toFile())
                .redirectError(err.toFile());
        builder.environment().clear();
        builder.environment().putAll(environment);
        Process process = builder.start();
        process.getOutputStream().close();
        return new Running(process, out, err);
    }
}
