package dev.percept.models;

/**
 * A model that can be installed.
 *
 * @param name what {@code --model} takes once it is installed
 * @param description one line for people
 * @param weights the file that its values are taken from
 */
public record CatalogueModel(String name, String description, WeightsFile weights) {}
