// SPDX-License-Identifier: Apache-2.0
package dev.percept;

import java.util.List;
import java.util.stream.Collectors;

/**
 * Where a candidate differs from its reference, layer by layer and combined.
 *
 * <p>At a layer's own resolution, the value at a place is the mean over channels of the squared or absolute differences there; for
 * {@link Distance#RMS} the mean square is divided by the layer's whole distance. So for every distance the mean over the
 * places is the layer's value. Maps of the picture's size are interpolated from that bilinearly, with half-pixel centres, as
 * PyTorch's {@code interpolate(mode="bilinear", align_corners=False)} does; the combined one is their sum, each times its
 * layer's weight. The mean of a map of the picture's size is the layer's value, or the total, exactly where the picture's sides
 * are whole multiples of the layer's, and nearly elsewhere.
 *
 * <p>Layers of the layouts NLC and NC have no places in the picture. They count in {@link #score()}, but have no map, and the combined
 * one is without them.
 *
 * <p>Immutable and thread-safe. It holds the layers at their own resolution on the Java heap; each map of the picture's size is
 * computed when it is asked for, and takes 4 bytes for each pixel.
 */
public final class HeatMaps {
    /** The name of the combined map. */
    public static final String COMBINED = "combined";

    private final Score score;
    private final List<Layer> layers;
    private final List<String> withoutPlaces;

    /**
     * A layer with places.
     *
     * @param score its part of the score
     * @param cells its map at its own resolution
     */
    record Layer(LayerScore score, Cells cells) {}

    HeatMaps(Score score, List<Layer> layers, List<String> withoutPlaces) {
        this.score = score;
        this.layers = List.copyOf(layers);
        this.withoutPlaces = List.copyOf(withoutPlaces);
    }

    /** The score, from the same features: that of {@link PerceptualLoss#score(ImageSource, ImageSource)} but for rounding. */
    public Score score() {
        return score;
    }

    /** The width of each map in pixels: the pictures' as they were compared. */
    public int width() {
        return score.provenance().width();
    }

    /** The height of each map in pixels: the pictures' as they were compared. */
    public int height() {
        return score.provenance().height();
    }

    /** Names of the layers that have a map, in the order of the score. At least one. */
    public List<String> layers() {
        return layers.stream().map(layer -> layer.score.name()).toList();
    }

    /** Names of the layers that have no places in the picture, and so no part in any map. */
    public List<String> withoutPlaces() {
        return withoutPlaces;
    }

    /**
     * The weighted sum of all layers' maps.
     *
     * @throws ImageException if it doesn't fit into memory
     */
    public HeatMap combined() {
        String without = withoutPlaces.isEmpty() ? "" : ", without " + String.join(", ", withoutPlaces);
        Interpolation interpolation = new Interpolation(width(), height());
        return map(COMBINED, "total " + Figures.number(score.total()) + without, values -> {
            for (Layer layer : layers) {
                interpolation.add(layer.cells, layer.score.weight(), values);
            }
        });
    }

    /**
     * One layer's map, without its weight.
     *
     * @throws IllegalArgumentException if no layer of this name has a map
     * @throws ImageException if it doesn't fit into memory
     */
    public HeatMap layer(String name) {
        Layer layer = layers.stream()
                .filter(each -> each.score.name().equals(name))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("no layer '" + name + "' has a heat map; there are "
                        + layers().stream().collect(Collectors.joining(", "))));
        String summary = layer.score.distance().id() + " " + Figures.number(layer.score.value()) + ", weight "
                + Figures.number(layer.score.weight());
        return map(name, summary, values -> new Interpolation(width(), height()).add(layer.cells, 1, values));
    }

    /** What fills in a map's values, which are 0. */
    private interface Filling {
        void into(float[] values);
    }

    private HeatMap map(String name, String summary, Filling filling) {
        try {
            float[] values = new float[Math.multiplyExact(width(), height())];
            filling.into(values);
            return new HeatMap(score.provenance().model(), name, summary, width(), height(), values);
        } catch (OutOfMemoryError e) {
            throw new ImageException(
                    "a picture of " + width() + "×" + height(),
                    "its heat map does not fit into memory",
                    "give the JVM more memory (-Xmx)",
                    e);
        }
    }

    @Override
    public String toString() {
        return "HeatMaps[" + layers() + " of " + score.provenance().model() + ", " + width() + "×" + height() + "]";
    }
}
