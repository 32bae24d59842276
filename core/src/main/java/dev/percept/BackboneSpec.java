package dev.percept;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a backbone says of itself, in its {@code percept.spec} metadata or in a sidecar {@code NAME.onnx.json}. The
 * format is {@code docs/schema/percept-spec-1.schema.json}.
 *
 * @param name what the model is called in results
 * @param description one line for people, if given
 * @param sha256 the digest that the ONNX file must have, if a sidecar names one
 * @param input what the image input takes
 * @param layers in the order of the report; at least one, with distinct names
 * @param weights where the weights came from
 * @param precision what it says of its numbers, or null for 32-bit floats
 * @param exporter name and version of the program that wrote it, if given
 */
public record BackboneSpec(
        String name,
        @Nullable String description,
        @Nullable String sha256,
        InputSpec input,
        List<LayerSpec> layers,
        WeightsSpec weights,
        @Nullable PrecisionSpec precision,
        @Nullable String exporter) {
    public BackboneSpec {
        layers = List.copyOf(layers);
    }
}
