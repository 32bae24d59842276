package dev.percept.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.percept.PerceptHome;
import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Map;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
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

    private static String runBroken(Supplier<PerceptHome> folders, int code, String... args) {
        var out = new ByteArrayOutputStream();
        var err = new ByteArrayOutputStream();
        assertThat(Main.run(args, new Console(InputStream.nullInputStream(), out, err), folders))
                .isEqualTo(code);
        assertThat(out.size()).isZero();
        return err.toString(StandardCharsets.UTF_8);
    }

    @Test
    void anErrorOfTheMachineIsOneLine() {
        Supplier<PerceptHome> broken = () -> {
            throw new NoClassDefFoundError("dev/percept/Gone");
        };
        assertThat(runBroken(broken, ExitCode.INTERNAL, "models"))
                .hasLineCount(1)
                .startsWith("percept: internal error: ")
                .contains("dev/percept/Gone", "--debug");
        assertThat(runBroken(broken, ExitCode.INTERNAL, "models", "--debug")).contains("\tat dev.percept");
        assertThat(runBroken(
                        () -> {
                            throw new OutOfMemoryError("Java heap space");
                        },
                        ExitCode.INTERNAL,
                        "models"))
                .hasLineCount(1)
                .contains("out of memory", "-Xmx");
    }

    @Test
    void anErrorInACommandIsOneLine() {
        var err = new ByteArrayOutputStream();
        OutputStream failing = new OutputStream() {
            @Override
            public void write(int b) {
                throw new NoClassDefFoundError("dev/percept/Gone");
            }
        };
        int code = Main.run(
                new String[] {"completion", "bash"},
                new Console(InputStream.nullInputStream(), failing, err),
                () -> Cli.in(folder).folders());
        assertThat(code).isEqualTo(ExitCode.INTERNAL);
        assertThat(err.toString(StandardCharsets.UTF_8)).hasLineCount(1).contains("internal error");
    }

    @Test
    void aFolderThatCannotBeIsNamed() {
        var environment = Map.of("PERCEPT_HOME", "/fine", "XDG_DATA_HOME", "/fine", "PERCEPT_CACHE", "b\0d");
        assertThat(Main.culprit("b\0d", environment)).isEqualTo("PERCEPT_CACHE");
        assertThat(Main.culprit("b\0d", Map.of("XDG_CACHE_HOME", "b\0d"))).isEqualTo("XDG_CACHE_HOME");
        assertThat(Main.culprit("b\0d" + File.separator + "percept", Map.of("LOCALAPPDATA", "b\0d")))
                .isEqualTo("LOCALAPPDATA");
        assertThat(Main.culprit("b\0d", Map.of())).contains("user.home");
        Supplier<PerceptHome> broken = () -> {
            throw new InvalidPathException("b\0d", "Nul character not allowed");
        };
        assertThat(runBroken(broken, ExitCode.USAGE, "models"))
                .hasLineCount(1)
                .contains("user.home", "Nul character not allowed");
        assertThat(runBroken(broken, ExitCode.USAGE, "models", "--debug")).contains("\tat dev.percept");
    }

    /** Under this locale Java can't have such a folder. By way of sh: this JVM's locale may not have it either. */
    @Test
    @EnabledOnOs(OS.LINUX)
    void aFolderThatTheLocaleCannotNameIsMisuse() throws Exception {
        Path errors = folder.resolve("stderr");
        ProcessBuilder builder = new ProcessBuilder(
                "sh",
                "-c",
                "PERCEPT_HOME=/tmp/gr$(printf '\\303\\274')n exec \"$@\"",
                "sh",
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                Main.class.getName(),
                "models");
        builder.environment().put("LC_ALL", "C");
        Process process = builder.redirectError(errors.toFile()).start();
        assertThat(process.getInputStream().readAllBytes()).isEmpty();
        assertThat(process.waitFor()).isEqualTo(ExitCode.USAGE);
        assertThat(Files.readString(errors)).hasLineCount(1).startsWith("percept: PERCEPT_HOME ");
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
                new Console(InputStream.nullInputStream(), failing, err, () -> toPipe),
                () -> Cli.in(folder).folders());
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
