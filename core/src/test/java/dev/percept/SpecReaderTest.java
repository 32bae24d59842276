package dev.percept;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A spec means what it says, and a misspelt one is an error that names the field. */
class SpecReaderTest {
    private static final String WHOLE = """
            {"percept_spec": 1, "name": "net-1", "description": "A net.", "sha256": "%s",
             "input": {"name": "x", "layout": "NHWC", "dtype": "float32", "range": [-1, 1], "channel_order": "BGR",
                       "mean": [1, 2, 3], "std": [4, 5, 6], "batch": 7, "size": {"multiple": 8, "minimum": 16}},
             "layers": [{"name": "a", "output": "b", "weight": 0.5, "distance": "rms", "layout": "NLC", "channels": 9},
                        {"name": "c", "layout": "NC", "channels": 1}],
             "weights": {"source": "random:0", "sha256": "%s", "licence": "MIT", "random": true},
             "precision": {"type": "fp16", "loss_error": 0.002, "layer_errors": {"a": 0.001, "c": 0},
                           "fp32_nodes": ["conv1", "relu1"], "measured_on": "some pictures"},
             "exporter": {"name": "percept-export", "version": "0.1.0"}, "opset": 17}
            """.formatted("a".repeat(64), "b".repeat(64));

    @Test
    void everyFieldIsRead() throws SpecSyntaxException {
        BackboneSpec spec = SpecReader.read(WHOLE);
        assertThat(spec.name()).isEqualTo("net-1");
        assertThat(spec.sha256()).isEqualTo("a".repeat(64));
        InputSpec input = spec.input();
        assertThat(input.layout()).isEqualTo(FeatureLayout.NHWC);
        assertThat(input.bgr()).isTrue();
        assertThat(input.low()).isEqualTo(-1);
        assertThat(input.high()).isEqualTo(1);
        assertThat(input.mean()).containsExactly(1.0, 2.0, 3.0);
        assertThat(input.std()).containsExactly(4.0, 5.0, 6.0);
        assertThat(input.batch()).isEqualTo(7);
        assertThat(input.size().multiple()).isEqualTo(8);
        assertThat(input.size().minimum()).isEqualTo(16);
        assertThat(spec.layers())
                .containsExactly(
                        new LayerSpec("a", "b", 0.5, Distance.RMS, FeatureLayout.NLC, 9),
                        new LayerSpec("c", "c", 1, Distance.MSE, FeatureLayout.NC, 1));
        assertThat(spec.weights()).isEqualTo(new WeightsSpec("random:0", "b".repeat(64), "MIT", true));
        assertThat(spec.precision())
                .isEqualTo(new PrecisionSpec(
                        Precision.FP16,
                        0.002,
                        Map.of("a", 0.001, "c", 0.0),
                        List.of("conv1", "relu1"),
                        "some pictures"));
        assertThat(spec.exporter()).isEqualTo("percept-export 0.1.0");
    }

    @Test
    void precisionIsFloatUnlessSaid() throws SpecSyntaxException {
        String without = WHOLE.replaceFirst("(?s)\"precision\": .*?\"some pictures\"},", "");
        assertThat(without).doesNotContain("precision");
        assertThat(SpecReader.read(without).precision()).isNull();
        String least = WHOLE.replaceFirst("(?s)\"layer_errors\": .*?\"relu1\"], ", "");
        assertThat(least).doesNotContain("layer_errors", "fp32_nodes");
        assertThat(SpecReader.read(least).precision())
                .isEqualTo(new PrecisionSpec(Precision.FP16, 0.002, Map.of(), List.of(), "some pictures"));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "\"percept_spec\": 1 | \"percept_spec\": 2 | version 2",
                "\"name\": \"net-1\" | \"name\": \"a b\" | name must be",
                "\"name\": \"net-1\" | \"nome\": \"net-1\" | name is missing",
                "\"layout\": \"NHWC\" | \"layout\": \"NLC\" | input.layout",
                "\"layout\": \"NHWC\" | \"layout\": \"HWC\" | input.layout",
                "\"dtype\": \"float32\" | \"dtype\": \"int8\" | input.dtype",
                "\"dtype\": \"float32\" | \"dtype\": \"uint8\" | input.range",
                "[-1, 1] | [-1] | input.range",
                "[-1, 1] | [1, 1] | input.range",
                "\"name\": \"c\" | \"name\": \"c\\u001b[31m\" | control characters",
                "\"opset\": 17 | \"opset\": 17, \"opset\": 17 | stands twice",
                "\"batch\": 7 | \"batch\": 1000000 | at most 4096",
                "\"rms\" | \"MSE\" | mse or mae or rms",
                "[-1, 1] | [-1, \"1\"] | input.range",
                "\"BGR\" | \"GBR\" | input.channel_order",
                "[4, 5, 6] | [4, 0, 6] | input.std",
                "\"batch\": 7 | \"batch\": 0 | input.batch",
                "\"batch\": 7 | \"batch\": 1.5 | input.batch",
                "\"batch\": 7 | \"batch\": \"any\" | input.batch",
                "\"multiple\": 8 | \"fixed\": [8, 8] | fixed must be alone",
                "\"weight\": 0.5 | \"weight\": \"much\" | layers[0].weight",
                "\"weight\": 0.5 | \"weight\": 1e999 | layers[0].weight",
                "\"rms\" | \"psnr\" | layers[0].distance",
                "\"name\": \"c\" | \"name\": \"a\" | layers[1].name",
                "\"channels\": 1 | \"chanels\": 1 | layers[1].channels is missing",
                "\"random\": true | \"random\": 1 | weights.random",
                "\"licence\" | \"license\" | weights.license is not a field",
                "\"fp16\" | \"tf32\" | precision.type must be fp16",
                "\"type\": \"fp16\", | '' | precision.type is missing",
                "\"loss_error\": 0.002, | '' | precision.loss_error is missing",
                "\"loss_error\": 0.002 | \"loss_error\": -0.1 | precision.loss_error must be a number from 0",
                "\"loss_error\": 0.002 | \"loss_error\": 1e999 | precision.loss_error",
                "{\"a\": 0.001 | {\"b\": 0.001 | precision.layer_errors.b is not one of its layers",
                "{\"a\": 0.001 | {\"a\": \"low\" | precision.layer_errors.a",
                "[\"conv1\", | [\"relu1\", | precision.fp32_nodes must be distinct",
                "[\"conv1\", | [1, | precision.fp32_nodes",
                "\"some pictures\" | \"\" | precision.measured_on",
                "\"measured_on\" | \"on\" | precision.measured_on is missing",
                "\"opset\": 17 | \"opzet\": 17 | opzet is not a field",
            })
    void aWrongFieldIsNamed(String right, String wrong, String message) {
        String json = WHOLE.replace(right, wrong);
        assertThat(json).isNotEqualTo(WHOLE);
        assertThatThrownBy(() -> SpecReader.read(json))
                .isInstanceOf(SpecSyntaxException.class)
                .hasMessageContaining(message);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "null", "[]", "1", "{", "{} {}", "{percept_spec: 1}", "{'a': 1}"})
    void whatIsNotOneJsonObjectIsRefused(String text) {
        assertThatThrownBy(() -> SpecReader.read(text)).isInstanceOf(SpecSyntaxException.class);
    }

    @Test
    void deepNestingIsRefusedAndDoesNotOverflow() {
        String deep = "[".repeat(200_000) + "]".repeat(200_000);
        assertThatThrownBy(() -> SpecReader.read(deep)).isInstanceOf(SpecSyntaxException.class);
    }
}
