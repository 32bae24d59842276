package dev.percept;

import java.util.List;
import java.util.Map;

/**
 * What a model that was exported in less than 32-bit floats says of its numbers.
 *
 * @param type of its weights and activations; {@link Precision#FP16} is the only one there is
 * @param lossError the largest relative error of the total against the same model in fp32, as measured at export
 * @param layerErrors the same for each layer's distance, by the layer's name; may be empty
 * @param fp32Nodes names of the graph's nodes that compute in 32-bit floats, because they would overflow; may be empty
 * @param measuredOn what the errors were measured on, for people
 */
public record PrecisionSpec(
        Precision type, double lossError, Map<String, Double> layerErrors, List<String> fp32Nodes, String measuredOn) {
    public PrecisionSpec {
        layerErrors = Map.copyOf(layerErrors);
        fp32Nodes = List.copyOf(fp32Nodes);
    }
}
