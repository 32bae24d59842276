package dev.percept.onnx;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import dev.percept.LayerSpec;
import dev.percept.ModelException;
import dev.percept.image.Pixels;
import dev.percept.onnx.GraphValue.Local;
import dev.percept.onnx.WindowAxis.Span;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.LongStream;

/** The head session that compares the cores of windows, and adds up what they give. Thread-safe. */
final class CoreHead implements AutoCloseable {
    private final BackboneModel model;
    private final List<LayerSpec> layers;
    private final Windows windows;
    private final OrtEnvironment environment;
    private final OrtSession session;

    /** The sums of one pair, as its windows add to them. Owned by one thread. */
    final class Total {
        private final double[][] sums = new double[layers.size()][1];
        private final Pixels picture;

        /** @param picture one of the pair, of which the size matters */
        Total(Pixels picture) {
            this.picture = picture;
        }

        /**
         * Adds what a window's core gives.
         *
         * @param reference features of the reference's window
         * @param candidate features of the candidate's window; perhaps the same
         */
        void add(Window window, FeatureBatch reference, FeatureBatch candidate) {
            Map<String, OnnxTensor> inputs = new HashMap<>();
            List<OnnxTensor> cores = new ArrayList<>();
            try {
                for (int i = 0; i < layers.size(); i++) {
                    OnnxTensor core = OnnxTensor.createTensor(environment, core(i, window, candidate.shape(i)));
                    cores.add(core);
                    inputs.put(HeadGraph.core(i), core);
                    inputs.put(HeadGraph.reference(i), reference.tensor(i));
                    inputs.put(HeadGraph.candidate(i), candidate.tensor(i));
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
        private long[] core(int layer, Window window, List<Integer> shape) {
            Local field = windows.field(layer);
            long[] rows = cells(field.rows(), window.rows(), picture.height());
            long[] columns = cells(field.columns(), window.columns(), picture.width());
            long expectedRows = field.rows().cells(window.rows().length());
            long expectedColumns = field.columns().cells(window.columns().length());
            if (shape.get(field.rowAxis()) != expectedRows || shape.get(field.columnAxis()) != expectedColumns) {
                throw new ModelException(
                        model.name(),
                        "layer '" + layers.get(layer).name() + "' has the shape " + shape + " for a window of "
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
     * @throws OrtException if ONNX Runtime refuses it
     */
    CoreHead(BackboneModel model, Windows windows, SessionSettings settings, OrtEnvironment environment)
            throws OrtException {
        this.model = model;
        this.layers = model.layers();
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
        try (OrtSession.SessionOptions options = settings.options(new Execution(null, null), null)) {
            this.session = environment.createSession(HeadGraph.of(compared, axes), options);
        }
    }

    /** From which cell of a window to before which one its core reaches. */
    private static long[] cells(AxisField field, Span span, int length) {
        long before = span.from() / field.stride();
        long end = span.coreTo() == length ? field.cells(length) : span.coreTo() / field.stride();
        return new long[] {span.coreFrom() / field.stride() - before, end - before};
    }

    @Override
    public void close() throws OrtException {
        session.close();
    }
}
