package dev.percept.onnx;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import dev.percept.LayerSpec;
import dev.percept.ModelException;
import dev.percept.onnx.GraphValue.Local;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;

/** The head session that compares the cores of windows, and adds up what they give. Thread-safe. */
final class CoreHead implements AutoCloseable {
    private final BackboneModel model;
    private final List<LayerSpec> layers;
    private final Windows windows;
    private final OrtEnvironment environment;
    /** Null where there are no layers to compare: then nothing is added. */
    private final @Nullable OrtSession session;

    /** The sums of one pair, as its windows add to them. Owned by one thread. */
    final class Total {
        private final double[][] sums = new double[layers.size()][1];
        private final Extent picture;

        /** @param picture the size of both */
        Total(Extent picture) {
            this.picture = picture;
        }

        /**
         * Adds what a window's core gives.
         *
         * @param reference each layer's features of the reference's window
         * @param candidate those of the candidate's window; perhaps the same
         */
        void add(Window window, List<OnnxTensor> reference, List<OnnxTensor> candidate) {
            if (session == null) {
                return;
            }
            Map<String, OnnxTensor> inputs = new HashMap<>();
            List<OnnxTensor> cores = new ArrayList<>();
            try {
                for (int i = 0; i < layers.size(); i++) {
                    OnnxTensor core = OnnxTensor.createTensor(
                            environment,
                            core(i, window, candidate.get(i).getInfo().getShape()));
                    cores.add(core);
                    inputs.put(HeadGraph.core(i), core);
                    inputs.put(HeadGraph.reference(i), reference.get(i));
                    inputs.put(HeadGraph.candidate(i), candidate.get(i));
                }
                try (OrtSession.Result result = session.run(inputs)) {
                    for (int i = 0; i < sums.length; i++) {
                        double[] found = (double[])
                                result.get(HeadGraph.sum(i)).orElseThrow().getValue();
                        sums[i][0] += found[0];
                    }
                }
            } catch (OrtException e) {
                throw new ModelException(
                        model.name(), "comparing its features failed: " + e.getMessage(), "report this", e);
            } finally {
                cores.forEach(OnnxTensor::close);
            }
        }

        /** What cells of a window's features its core has. */
        private long[] core(int layer, Window window, long[] shape) {
            Local field = windows.field(layer);
            long[] rows = window.rows().cells(field.rows(), picture.height());
            long[] columns = window.columns().cells(field.columns(), picture.width());
            long expectedRows = field.rows().cells(window.rows().length());
            long expectedColumns = field.columns().cells(window.columns().length());
            if (shape[field.rowAxis()] != expectedRows || shape[field.columnAxis()] != expectedColumns) {
                throw new ModelException(
                        model.name(),
                        "layer '" + layers.get(layer).name() + "' has the shape " + Arrays.toString(shape)
                                + " for a window of "
                                + window.columns().length() + "×"
                                + window.rows().length() + ", and not " + expectedColumns + "×" + expectedRows
                                + " cells",
                        "report this");
            }
            return new long[] {rows[0], columns[0], rows[1], columns[1]};
        }

        Engine.Sums sums() {
            long[] values = new long[layers.size()];
            for (int i = 0; i < values.length; i++) {
                values[i] = windows.values(i, picture, layers.get(i).channels());
            }
            return new Engine.Sums(sums, values, WinogradSessions.PLAIN);
        }
    }

    /**
     * Creates the session.
     *
     * @param layers of the model that the windows are for
     * @throws OrtException if ONNX Runtime refuses it
     */
    CoreHead(
            BackboneModel model,
            List<LayerSpec> layers,
            Windows windows,
            SessionSettings settings,
            OrtEnvironment environment)
            throws OrtException {
        this.model = model;
        this.layers = List.copyOf(layers);
        this.windows = windows;
        this.environment = environment;
        List<HeadGraph.Layer> compared = new ArrayList<>();
        List<List<Long>> axes = new ArrayList<>();
        for (int i = 0; i < layers.size(); i++) {
            compared.add(HeadGraph.Layer.of(layers.get(i), model.graph()));
            axes.add(LongStream.of(windows.field(i).rowAxis(), windows.field(i).columnAxis())
                    .boxed()
                    .toList());
        }
        try (OrtSession.SessionOptions options = settings.options(Execution.CPU, null)) {
            this.session = layers.isEmpty() ? null : environment.createSession(HeadGraph.of(compared, axes), options);
        }
    }

    @Override
    public void close() throws OrtException {
        if (session != null) {
            session.close();
        }
    }
}
