package dev.percept.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonParser;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** inspect, models, doctor and completion. */
class OtherCommandsTest {
    @TempDir
    Path folder = Path.of("");

    private Cli cli = Cli.in(folder);

    @BeforeEach
    void setUp() {
        cli = Cli.in(folder);
    }

    @Test
    void inspectShowsShapesWithoutPadding() throws IOException {
        Path model = TestModels.tiny(folder.resolve("tiny.onnx"));
        String text = cli.run("inspect", model).isOk().out();
        assertThat(text)
                .contains("model: tiny\n", "location: " + model + "\n", "opset: 17\n", "weights: none\n", "size: any\n")
                .contains("layers at 224×224:\nidentity 1×3×224×224  ", "\nneg 1×3×224×224  ");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "\"minimum\": 300, \"multiple\": 32|320×320|320×320",
                "\"multiple\": 100|300×300|300×300",
                "\"fixed\": [20, 30]|30×20|20×30"
            })
    void inspectTakesASizeThatTheModelTakes(String size, String shown, String shape) throws IOException {
        String spec = TestModels.spec("picky", ", \"size\": {" + size + "}", "neg");
        Path model = TestModels.write(folder.resolve("picky.onnx"), spec, "Neg");
        assertThat(cli.run("inspect", model).isOk().out())
                .contains("layers at " + shown + ":\nneg 1×3×" + shape + "  NCHW");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "\"fixed\": [100000, 100000]",
                "\"fixed\": [2147483647, 2147483647]",
                "\"minimum\": 2147483647",
                "\"minimum\": 2147483647, \"multiple\": 2147483647",
                "\"minimum\": 2147483647, \"multiple\": 2147483646",
                "\"multiple\": 20000"
            })
    void inspectRefusesASizeThatNoPictureHas(String size) throws IOException {
        String spec = TestModels.spec("huge", ", \"size\": {" + size + "}", "neg");
        Path model = TestModels.write(folder.resolve("huge.onnx"), spec, "Neg");
        cli.run("inspect", model).isFailure(ExitCode.MODEL, "huge.onnx", "134217728 pixels", "size");
    }

    @Test
    void inspectWritesTheRangeOf16BitsInFull() throws IOException {
        String spec = TestModels.spec("deep", "", "neg").replace("[0, 1]", "[0, 65535]");
        Path model = TestModels.write(folder.resolve("deep.onnx"), spec, "Neg");
        assertThat(cli.run("inspect", model).isOk().out()).contains("range: 0 to 65535\n");
    }

    @ParameterizedTest
    @CsvSource({
        "1, 1",
        "0.5, 0.5",
        "0.16666667, 0.1667",
        "1234, 1234",
        "10000, 10000",
        "65535, 65535",
        "-65535, -65535",
        "32767.5, 32767.5",
        "9999.96, 10000",
        "100000000, 100000000",
        "0.00001, 1.000e-05",
        "2e20, 2.000e+20",
        "0, 0"
    })
    void factorsAreShort(double value, String text) {
        assertThat(Text.factor(value)).isEqualTo(text);
    }

    @Test
    void inspectAsJson() throws IOException {
        Path model = TestModels.tiny(folder.resolve("tiny.onnx"));
        var json = JsonParser.parseString(
                        cli.run("inspect", model, "--format", "json").isOk().out())
                .getAsJsonObject();
        assertThat(json.get("name").getAsString()).isEqualTo("tiny");
        assertThat(json.getAsJsonArray("layers").get(1).getAsJsonObject().get("shape"))
                .hasToString("[1,3,224,224]");
    }

    @Test
    void inspectShowsWhatMayServeAsLayersOfAModelWithoutASpec() throws IOException {
        Path model = TestModels.write(folder.resolve("bare model.onnx"), null, "Relu");
        var shown = cli.run("inspect", model);
        assertThat(shown.code()).isEqualTo(ExitCode.MODEL);
        assertThat(shown.out())
                .startsWith("location: " + model + "\nsha256: ")
                .contains("\nopset: 17\ninput: image, FLOAT ?×3×?×?\noutput: relu, FLOAT ?×3×?×?\n")
                .endsWith(
                        "\nmay serve as layers, at 224×224:\nrelu 1×3×224×224  3 channels, stride 1, Relu, the last one\n");
        assertThat(shown.errLines())
                .containsExactly("percept: " + model + ": it has no percept.spec, so it can't score yet; describe it:"
                        + " percept export wrap '" + model + "' --layers relu --mean R,G,B --std R,G,B");

        var json = cli.run("inspect", model, "--format", "json");
        assertThat(json.code()).isEqualTo(ExitCode.MODEL);
        var object = JsonParser.parseString(json.out()).getAsJsonObject();
        assertThat(object.get("inputs"))
                .hasToString("[{\"name\":\"image\",\"type\":\"FLOAT\",\"shape\":[null,3,null,null]}]");
        assertThat(object.get("candidates"))
                .hasToString("[{\"tensor\":\"relu\",\"shape\":[1,3,224,224],\"channels\":3,\"stride\":1,"
                        + "\"reason\":\"Relu, the last one\"}]");
        assertThat(object.get("wrap").getAsString()).startsWith("percept export wrap ");
    }

    @Test
    void inspectSaysWhereNothingMayServeAsALayer() throws IOException {
        Path model = TestModels.write(folder.resolve("neg.onnx"), null, "Neg");
        var shown = cli.run("inspect", model);
        assertThat(shown.code()).isEqualTo(ExitCode.MODEL);
        assertThat(shown.out())
                .endsWith("may serve as layers: no tensor is known to, but percept export wrap takes any\n");
        assertThat(shown.err()).contains("wrap " + model + " --layers NAMES ");
    }

    @Test
    void modelsListsWhereTheyAre() throws IOException {
        assertThat(cli.run("models").isOk().out())
                .contains("nlpd   embedded (default)")
                .contains("doesn't exist yet");
        Files.createDirectories(cli.folders().models());
        Path installed = TestModels.tiny(cli.folders().models().resolve("tiny.onnx"));
        assertThat(cli.run("models").isOk().out()).containsPattern("tiny +" + installed + "\n");
    }

    @Test
    void theDefaultModelCanBeChanged() throws IOException {
        Path file = TestModels.tiny(folder.resolve("mine.onnx"));
        Files.createDirectories(cli.folders().models());
        TestModels.tiny(cli.folders().models().resolve("tiny.onnx"));

        assertThat(cli.run("models", "default").isOk().out()).isEqualTo("nlpd\n");
        assertThat(cli.run("models", "default", "tiny").isOk().out()).isEqualTo("tiny\n");
        assertThat(cli.run("models").isOk().out()).containsPattern("tiny.onnx \\(default\\)");
        assertThat(cli.run("models", "default", file).isOk().out()).isEqualTo(file + "\n");
        assertThat(cli.run("models").isOk().out()).contains("a file (default)");
        Files.delete(file);
        assertThat(cli.run("models").isOk().err()).startsWith("warning: ").contains("missing");
        assertThat(cli.run("models", "default", "--embedded").isOk().out()).isEqualTo("nlpd\n");
    }

    @Test
    void aDefaultThatCannotBeOpenedIsRefused() {
        cli.run("models", "default", "vgg99").isFailure(ExitCode.MODEL, "vgg99");
        cli.run("models", "default", "nlpd", "--embedded").isMisuse("--embedded");
        assertThat(cli.run("models", "default").isOk().out()).isEqualTo("nlpd\n");
    }

    @Test
    void doctorIsContentWithAMachineWithoutGpu() {
        var result = cli.run("doctor").isOk();
        assertThat(result.err()).isEmpty();
        assertThat(result.out())
                .contains("Java ", "ONNX Runtime ", "Natives ", "Providers ", "CPUExecutionProvider", "NVIDIA driver")
                .contains("Default model", "nlpd (embedded)")
                .containsPattern("\\[ok] Scoring on the CPU +works")
                .contains(cli.folders().home() + ", not made yet");
    }

    @Test
    void doctorNamesEachProblemWithItsRemedy() throws IOException {
        Files.createDirectories(cli.folders().home());
        Files.writeString(cli.folders().settings(), "model=/nowhere/vgg19.onnx\n");
        Files.writeString(cli.folders().cache(), "a file where the folder should be");
        String out = cli.run("doctor").isOk().out();
        assertThat(out)
                .containsPattern("\\[!!] Cache .*can't be written to\n +→ set PERCEPT_CACHE")
                .containsPattern("\\[!!] Default model .*/nowhere/vgg19.onnx.*\n +→ choose another");
    }

    @Test
    void completionKnowsTheOptionsForAGpu() {
        assertThat(cli.run("completion", "bash").isOk().out())
                .contains(
                        "--native-dir",
                        "--gpu-memory",
                        "--gpu-batch",
                        "--nhwc",
                        "--tensorrt",
                        "\"fp32\" \"tf32\" \"fp16\"")
                .contains("\"same-as-requested\" \"next-power-of-two\"", "\"heuristic\" \"exhaustive\" \"default\"");
    }

    @Test
    void completionKnowsEveryCommand() {
        for (String shell : new String[] {"bash", "zsh"}) {
            assertThat(cli.run("completion", shell).isOk().out())
                    .contains(
                            "score inspect models doctor completion export serve help", "--fail-above", "complete -F");
        }
        assertThat(cli.run("completion", "zsh").out()).startsWith("autoload -Uz compinit");
        cli.run("completion", "tcsh").isMisuse("tcsh");
        cli.run("completion").isMisuse("SHELL");
    }
}
