// SPDX-License-Identifier: Apache-2.0
package dev.percept;

import dev.percept.onnx.Differences;

/**
 * A layer's map at its own resolution.
 *
 * @param rows of cells
 * @param columns of cells
 * @param sums over the channels, cell by cell
 * @param factor that a sum is multiplied by
 */
@SuppressWarnings("ArrayRecordComponent") // Handed on, never compared.
record Cells(int rows, int columns, float[] sums, double factor) {
    /** Where nothing differs, however many cells there are. */
    static final Cells NONE = new Cells(1, 1, new float[1], 0);

    /** Those whose mean is the layer's value. */
    static Cells of(Differences.Layer layer, LayerScore score) {
        double mean = 1.0 / score.channels();
        double factor = score.distance() != Distance.RMS ? mean : score.value() == 0 ? 0 : mean / score.value();
        return new Cells(layer.rows(), layer.columns(), layer.sums(), factor);
    }
}
