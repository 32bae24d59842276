package dev.percept.cli;

import dev.percept.BackboneSpec;
import dev.percept.Distance;
import dev.percept.LayerSpec;
import dev.percept.LossOptions;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What {@code --layers}, {@code --weights} and {@code --distance} ask for, before it is known which layers the model has.
 *
 * @param layers the selected ones, or null for all
 * @param weights by layer; or by {@code ""}, one text for each layer in order, joined by commas
 * @param distances by layer; or by {@code ""}, for all
 */
record LayerChoice(@Nullable List<String> layers, Map<String, String> weights, Map<String, String> distances) {
    private static final String ALL = "";

    static LayerChoice parse(@Nullable String layers, @Nullable String weights, @Nullable String distance) {
        return new LayerChoice(
                layers == null ? null : items("--layers", layers),
                assignments("--weights", weights),
                assignments("--distance", distance));
    }

    private static List<String> items(String option, String text) {
        List<String> items = Stream.of(text.split(",", -1)).map(String::strip).toList();
        if (items.contains("")) {
            throw new UsageException(option + " has an empty entry in '" + text + "'");
        }
        return items;
    }

    /** {@code a=1,b=2} as a map; entries without a layer are joined under {@link #ALL}. */
    private static Map<String, String> assignments(String option, @Nullable String text) {
        Map<String, String> assignments = new LinkedHashMap<>();
        if (text == null) {
            return assignments;
        }
        List<String> items = items(option, text);
        if (items.stream().noneMatch(item -> item.contains("="))) {
            return Map.of(ALL, String.join(",", items));
        }
        for (String item : items) {
            // A layer's name may hold '=', a weight or distance can't.
            int at = item.lastIndexOf('=');
            if (at < 1) {
                throw new UsageException(option + ": '" + item + "' is not LAYER=VALUE, as its neighbours are");
            }
            String layer = item.substring(0, at).strip();
            if (assignments.put(layer, item.substring(at + 1).strip()) != null) {
                throw new UsageException(option + " names the layer '" + layer + "' twice");
            }
        }
        return assignments;
    }

    /** The options with this choice, for a model. */
    LossOptions apply(LossOptions defaults, BackboneSpec spec) {
        List<String> selected =
                layers == null ? spec.layers().stream().map(LayerSpec::name).toList() : layers;
        LossOptions options = layers == null ? defaults : defaults.withLayers(layers);
        for (var entry : spread("--weights", weights, selected).entrySet()) {
            options = options.withWeight(entry.getKey(), weight(entry.getValue()));
        }
        for (var entry : spread("--distance", distances, selected).entrySet()) {
            options = options.withDistance(entry.getKey(), distance(entry.getValue()));
        }
        try {
            options.apply(spec.layers());
            return options;
        } catch (IllegalArgumentException e) {
            throw new UsageException(Objects.toString(e.getMessage()), e);
        }
    }

    /** Values by layer, where {@link #ALL} stands for the selected ones. */
    private Map<String, String> spread(String option, Map<String, String> given, List<String> selected) {
        String forAll = given.get(ALL);
        if (forAll == null) {
            for (String layer : given.keySet()) {
                if (layers != null && !selected.contains(layer)) {
                    throw new UsageException(option + " names the layer '" + layer + "', which --layers leaves out");
                }
            }
            return given;
        }
        List<String> values = List.of(forAll.split(","));
        boolean sameForAll = option.equals("--distance") && values.size() == 1;
        if (!sameForAll && values.size() != selected.size()) {
            throw new UsageException(option + " has " + values.size() + " values for the " + selected.size()
                    + " layers " + String.join(",", selected));
        }
        Map<String, String> spread = new LinkedHashMap<>();
        for (int i = 0; i < selected.size(); i++) {
            spread.put(selected.get(i), values.get(sameForAll ? 0 : i));
        }
        return spread;
    }

    private static double weight(String text) {
        try {
            double weight = Double.parseDouble(text);
            if (Double.isFinite(weight)) {
                return weight;
            }
        } catch (NumberFormatException e) {
            // Said below.
        }
        throw new UsageException("--weights: '" + text + "' is not a finite number");
    }

    private static Distance distance(String text) {
        try {
            return Distance.of(text);
        } catch (IllegalArgumentException e) {
            throw new UsageException("--distance: " + e.getMessage(), e);
        }
    }
}
