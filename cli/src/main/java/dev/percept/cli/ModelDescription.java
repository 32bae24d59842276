package dev.percept.cli;

import com.google.gson.GsonBuilder;
import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import dev.percept.Backbone;
import dev.percept.BackboneSpec;
import dev.percept.Feature;
import dev.percept.InputSpec;
import dev.percept.LayerSpec;
import dev.percept.PrecisionSpec;
import dev.percept.WeightsSpec;
import dev.percept.terminal.Messages;
import java.util.List;
import java.util.Objects;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A model, written down.
 *
 * @param backbone the model
 * @param features of its layers for a picture of this size, in the order of the spec
 * @param width of that picture
 * @param height of that picture
 */
record ModelDescription(Backbone backbone, List<Feature> features, int width, int height) {
    /** Lines of {@code key: value}, then one line for each layer. */
    String text() {
        BackboneSpec spec = backbone.spec();
        InputSpec input = spec.input();
        StringBuilder text = new StringBuilder();
        line(text, "model", spec.name());
        line(text, "description", spec.description());
        line(text, "location", backbone.location());
        line(text, "sha256", backbone.sha256());
        line(text, "opset", String.valueOf(backbone.opset()));
        line(text, "input", input.name() + ", " + input.layout() + " " + type(input) + " " + order(input));
        line(text, "range", range(input));
        line(text, "size", input.size().toString());
        line(text, "batch", input.batch() == null ? "free" : input.batch().toString());
        line(text, "weights", weights(spec.weights()));
        precision(text, spec);
        line(text, "exporter", spec.exporter());
        line(text, "total", ScoreTable.formula(spec.layers()));
        text.append("layers at ").append(width).append("×").append(height).append(":\n");
        for (int i = 0; i < features.size(); i++) {
            LayerSpec layer = spec.layers().get(i);
            text.append(Text.cell(layer.name()))
                    .append(" ")
                    .append(Text.shape(features.get(i).shape()))
                    .append("  ")
                    .append(layer.layout())
                    .append(", weight ")
                    .append(Text.factor(layer.weight()))
                    .append(", ")
                    .append(layer.distance().id())
                    .append("\n");
        }
        return text.toString();
    }

    private static void line(StringBuilder text, String key, @Nullable String value) {
        if (value != null) {
            text.append(key).append(": ").append(Messages.oneLine(value)).append("\n");
        }
    }

    private static String type(InputSpec input) {
        return input.type().id();
    }

    private static String order(InputSpec input) {
        return input.bgr() ? "BGR" : "RGB";
    }

    private static String range(InputSpec input) {
        String range = Text.factor(input.low()) + " to " + Text.factor(input.high());
        boolean normalised = input.mean().stream().anyMatch(mean -> mean != 0)
                || input.std().stream().anyMatch(std -> std != 1);
        return normalised ? range + ", mean " + numbers(input.mean()) + ", std " + numbers(input.std()) : range;
    }

    private static String numbers(List<Double> values) {
        return values.stream().map(Text::factor).collect(Collectors.joining(" "));
    }

    private static String weights(WeightsSpec weights) {
        return weights.source()
                + (weights.licence() == null ? "" : ", licence " + weights.licence())
                + (weights.sha256() == null ? "" : ", sha256 " + weights.sha256())
                + (weights.random() ? " (random: its scores mean nothing)" : "");
    }

    private void precision(StringBuilder text, BackboneSpec spec) {
        PrecisionSpec precision = spec.precision();
        if (precision == null) {
            line(text, "precision", backbone.precision().id());
            return;
        }
        line(text, "precision", precision.type().id());
        line(text, "loss error", Text.percent(precision.lossError()) + " of fp32's, on " + precision.measuredOn());
        line(
                text,
                "layer errors",
                joined(spec.layers().stream()
                        .filter(layer -> precision.layerErrors().containsKey(layer.name()))
                        .map(layer -> layer.name() + " " + Text.percent(error(precision, layer)))));
        line(text, "fp32 nodes", joined(precision.fp32Nodes().stream()));
    }

