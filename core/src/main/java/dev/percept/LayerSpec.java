package dev.percept;

/**
 * One feature layer of a backbone.
 *
 * @param name what users call it
 * @param output the graph output that holds it
 * @param weight its factor in the total; finite
 * @param distance how two of its features are compared
 * @param layout the order of its axes
 * @param channels its number of channels
 */
public record LayerSpec(
        String name, String output, double weight, Distance distance, FeatureLayout layout, int channels) {
    LayerSpec withWeight(double newWeight) {
        return new LayerSpec(name, output, newWeight, distance, layout, channels);
    }

    LayerSpec withDistance(Distance newDistance) {
        return new LayerSpec(name, output, weight, newDistance, layout, channels);
    }
}
