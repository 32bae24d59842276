package dev.percept;

import com.google.gson.JsonElement;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Reads {@code percept.spec}, version 1: the Java side of {@code docs/schema/percept-spec-1.schema.json}. */
final class SpecReader {
    private static final int VERSION = 1;
    private static final int MAXIMUM_BATCH = 4096;
    private static final int MAXIMUM_LAYERS = 256;
    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._+-]*");
    private static final Pattern SHA256 = Pattern.compile("[0-9a-f]{64}");

    private SpecReader() {}

    /**
     * Reads a spec.
     *
     * @param json the text
     * @throws SpecSyntaxException naming the field that is wrong
     */
    static BackboneSpec read(String json) throws SpecSyntaxException {
        JsonFields top = new JsonFields(JsonTree.read(json), "");
        Integer version = top.optionalPositive("percept_spec");
        if (version == null) {
            throw top.missing("percept_spec");
        }
        if (version != VERSION) {
            throw new SpecSyntaxException("percept_spec is version " + version + ", this Percept reads " + VERSION);
        }
        String name = top.string("name");
        if (!NAME.matcher(name).matches()) {
            throw top.wrong("name", "letters, digits, '.', '_', '+' or '-'");
        }
        String description = top.optionalString("description");
        String sha256 = digest(top, "sha256");
        InputSpec input = input(top.object("input"));
        List<LayerSpec> layers = layers(top.objects("layers"));
        WeightsSpec weights = weights(top.optionalObject("weights"));
        PrecisionSpec precision = precision(top.optionalObject("precision"), layers);
        String exporter = exporter(top.optionalObject("exporter"));
        top.optionalPositive("opset");
        top.rejectUnread();
        return new BackboneSpec(name, description, sha256, input, layers, weights, precision, exporter);
    }

    private static InputSpec input(JsonFields fields) throws SpecSyntaxException {
        String name = fields.string("name");
        FeatureLayout layout = layout(fields);
        if (layout != FeatureLayout.NCHW && layout != FeatureLayout.NHWC) {
            throw fields.wrong("layout", "NCHW or NHWC");
        }
        InputSpec.Type type = fields.optionalChoice("dtype", InputSpec.Type.values(), InputSpec.Type::id);
        if (type == null) {
            throw fields.missing("dtype");
        }
        List<Double> range = fields.optionalNumbers("range", 2);
        if (range == null) {
            throw fields.missing("range");
        }
        if (range.get(0).equals(range.get(1))) {
            throw fields.wrong("range", "two different numbers, else all pictures are equal");
        }
        String order = fields.string("channel_order");
        if (!order.equals("RGB") && !order.equals("BGR")) {
            throw fields.wrong("channel_order", "RGB or BGR");
        }
        List<Double> mean = fields.optionalNumbers("mean", 3);
        List<Double> std = fields.optionalNumbers("std", 3);
        if (type == InputSpec.Type.UINT8 && (mean != null || std != null || !range.equals(List.of(0.0, 255.0)))) {
            throw fields.wrong("range", "[0, 255] without mean and std where dtype is uint8");
        }
        if (std != null && std.stream().anyMatch(s -> s <= 0)) {
            throw fields.wrong("std", "numbers above zero");
        }
        Integer batch = batch(fields);
        InputSpec.Size size = size(fields.optionalObject("size"));
        fields.rejectUnread();
        return new InputSpec(
                name,
                layout,
                type,
                range.get(0),
                range.get(1),
                order.equals("BGR"),
                mean == null ? List.of(0.0, 0.0, 0.0) : mean,
                std == null ? List.of(1.0, 1.0, 1.0) : std,
                batch,
                size);
    }

    private static @Nullable Integer batch(JsonFields fields) throws SpecSyntaxException {
        JsonElement batch = fields.take("batch");
        if (batch == null) {
            return null;
        }
        if (batch.isJsonPrimitive() && batch.getAsJsonPrimitive().isString()) {
            if (batch.getAsString().equals("free")) {
                return null;
            }
            throw fields.wrong("batch", "\"free\" or a whole number from 1");
        }
        Integer fixed = fields.optionalPositive("batch");
        if (fixed != null && fixed > MAXIMUM_BATCH) {
            throw fields.wrong("batch", "at most " + MAXIMUM_BATCH);
        }
        return fixed;
    }

    private static InputSpec.Size size(@Nullable JsonFields fields) throws SpecSyntaxException {
        if (fields == null) {
            return InputSpec.Size.FREE;
        }
        List<Integer> fixed = fields.optionalPositives("fixed", 2);
        Integer multiple = fields.optionalPositive("multiple");
        Integer minimum = fields.optionalPositive("minimum");
        fields.rejectUnread();
        if (fixed != null) {
            if (multiple != null || minimum != null) {
                throw fields.wrong("fixed", "alone");
            }
            return new InputSpec.Size(fixed.get(0), fixed.get(1), 1, 1);
        }
        return new InputSpec.Size(null, null, multiple == null ? 1 : multiple, minimum == null ? 1 : minimum);
    }

    private static List<LayerSpec> layers(List<JsonFields> entries) throws SpecSyntaxException {
        if (entries.size() > MAXIMUM_LAYERS) {
            throw new SpecSyntaxException("layers has " + entries.size() + " entries, more than " + MAXIMUM_LAYERS);
        }
        List<LayerSpec> layers = new ArrayList<>();
        Set<String> names = new HashSet<>();
        for (JsonFields fields : entries) {
            String name = fields.string("name");
            if (!names.add(name)) {
                throw fields.wrong("name", "a name that no other layer has");
            }
            String output = fields.optionalString("output");
            double weight = fields.number("weight", 1);
            Distance distance = fields.optionalChoice("distance", Distance.values(), Distance::id);
            FeatureLayout layout = layout(fields);
            Integer channels = fields.optionalPositive("channels");
            if (channels == null) {
                throw fields.missing("channels");
            }
            fields.rejectUnread();
            layers.add(new LayerSpec(
                    name,
                    output == null ? name : output,
                    weight,
                    distance == null ? Distance.MSE : distance,
                    layout,
                    channels));
        }
        return layers;
    }

    private static FeatureLayout layout(JsonFields fields) throws SpecSyntaxException {
        FeatureLayout layout = fields.optionalChoice("layout", FeatureLayout.values(), FeatureLayout::name);
        if (layout == null) {
            throw fields.missing("layout");
        }
        return layout;
    }

    private static WeightsSpec weights(@Nullable JsonFields fields) throws SpecSyntaxException {
        if (fields == null) {
            return WeightsSpec.UNKNOWN;
        }
        WeightsSpec weights = new WeightsSpec(
                fields.string("source"),
                digest(fields, "sha256"),
                fields.optionalString("licence"),
                fields.flag("random"));
        fields.rejectUnread();
        return weights;
    }

    private static @Nullable PrecisionSpec precision(@Nullable JsonFields fields, List<LayerSpec> layers)
            throws SpecSyntaxException {
        if (fields == null) {
            return null;
        }
        if (!fields.string("type").equals(Precision.FP16.id())) {
            throw fields.wrong("type", Precision.FP16.id());
        }
        Double lossError = fields.optionalNotNegative("loss_error");
        if (lossError == null) {
            throw fields.missing("loss_error");
        }
        Map<String, Double> layerErrors = new HashMap<>();
        JsonFields errors = fields.optionalObject("layer_errors");
        if (errors != null) {
            for (LayerSpec layer : layers) {
                Double error = errors.optionalNotNegative(layer.name());
                if (error != null) {
                    layerErrors.put(layer.name(), error);
                }
            }
            errors.rejectUnread("one of its layers");
        }
        List<String> fp32Nodes = fields.strings("fp32_nodes");
        if (new HashSet<>(fp32Nodes).size() != fp32Nodes.size()) {
            throw fields.wrong("fp32_nodes", "distinct names");
        }
        String measuredOn = fields.string("measured_on");
        fields.rejectUnread();
        return new PrecisionSpec(Precision.FP16, lossError, layerErrors, fp32Nodes, measuredOn);
    }

    private static @Nullable String exporter(@Nullable JsonFields fields) throws SpecSyntaxException {
        if (fields == null) {
            return null;
        }
        String exporter = fields.string("name") + " " + fields.string("version");
        fields.rejectUnread();
        return exporter;
    }

    private static @Nullable String digest(JsonFields fields, String name) throws SpecSyntaxException {
        String digest = fields.optionalString(name);
        if (digest != null && !SHA256.matcher(digest).matches()) {
            throw fields.wrong(name, "64 lower-case hex digits");
        }
        return digest;
    }
}
