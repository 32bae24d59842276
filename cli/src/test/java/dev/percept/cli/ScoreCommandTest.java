package dev.percept.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import com.networknt.schema.InputFormat;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import dev.percept.PerceptualLoss;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ScoreCommandTest {
    @TempDir
    Path folder = Path.of("");

    private Cli cli = Cli.in(folder);
    private Path black = folder;
    private Path grey = folder;
    private Path white = folder;
    private Path model = folder;

    @BeforeEach
    void setUp() throws IOException {
        cli = Cli.in(folder);
        black = TestPictures.grey(folder.resolve("black.png"), 0);
        grey = TestPictures.grey(folder.resolve("grey.png"), 51);
        white = TestPictures.grey(folder.resolve("white.png"), 255);
        model = TestModels.tiny(folder.resolve("tiny.onnx"));
    }

    private double totalOf(Object... options) {
        Object[] args = java.util.stream.Stream.concat(
                        java.util.stream.Stream.of("score", black, white, "--model", model, "--format", "json"),
                        java.util.Arrays.stream(options))
                .toArray();
        JsonObject document = JsonParser.parseString(cli.run(args).isOk().out()).getAsJsonObject();
        return document.getAsJsonArray("results")
                .get(0)
                .getAsJsonObject()
                .get("total")
                .getAsDouble();
    }

    @Test
    void theTableEndsWithTheWorst() {
        var result = cli.run("score", black, white, black, grey, "--model", model, "--device", "cpu")
                .isOk();
        assertThat(result.err()).isEmpty();
        List<String> lines = result.out().lines().toList();
        assertThat(lines)
                .startsWith(
                        "model: tiny",
                        "weights: none",
                        "provider: cpu",
                        "reference: " + black + ", 16×16",
                        "total: identity + neg, each mse",
                        "")
                .hasSize(10);
        assertThat(lines.get(6)).matches("candidate +total +identity +neg");
        assertThat(lines.get(7)).matches(".*black\\.png +0 +0 +0");
        assertThat(lines.get(8)).matches(".*grey\\.png +0\\.08000 +0\\.04000 +0\\.04000");
        assertThat(lines.get(9)).matches(".*white\\.png +2\\.000 +1\\.000 +1\\.000");
    }

    @Test
    void jsonIsInInputOrderAndValid() throws IOException {
        Path absent = folder.resolve("absent.png");
        var result = cli.run("score", black, white, absent, black, grey, "--model", model, "--format", "json");
        assertThat(result.code()).isEqualTo(ExitCode.IMAGE);
        var schema = SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12)
                .getSchema(Files.readString(Path.of("docs", "schema", "score-1.schema.json")));
        assertThat(schema.validate(result.out(), InputFormat.JSON)).isEmpty();
        var results = JsonParser.parseString(result.out()).getAsJsonObject().getAsJsonArray("results");
        assertThat(results.asList())
                .extracting(entry -> entry.getAsJsonObject().get("candidate").getAsString())
                .containsExactly(white.toString(), absent.toString(), black.toString(), grey.toString());
        assertThat(results.get(1).getAsJsonObject().keySet())
                .containsExactlyInAnyOrder("reference", "candidate", "error");
    }

    @Test
    void numbersReadBackExactly() {
        double exact;
        try (PerceptualLoss loss = PerceptualLoss.load(model)) {
            exact = loss.score(black, grey).total();
        }
        String csv = cli.run("score", black, grey, "--model", model, "--format", "csv")
                .isOk()
                .out();
        assertThat(Double.parseDouble(csv.lines().toList().get(1).split(",", -1)[3]))
                .isEqualTo(exact);
        String json = cli.run("score", black, grey, "--model", model, "--format", "json")
                .isOk()
                .out();
        assertThat(JsonParser.parseString(json)
                        .getAsJsonObject()
                        .getAsJsonArray("results")
                        .get(0)
                        .getAsJsonObject()
                        .get("total")
                        .getAsDouble())
                .isEqualTo(exact);
    }

    @Test
    void csvQuotesNamesAndHasPlaceForErrors() throws IOException {
        Path odd = Files.copy(white, folder.resolve("a, \"b\".png"));
        Path absent = folder.resolve("absent.png");
        var result = cli.run("score", black, odd, absent, "--model", model, "--format", "csv");
        assertThat(result.code()).isEqualTo(ExitCode.IMAGE);
        List<String> lines = result.out().lines().toList();
        assertThat(lines).hasSize(3);
        assertThat(lines.get(0)).isEqualTo("reference,candidate,model,total,identity,neg,error");
        assertThat(lines.get(1))
                .startsWith(black + ",\"" + folder + "/a, \"\"b\"\".png\",tiny,2.0")
                .endsWith(",");
        assertThat(lines.get(2)).startsWith(black + "," + absent + ",tiny,,,," + absent + ": there is no such file");
        assertThat(result.errLines()).hasSize(1);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "--layers|neg|1",
                "--layers|neg,identity|2",
                "--weights|0.25,3|3.25",
                "--weights|neg=0.5|1.5",
                "--weights|neg=0.5,identity=0|0.5",
                "--distance|mae|2",
                "--distance|neg=rms,identity=mae|2",
            })
    void layersWeightsAndDistances(String option, String value, double total) {
        assertThat(totalOf(option, value)).isCloseTo(total, within(1e-6));
    }

    @Test
    void weightsInTheOrderOfTheChosenLayers() {
        var result = cli.run(
                "score",
                black,
                white,
                "--model",
                model,
                "--layers",
                "neg,identity",
                "--weights",
                "2,0.5",
                "--distance",
                "neg=mae");
        assertThat(result.isOk().out()).contains("total: 2·mae(neg) + 0.5·mse(identity)");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "--layers|relu9_9|relu9_9",
                "--layers|neg,neg|twice",
                "--layers|neg,|empty",
                "--weights|1|1 values for the 2 layers",
                "--weights|1,2,3|3 values",
                "--weights|neg=NaN|finite",
                "--weights|neg=x|'x'",
                "--weights|neg=1,neg=2|twice",
                "--weights|neg=1,2|'2'",
                "--weights|relu9_9=1|relu9_9",
                "--distance|l2|mse, mae, rms",
                "--distance|mse,mae,rms|3 values",
                "--threads|0|--threads",
                "--threads|many|--threads",
                "--memory|0|--memory",
                "--memory|much|--memory",
                "--format|xml|xml",
                "--fail-above|NaN|finite",
                "--fail-above|Infinity|finite",
                "--fail-above|-1|finite",
                "--fail-above|a|--fail-above",
                "--nonsense|1|--nonsense",
            })
    void misuse(String option, String value, String said) {
        cli.run("score", black, white, "--model", model, option, value).isMisuse(said);
    }

    @Test
    void aWeightForALayerThatIsNotScoredIsMisuse() {
        cli.run("score", black, white, "--model", model, "--layers", "neg", "--weights", "identity=2")
                .isMisuse("identity", "--layers");
    }

    @Test
    void tooFewPictures() {
        cli.run("score").isMisuse("REFERENCE");
        cli.run("score", black).isMisuse("CANDIDATE");
    }

    @ParameterizedTest
    @CsvSource({"2,0", "2.0000000000000004,0", "1.9999999999999998,1", "0,1"})
    void aTotalThatEqualsTheThresholdPasses(String threshold, int code) {
        assertThat(totalOf()).isEqualTo(2.0);
        var result = cli.run("score", black, white, black, "--model", model, "--fail-above", threshold);
        assertThat(result.code()).isEqualTo(code);
        assertThat(result.out()).contains("white.png");
        assertThat(result.errLines()).hasSize(code);
    }

    @Test
    void aFailureOutranksTheThreshold() {
        var result = cli.run("score", black, white, folder, "--model", model, "--fail-above", 0);
        assertThat(result.code()).isEqualTo(ExitCode.IMAGE);
        assertThat(result.err()).contains("above 0.0");
    }

    @ParameterizedTest
    @ValueSource(strings = {"table", "json", "csv"})
    void randomWeightsAreWarnedOf(String format) throws IOException {
        String spec = TestModels.spec("dice", "", "neg")
                .replace("{\"source\": \"none\"}", "{\"source\": \"random:0\", \"random\": true}");
        Path dice = TestModels.write(folder.resolve("dice.onnx"), spec, "Neg");
        var result = cli.run("score", black, white, "--model", dice, "--format", format)
                .isOk();
        assertThat(result.errLines().get(0)).startsWith("warning: ").contains("random:0", "mean nothing");
    }

    @Test
    void theDefaultModelIsUsedWhereNoneIsNamed() {
        cli.run("models", "default", model).isOk();
        assertThat(cli.run("score", black, white).isOk().out()).startsWith("model: tiny\n");
        assertThat(cli.run("score", black, white, "--model", "nlpd").isOk().out())
                .startsWith("model: nlpd\n");
    }

    @Test
    void namesWithControlCharactersStayInTheirCell() throws IOException {
        Path odd = Files.copy(white, folder.resolve("two\nlines.png"));
        var result = cli.run("score", black, odd, "--model", model).isOk();
        assertThat(result.out()).contains("two?lines.png");
        cli.run("score", black, folder.resolve("two\nlines.jpg"), "--model", model)
                .isFailure(ExitCode.IMAGE, "two lines.jpg");
    }
}
