package dev.percept;

import java.util.List;

/**
 * How different a candidate looks from its reference.
 *
 * @param total the weighted sum of the layers' values: exactly 0 for equal pictures, larger for more different ones,
 *     finite. Its scale is the model's; totals of different models can't be compared.
 * @param layers the parts, in the model's order
 * @param provenance what this number came from
 */
public record Score(double total, List<LayerScore> layers, Provenance provenance) {
    public Score {
        layers = List.copyOf(layers);
    }
}
