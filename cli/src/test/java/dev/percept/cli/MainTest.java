package dev.percept.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MainTest {
    @TempDir
    Path folder = Path.of("");

    @Test
    void helpAndVersion() {
        Cli cli = Cli.in(folder);
        var help = cli.run("--help").isOk();
        assertThat(help.out())
                .contains("score", "inspect", "models", "doctor", "completion", "export", "serve", "help");
        assertThat(help.err()).isEmpty();
        for (String command : new String[] {"score", "inspect", "models", "doctor", "completion"}) {
            assertThat(cli.run(command, "--help").isOk().out()).startsWith("Usage: percept " + command);
        }
        assertThat(cli.run("--version").isOk().out())
                .matches("percept \\d+\\.\\d+.*\nbuilt by JDK .*\nwith onnxruntime.* \\d.*\non Java .*\n")
                .doesNotContain("${", "unknown");
    }

    @Test
    void misuse() {
        Cli cli = Cli.in(folder);
        cli.run().isMisuse("name a command");
        cli.run("scroe").isMisuse("scroe");
        cli.run("--nonsense").isMisuse("--nonsense");
        cli.run("score", "--format").isMisuse("--format");
    }

    @Test
    void stackTracesOnlyWithDebug() {
        Cli cli = Cli.in(folder);
        cli.run("inspect", "absent.onnx").isFailure(ExitCode.MODEL, "absent.onnx");
        for (var result : new Cli.Result[] {
            cli.run("--debug", "inspect", "absent.onnx"), cli.run("inspect", "absent.onnx", "--debug")
        }) {
            assertThat(result.code()).isEqualTo(ExitCode.MODEL);
            assertThat(result.err()).startsWith("percept: ").contains("\tat dev.percept");
        }
    }

    @Test
    @SuppressWarnings("NullAway") // A mistake in Percept has to be made up.
    void aMistakeInPerceptIsOneLine() {
        var result = new Cli(null).run("models");
        assertThat(result.code()).isEqualTo(ExitCode.INTERNAL);
        assertThat(result.out()).isEmpty();
        assertThat(result.errLines()).singleElement().asString().contains("internal error", "--debug");
    }

    /** Fails at the first write, like a full disk or a closed pipe. */
    private int runOnto(String failure, boolean toPipe, ByteArrayOutputStream err) {
        OutputStream failing = new OutputStream() {
            @Override
            public void write(int b) throws IOException {
                throw new IOException(failure);
            }
        };
        return Main.run(
                new String[] {"models"},
                new Console(failing, err, () -> toPipe),
                Cli.in(folder).folders());
    }

    @Test
    void aFullDiskIsAnError() {
        var err = new ByteArrayOutputStream();
        assertThat(runOnto("No space left on device", false, err)).isEqualTo(ExitCode.OUTPUT);
        assertThat(err.toString(StandardCharsets.UTF_8)).hasLineCount(1).contains("No space left");
    }

    @Test
    void aReaderThatHasGoneIsNone() {
        var err = new ByteArrayOutputStream();
        assertThat(runOnto("Broken pipe", false, err)).isEqualTo(ExitCode.OK);
        assertThat(runOnto("Datenübergabe unterbrochen", true, err)).isEqualTo(ExitCode.OK);
        assertThat(err.size()).isZero();
    }
}
