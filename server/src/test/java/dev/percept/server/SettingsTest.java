package dev.percept.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;
import picocli.CommandLine.Help.Visibility;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

/** Options from the environment and a file, and the page that lists them. */
class SettingsTest {
    private static final Path PAGE = Path.of("..", "docs", "server.md");
    private static final String BEGIN = "<!-- options of percept serve, by SettingsTest -->\n";
    private static final String END = "<!-- end of options -->\n";

    @TempDir
    Path folder = Path.of("");

    private Path file(String content) throws Exception {
        return Files.writeString(folder.resolve("percept.properties"), content);
    }

    /** The value of an option after a command line was parsed. */
    private static Object value(String option, Map<String, String> environment, String... arguments) {
        CommandSpec spec = Main.options();
        Settings settings = new ConfigOption().read(spec, arguments, environment);
        spec.commandLine().setDefaultValueProvider(settings).parseArgs(arguments);
        return spec.findOption(option).getValue();
    }

    @Test
    void theCommandLineGoesFirstThenTheEnvironmentThenTheFile() throws Exception {
        Path file = file("# ours\nport = 1\n");
        String config = "--config=" + file;
        Map<String, String> two = Map.of("PERCEPT_SERVE_PORT", "2");

        assertThat(value("--port", Map.of())).isEqualTo(8080);
        assertThat(value("--port", Map.of(), config)).isEqualTo(1);
        assertThat(value("--port", two, config)).isEqualTo(2);
        assertThat(value("--port", two, config, "--port", "3")).isEqualTo(3);
        assertThat(value("--port", Map.of("PERCEPT_SERVE_CONFIG", file.toString())))
                .isEqualTo(1);
        assertThat(value("--port", Map.of("PERCEPT_SERVE_CONFIG", "no-such-file"), "--config", file.toString()))
                .isEqualTo(1);
    }

    @Test
    void everyKindOfOption() throws Exception {
        Path file = file(
                "allow-remote=true\ndevice=cuda:1\ncors-origin=https://a.example,https://b.example\nmodel=grün.onnx\n");
        String config = "--config=" + file;

        assertThat(value("--allow-remote", Map.of(), config)).isEqualTo(true);
        assertThat(value("--device", Map.of(), config)).hasToString("cuda:1");
        assertThat(value("--cors-origin", Map.of(), config)).hasToString("[https://a.example, https://b.example]");
        assertThat(value("--model", Map.of(), config)).hasToString("[grün.onnx]");
        assertThat(value("--max-body", Map.of("PERCEPT_SERVE_MAX_BODY", "1000"), config))
                .isEqualTo(1000);
        assertThat(value("--allow-remote", Map.of("PERCEPT_SERVE_ALLOW_REMOTE", "false"), config))
                .isEqualTo(false);
        for (String models : List.of("a,b=c.onnx", "a\nb=c.onnx\n")) {
            assertThat(value("--model", Map.of("PERCEPT_SERVE_MODEL", models))).isEqualTo(List.of("a", "b=c.onnx"));
        }
        assertThat(value("--model", Map.of("PERCEPT_SERVE_MODEL", "a"), "--model", "b", "--model", "c"))
                .isEqualTo(List.of("b", "c"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"prot=secret", "--port=secret", "config=secret", "help=secret", "PORT=secret", "port=\\u12"})
    void whatIsNoOptionIsAnError(String line) throws Exception {
        Path file = file(line + "\n");

        assertThatThrownBy(() -> value("--port", Map.of(), "--config", file.toString()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("--config: " + file)
                .message()
                .doesNotContain("secret");
    }

    @ParameterizedTest
    @ValueSource(strings = {"PERCEPT_SERVE_PROT", "PERCEPT_SERVE_HELP", "PERCEPT_SERVE_"})
    void whatIsNoVariableIsAnError(String name) {
        assertThatThrownBy(() -> value("--port", Map.of(name, "secret")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("variable " + name + ";")
                .message()
                .doesNotContain("secret");
    }

    @Test
    void otherVariablesAreNone() {
        assertThat(value("--port", Map.of("PERCEPT_HOME", "x", "PERCEPT_SERVE_KEY", "y", "PORT", "1")))
                .isEqualTo(8080);
    }

    @Test
    void valuesAreCheckedAsOnTheCommandLine() {
        assertThatThrownBy(() -> value("--port", Map.of("PERCEPT_SERVE_PORT", "x")))
                .isInstanceOf(CommandLine.ParameterException.class)
                .hasMessageContaining("--port");
    }

    @Test
    void aFileThatIsNotThere() {
        assertThatThrownBy(() -> value("--port", Map.of(), "--config", "no-such-file"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("no-such-file can't be read");
    }

    @Test
    void thePageListsThemAll() throws Exception {
        String table = Settings.settable(Main.options()).stream()
                .map(SettingsTest::row)
                .collect(Collectors.joining("", "| option | variable | |\n|---|---|---|\n", ""));
        String page = Files.readString(PAGE);
        int begin = page.indexOf(BEGIN) + BEGIN.length();
        int end = page.indexOf(END);
        if (Boolean.getBoolean("percept.docs.update")) {
            Files.writeString(PAGE, page.substring(0, begin) + table + page.substring(end));
        } else {
            assertThat(page.substring(begin, end))
                    .as("run SettingsTest with -Dpercept.docs.update=true")
                    .isEqualTo(table);
        }
    }

    private static String row(OptionSpec option) {
        String label =
                option.arity().max() == 0 ? "" : " " + option.paramLabel().replace("|", "\\|");
        Object initial = option.initialValue();
        boolean shown = option.showDefaultValue() != Visibility.NEVER
                && option.arity().max() > 0
                && initial != null
                && !initial.toString().equals("[]");
        return "| `" + option.longestName() + label + "` | `" + Settings.variable(option) + "` | "
                + Arrays.stream(option.description()).collect(Collectors.joining(" "))
                + (shown ? " Default: " + initial + "." : "") + " |\n";
    }
}
