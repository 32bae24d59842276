// SPDX-License-Identifier: Apache-2.0
package dev.percept;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.FloatBuffer;
import java.util.List;
import javax.imageio.ImageIO;
import javax.imageio.stream.ImageOutputStream;
import javax.imageio.stream.MemoryCacheImageOutputStream;

/**
 * Where a candidate differs from its reference, pixel by pixel: for one layer, or for all of them. Values are in the unit of the
 * score: their mean is the layer's value, or the total, but for what {@link HeatMaps} says. Immutable and thread-safe.
 */
public final class HeatMap {
    private final String model;
    private final String name;
    private final String summary;
    private final int width;
    private final int height;
    private final float[] values;

    /**
     * A map.
     *
     * @param model that it is of
     * @param name of the layer, or {@link HeatMaps#COMBINED}
     * @param summary what the legend says of it
     * @param values row by row; not copied
     */
    HeatMap(String model, String name, String summary, int width, int height, float[] values) {
        this.model = model;
        this.name = name;
        this.summary = summary;
        this.width = width;
        this.height = height;
        this.values = values;
    }

    /** The model's name. */
    public String model() {
        return model;
    }

    /** The layer's name, or {@link HeatMaps#COMBINED}. */
    public String name() {
        return name;
    }

    /** In pixels: the pictures' as they were compared. */
    public int width() {
        return width;
    }

    /** In pixels: the pictures' as they were compared. */
    public int height() {
        return height;
    }

    /**
     * The value at a pixel, finite; at least 0, unless a layer has a negative weight.
     *
     * @throws IndexOutOfBoundsException if there is no such pixel
     */
    public float at(int x, int y) {
        if (x < 0 || y < 0 || x >= width || y >= height) {
            throw new IndexOutOfBoundsException("there is no pixel " + x + ", " + y + " in " + width + "×" + height);
        }
        return values[y * width + x];
    }

    /** All values, row by row from the top left; read-only, each time in a buffer of its own at position 0. */
    public FloatBuffer values() {
        return FloatBuffer.wrap(values).asReadOnlyBuffer();
    }

    /** The largest value. */
    public float maximum() {
        float maximum = values[0];
        for (float value : values) {
            maximum = Math.max(maximum, value);
        }
        return maximum;
    }

    /** The mean of all values. */
    public double mean() {
        double sum = 0;
        for (float value : values) {
            sum += value;
        }
        return sum / values.length;
    }

    /** {@link #toImage(double)} from 0 to the {@link #maximum()}. */
    public BufferedImage toImage() {
        return toImage(Math.max(0, maximum()));
    }

    /**
     * Draws the map in perceptually uniform colours, dark for 0 and light for much, above a legend: pixel (x, y) of the
     * pictures is pixel (x, y) of the drawing. What is above the scale is drawn as its end, what is below 0 as 0.
     *
     * @param scaleEnd value at the light end, finite and at least 0: drawings with the same end can be compared. 0 draws all as 0.
     * @return 8-bit sRGB without transparency, higher than the map by the legend, and at least as wide as that needs
     * @throws IllegalArgumentException if the end is negative or not finite
     */
    public BufferedImage toImage(double scaleEnd) {
        if (!Double.isFinite(scaleEnd) || scaleEnd < 0) {
            throw new IllegalArgumentException("a scale ends at a finite number from 0, not at " + scaleEnd);
        }
        return HeatMapDrawing.of(this, summary, scaleEnd);
    }

    /**
     * Writes {@link #toImage(double)} as PNG.
     *
     * @param out that is written to; the caller closes it
     * @throws IOException if that fails
     */
    public void writePng(double scaleEnd, OutputStream out) throws IOException {
        // In memory: ImageIO would take a file in the temp folder.
        try (ImageOutputStream buffered = new MemoryCacheImageOutputStream(out)) {
            if (!ImageIO.write(toImage(scaleEnd), "png", buffered)) {
                throw new IOException("this Java writes no PNG");
            }
        }
    }

    /**
     * Writes the values as NumPy's {@code .npy}: 32-bit floats of the shape (height, width).
     *
     * @param out that is written to, in small pieces; the caller closes it
     * @throws IOException if that fails
     */
    public void writeNpy(OutputStream out) throws IOException {
        NumpyFile.write(List.of(height, width), values(), out);
    }

    @Override
    public String toString() {
        return "HeatMap[" + name + " of " + model + ", " + width + "×" + height + "]";
    }
}
