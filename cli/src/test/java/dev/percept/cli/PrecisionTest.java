package dev.percept.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import com.networknt.schema.InputFormat;
import com.networknt.schema.Schema;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import dev.percept.Device;
import dev.percept.Precision;
import dev.percept.PrecisionSpec;
import dev.percept.Provenance;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** How it is said in which numbers a model computes, and on what. */
class PrecisionTest {
    @TempDir
    Path folder = Path.of("");

    private Cli cli = Cli.in(folder);
    private Path black = folder;
    private Path white = folder;
    private Path half = folder;

    @BeforeEach
    void setUp() throws IOException {
        cli = Cli.in(folder);
        black = TestPictures.grey(folder.resolve("black.png"), 0);
        white = TestPictures.grey(folder.resolve("white.png"), 255);
        half = TestModels.half(folder.resolve("half.onnx"));
    }

    @Test
    void inspectTellsTheErrorsOfAModelInHalf() {
        assertThat(cli.run("inspect", half).isOk().out()).contains("""
                        precision: fp16
                        loss error: 1.25% of fp32's, on two pairs
                        layer errors: cast 25%, neg 0%
                        fp32 nodes: neg0
                        """);
    }

    @Test
    void inspectTellsThemInJsonAsTheSpecDoes() {
        String out = cli.run("inspect", half, "--format", "json").isOk().out();
        assertThat(JsonParser.parseString(out).getAsJsonObject().get("precision"))
                .hasToString("{\"type\":\"fp16\",\"loss_error\":0.0125,\"layer_errors\":{\"cast\":0.25,\"neg\":0.0},"
                        + "\"fp32_nodes\":[\"neg0\"],\"measured_on\":\"two pairs\"}");
    }

    @Test
    void inspectTellsOf32BitFloatsInOneWord() throws IOException {
        Path tiny = TestModels.tiny(folder.resolve("tiny.onnx"));
        assertThat(cli.run("inspect", tiny).isOk().out()).contains("precision: fp32\n");
        String json = cli.run("inspect", tiny, "--format", "json").isOk().out();
        assertThat(JsonParser.parseString(json).getAsJsonObject().get("precision"))
                .hasToString("{\"type\":\"fp32\"}");
    }

    @Test
    void theTableNamesWhatIsNotFp32() throws IOException {
        assertThat(cli.run("score", black, white, "--model", half, "--device", "cpu")
                        .isOk()
                        .out())
                .contains("provider: cpu\nprecision: fp16, loss within 1.25% of fp32's\nreference: ");
        Path tiny = TestModels.tiny(folder.resolve("tiny.onnx"));
        assertThat(cli.run("score", black, white, "--model", tiny, "--precision", "tf32", "--device", "cpu")
                        .isOk()
                        .out())
                .as("the CPU knows no TF32")
                .doesNotContain("precision");
    }

    @Test
    void aModelInHalfIsNotRunOtherwise() {
        cli.run("score", black, white, "--model", half, "--precision", "tf32")
                .isMisuse("--precision tf32", "the model half is in fp16");
        cli.run("score", black, white, "--model", half, "--precision", "fp16").isOk();
    }

    private static Schema schema() throws IOException {
        return SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12)
                .getSchema(Files.readString(Path.of("docs", "schema", "score-1.schema.json")));
    }

    @Test
    void jsonHasTheErrorOfAModelInHalf() throws IOException {
        String json = cli.run("score", black, white, "--model", half, "--format", "json")
                .isOk()
                .out();
        assertThat(schema().validate(json, InputFormat.JSON)).isEmpty();
        JsonObject provenance = provenance(json);
        assertThat(provenance.get("precision").getAsString()).isEqualTo("fp16");
        assertThat(provenance.get("precision_error").getAsDouble()).isEqualTo(0.0125);
    }

    private static JsonObject provenance(String json) {
        return JsonParser.parseString(json)
                .getAsJsonObject()
                .getAsJsonArray("results")
                .get(0)
                .getAsJsonObject()
                .getAsJsonObject("provenance");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "\"provider\": \"cuda:0\"",
                "\"provider\": \"tensorrt:12\"",
                "\"precision\": \"tf32\"",
                "\"precision\": \"fp32\""
            })
    void theSchemaAllowsWhatAGpuSays(String field) throws IOException {
        assertThat(schema().validate(reportWith(field), InputFormat.JSON)).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "\"provider\": \"cuda\"",
                "\"provider\": \"rocm:0\"",
                "\"provider\": \"cpu:0\"",
                "\"precision\": \"bf16\"",
                "\"precision_error\": -1",
                "\"precision_error\": \"0.1\""
            })
    void theSchemaAllowsNothingElse(String field) throws IOException {
        assertThat(schema().validate(reportWith(field), InputFormat.JSON)).isNotEmpty();
    }

    /** A real report with one field of the provenance set to something else. */
    private String reportWith(String field) {
        String json = cli.run("score", black, white, "--model", half, "--format", "json")
                .isOk()
                .out();
        String name = field.substring(0, field.indexOf(':'));
        assertThat(json).contains(name + ": ");
        return json.replaceFirst(name + ": [^,\n]+", field);
    }

    private static Provenance.Execution execution(String provider, @Nullable String fallback, Precision precision) {
        return new Provenance.Execution(Device.AUTO, provider, fallback, precision, "plain", 1, "onnxruntime");
    }

    @Test
    void aTableOfTwoProvidersNamesBoth() {
        var gpu = execution("cuda:0", null, Precision.TF32);
        var cpu = execution("cpu", "its memory\nis too small", Precision.FP32);
        assertThat(ScoreTable.providers(List.of(gpu))).isEqualTo("cuda:0");
        assertThat(ScoreTable.providers(List.of(gpu, cpu)))
                .isEqualTo("cuda:0 and cpu (not the GPU: its memory is too small)");
        assertThat(ScoreTable.precision(List.of(gpu, cpu), null)).isEqualTo("tf32 and fp32");
        assertThat(ScoreTable.precision(List.of(cpu), null)).isNull();
        var spec = new PrecisionSpec(Precision.FP16, 0.002, Map.of(), List.of(), "pairs");
        assertThat(ScoreTable.precision(List.of(execution("cuda:0", null, Precision.FP16)), spec))
                .isEqualTo("fp16, loss within 0.2% of fp32's");
    }
}
