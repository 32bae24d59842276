// SPDX-License-Identifier: Apache-2.0
package dev.percept.onnx;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import dev.percept.ImageException;
import dev.percept.LayerSpec;
import dev.percept.ModelException;
import dev.percept.image.Pixels;
import dev.percept.onnx.GraphValue.Local;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** The head session that compares features place by place, and puts together what windows give. Thread-safe. */
final class DifferenceMaps implements AutoCloseable {
    private final BackboneModel model;
    private final List<LayerSpec> layers;
    private final @Nullable Windows windows;
    private final BackboneSession backbone;
    private final OrtSession session;

    /**
     * Creates the session.
     *
     * @param windows that pictures may be divided into, or null where they are compared as a whole only
     * @param backbone that is run; stays the caller's
     * @throws OrtException if ONNX Runtime refuses it
     */
    DifferenceMaps(BackboneModel model, @Nullable Windows windows, SessionSettings settings, BackboneSession backbone)
            throws OrtException {
        this.model = model;
        this.layers = model.layers();
        this.windows = windows;
        this.backbone = backbone;
        byte[] graph = HeadGraph.ofMaps(
                layers.stream()
                        .map(layer -> HeadGraph.Layer.of(layer, model.graph()))
                        .toList(),
                layers.stream().map(layer -> layer.layout().channelAxis()).toList());
        try (OrtSession.SessionOptions options = settings.options(Execution.CPU, null)) {
            this.session = OnnxRuntime.get().environment().createSession(graph, options);
        }
    }

    /**
     * Compares a pair.
     *
     * @param parts of it that are not in two stages
     */
    Differences compare(Pixels reference, Pixels candidate, Parts parts) {
        try {
            return new Differences(
                    parts.isWhole() ? compare(reference, candidate) : compare(reference, candidate, parts.windows()),
                    parts,
                    WinogradSessions.PLAIN);
        } catch (OutOfMemoryError e) {
            throw new ImageException(
                    "a picture of " + candidate.size(),
                    "where it differs in the layers of " + model.name() + " does not fit into memory",
                    "give the JVM more memory (-Xmx), or lower the memory budget (--memory)",
                    e);
        }
    }

    /** Compares windows; outside of their cores nothing differs. */
    private List<Differences.Layer> compare(Pixels reference, Pixels candidate, List<Window> parts) {
        Extent picture = Extent.of(candidate);
        List<Differences.Layer> whole = new ArrayList<>();
        for (int i = 0; i < layers.size(); i++) {
            Local field = Objects.requireNonNull(windows).field(i);
            int rows = Math.toIntExact(field.rows().cells(picture.height()));
            int columns = Math.toIntExact(field.columns().cells(picture.width()));
            whole.add(new Differences.Layer(rows, columns, new float[Math.multiplyExact(rows, columns)]));
        }
        for (Window window : parts) {
            List<Differences.Layer> part = compare(reference.part(window.area()), candidate.part(window.area()));
            for (int i = 0; i < layers.size(); i++) {
                requireExpected(window, i, part.get(i));
                copyCore(window, Objects.requireNonNull(windows).field(i), picture, part.get(i), whole.get(i));
            }
        }
        return whole;
    }

    private void requireExpected(Window window, int layer, Differences.Layer part) {
        Local field = Objects.requireNonNull(windows).field(layer);
        long rows = field.rows().cells(window.rows().length());
        long columns = field.columns().cells(window.columns().length());
        if (part.rows() != rows || part.columns() != columns) {
            throw new ModelException(
                    model.name(),
                    "layer '" + layers.get(layer).name() + "' has " + part.columns() + "×" + part.rows()
                            + " cells for a window of " + window.columns().length() + "×"
                            + window.rows().length() + ", and not " + columns + "×" + rows,
                    "report this");
        }
    }

    private static void copyCore(
            Window window, Local field, Extent picture, Differences.Layer part, Differences.Layer whole) {
        long[] rows = window.rows().cells(field.rows(), picture.height());
        long[] columns = window.columns().cells(field.columns(), picture.width());
        int above = window.rows().from() / field.rows().stride();
        int before = window.columns().from() / field.columns().stride();
        int width = (int) (columns[1] - columns[0]);
        for (int row = (int) rows[0]; row < rows[1]; row++) {
            System.arraycopy(
                    part.sums(),
                    row * part.columns() + (int) columns[0],
                    whole.sums(),
                    (above + row) * whole.columns() + before + (int) columns[0],
                    width);
        }
    }

    /** Compares two pictures as a whole. */
    private List<Differences.Layer> compare(Pixels reference, Pixels candidate) {
        try (FeatureBatch left = backbone.run(List.of(reference));
                FeatureBatch right = backbone.run(List.of(candidate))) {
            return compare(left, right);
        }
    }

    private List<Differences.Layer> compare(FeatureBatch reference, FeatureBatch candidate) {
        Map<String, OnnxTensor> inputs = new HashMap<>();
        for (int i = 0; i < layers.size(); i++) {
            candidate.requireShapeOf(reference, i, model.name(), layers.get(i));
            inputs.put(HeadGraph.reference(i), reference.tensor(i));
            inputs.put(HeadGraph.candidate(i), candidate.tensor(i));
        }
        try (OrtSession.Result result = session.run(inputs)) {
            List<Differences.Layer> found = new ArrayList<>();
            for (int i = 0; i < layers.size(); i++) {
                OnnxTensor map = (OnnxTensor) result.get(HeadGraph.map(i)).orElseThrow();
                found.add(layer(layers.get(i), candidate.shape(i), map));
            }
            return found;
        } catch (OrtException e) {
            throw new ModelException(
                    model.name(), "comparing its features by place failed: " + e.getMessage(), "report this", e);
        }
    }

    /** The first picture's map: a graph for a fixed number of pictures has rows that don't count. */
    private static Differences.Layer layer(LayerSpec spec, List<Integer> shape, OnnxTensor map) {
        List<Integer> places = new ArrayList<>(shape);
        places.remove(spec.layout().channelAxis());
        // Pictures, and then rows and columns, or tokens, or nothing.
        int rows = spec.layout().hasPlaces() ? places.get(1) : 1;
        int columns = places.size() == 1 ? 1 : places.get(places.size() - 1);
        float[] sums = new float[Math.multiplyExact(rows, columns)];
        map.getFloatBuffer().get(0, sums);
        return new Differences.Layer(rows, columns, sums);
    }

    @Override
    public void close() throws OrtException {
        session.close();
    }
}