    private static double error(PrecisionSpec precision, LayerSpec layer) {
        return Objects.requireNonNull(precision.layerErrors().get(layer.name()));
    }

    private static @Nullable String joined(Stream<String> parts) {
        String all = parts.collect(Collectors.joining(", "));
        return all.isEmpty() ? null : all;
    }

    /** The same as one JSON object, with numbers that read back exactly. */
    String json() {
        BackboneSpec spec = backbone.spec();
        JsonObject model = new JsonObject();
        model.addProperty("name", spec.name());
        addIfPresent(model, "description", spec.description());
        model.addProperty("location", backbone.location());
        model.addProperty("sha256", backbone.sha256());
        model.addProperty("opset", backbone.opset());
        model.add("input", input(spec.input()));
        WeightsSpec source = spec.weights();
        JsonObject weights = new JsonObject();
        weights.addProperty("source", source.source());
        addIfPresent(weights, "sha256", source.sha256());
        addIfPresent(weights, "licence", source.licence());
        weights.addProperty("random", source.random());
        model.add("weights", weights);
        model.add("precision", precision(spec));
        addIfPresent(model, "exporter", spec.exporter());
        JsonObject shown = new JsonObject();
        shown.addProperty("width", width);
        shown.addProperty("height", height);
        model.add("shapes_at", shown);
        JsonArray layers = new JsonArray();
        for (int i = 0; i < features.size(); i++) {
            layers.add(layer(spec.layers().get(i), features.get(i)));
        }
        model.add("layers", layers);
        return new GsonBuilder()
                        .setPrettyPrinting()
                        .disableHtmlEscaping()
                        .create()
                        .toJson(model)
                + "\n";
    }

    /** As in the spec, which has none for fp32. */
    private JsonObject precision(BackboneSpec spec) {
        JsonObject object = new JsonObject();
        PrecisionSpec precision = spec.precision();
        if (precision == null) {
            object.addProperty("type", backbone.precision().id());
            return object;
        }
        object.addProperty("type", precision.type().id());
        object.addProperty("loss_error", precision.lossError());
        JsonObject errors = new JsonObject();
        spec.layers().stream()
                .filter(layer -> precision.layerErrors().containsKey(layer.name()))
                .forEach(layer -> errors.addProperty(layer.name(), error(precision, layer)));
        object.add("layer_errors", errors);
        JsonArray nodes = new JsonArray();
        precision.fp32Nodes().forEach(nodes::add);
        object.add("fp32_nodes", nodes);
        object.addProperty("measured_on", precision.measuredOn());
        return object;
    }

    private static JsonObject input(InputSpec input) {
        JsonObject object = new JsonObject();
        object.addProperty("name", input.name());
        object.addProperty("layout", input.layout().name());
        object.addProperty("dtype", type(input));
        object.addProperty("channel_order", order(input));
        object.add("range", array(List.of(input.low(), input.high())));
        object.add("mean", array(input.mean()));
        object.add("std", array(input.std()));
        object.addProperty(
                "batch", input.batch() == null ? "free" : input.batch().toString());
        object.addProperty("size", input.size().toString());
        return object;
    }

    private static JsonObject layer(LayerSpec layer, Feature feature) {
        JsonObject object = new JsonObject();
        object.addProperty("name", layer.name());
        JsonArray shape = new JsonArray();
        feature.shape().forEach(shape::add);
        object.add("shape", shape);
        object.addProperty("layout", layer.layout().name());
        object.addProperty("channels", layer.channels());
        object.addProperty("weight", layer.weight());
        object.addProperty("distance", layer.distance().id());
        return object;
    }

    private static JsonArray array(List<Double> values) {
        JsonArray array = new JsonArray();
        values.forEach(array::add);
        return array;
    }

    private static void addIfPresent(JsonObject object, String name, @Nullable String value) {
        if (value != null) {
            object.addProperty(name, value);
        }
    }
}
