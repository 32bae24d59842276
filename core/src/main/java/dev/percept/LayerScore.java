package dev.percept;

/**
 * One layer's part of a score; it adds {@code weight · value} to the total.
 *
 * @param name of the layer
 * @param weight its factor
 * @param distance that was measured
 * @param value of the distance, before the weight: zero for equal features, finite
 * @param channels of the feature, C
 */
public record LayerScore(String name, double weight, Distance distance, double value, int channels) {}
