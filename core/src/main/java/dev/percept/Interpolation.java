// SPDX-License-Identifier: Apache-2.0
package dev.percept;

/** Brings cells to the size of a picture: bilinearly, with half-pixel centres. */
final class Interpolation {
    private final int width;
    private final int height;

    /** @param width of the picture, in pixels */
    Interpolation(int width, int height) {
        this.width = width;
        this.height = height;
    }

    /** Where pixels lie between the centres of cells along one axis. */
    private static final class Axis {
        private final int[] first;
        private final int[] second;
        private final double[] share;

        Axis(int cells, int pixels) {
            first = new int[pixels];
            second = new int[pixels];
            share = new double[pixels];
            for (int pixel = 0; pixel < pixels; pixel++) {
                double at = Math.max(0, (pixel + 0.5) * cells / pixels - 0.5);
                first[pixel] = Math.min((int) at, cells - 1);
                second[pixel] = Math.min(first[pixel] + 1, cells - 1);
                share[pixel] = at - first[pixel];
            }
        }
    }

    /**
     * Adds cells to the values of pixels.
     *
     * @param weight that they are multiplied by
     * @param values of the picture, row by row
     */
    void add(Cells cells, double weight, float[] values) {
        double factor = weight * cells.factor();
        Axis rows = new Axis(cells.rows(), height);
        Axis columns = new Axis(cells.columns(), width);
        float[] sums = cells.sums();
        double[] row = new double[cells.columns()];
        for (int y = 0; y < height; y++) {
            int above = rows.first[y] * cells.columns();
            int below = rows.second[y] * cells.columns();
            double share = rows.share[y];
            for (int i = 0; i < row.length; i++) {
                row[i] = factor * (sums[above + i] * (1 - share) + sums[below + i] * share);
            }
            for (int x = 0; x < width; x++) {
                double between = columns.share[x];
                values[y * width + x] +=
                        (float) (row[columns.first[x]] * (1 - between) + row[columns.second[x]] * between);
            }
        }
    }
}
