// SPDX-License-Identifier: Apache-2.0
package dev.percept.onnx;

import dev.percept.LayerSpec;
import java.util.List;

/**
 * How a pair differs, place by place.
 *
 * @param layers in the order of the model's
 * @param parts that were evaluated
 * @param kernels as {@link Engine.Sums} has them
 */
public record Differences(List<Layer> layers, Parts parts, String kernels) {
    /**
     * One layer.
     *
     * @param rows of its places; 1 where its layout has none
     * @param columns of its places; all of them where its layout has no rows
     * @param sums for each place, row by row, of squared or absolute differences over the channels
     */
    @SuppressWarnings("ArrayRecordComponent") // Handed on, never compared.
    public record Layer(int rows, int columns, float[] sums) {}

    public Differences {
        layers = List.copyOf(layers);
    }

    /**
     * What a comparison as a whole gives, but for rounding.
     *
     * @param specs of the layers
     */
    public Engine.Sums sums(List<LayerSpec> specs) {
        double[][] sums = new double[layers.size()][1];
        long[] values = new long[sums.length];
        for (int i = 0; i < sums.length; i++) {
            for (float sum : layers.get(i).sums) {
                sums[i][0] += sum;
            }
            values[i] = (long) layers.get(i).sums.length * specs.get(i).channels();
        }
        return new Engine.Sums(sums, values, kernels);
    }
}
