package dev.percept.onnx;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import dev.percept.LayerSpec;
import dev.percept.ModelException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The head session that compares features of whole pictures. Thread-safe. */
final class FeatureHead implements AutoCloseable {
    private final BackboneModel model;
    private final List<LayerSpec> layers;
    private final OrtSession session;

    /**
     * Creates the session.
     *
     * @throws OrtException if ONNX Runtime refuses it
     */
    FeatureHead(BackboneModel model, SessionSettings settings) throws OrtException {
        this.model = model;
        this.layers = model.layers();
        byte[] graph = HeadGraph.of(layers.stream()
                .map(layer -> HeadGraph.Layer.of(layer, model.graph()))
                .toList());
        try (OrtSession.SessionOptions options = settings.options(Execution.CPU, null)) {
            this.session = OnnxRuntime.get().environment().createSession(graph, options);
        }
    }

    /**
     * Compares features from the same kernels.
     *
     * @param reference of one row, or of as many as the candidates' have
     */
    Engine.Sums compare(FeatureBatch reference, FeatureBatch candidates) {
        Map<String, OnnxTensor> inputs = new HashMap<>();
        long[] values = new long[layers.size()];
        for (int i = 0; i < layers.size(); i++) {
            candidates.requireShapeOf(reference, i, model.name(), layers.get(i));
            inputs.put(HeadGraph.reference(i), reference.tensor(i));
            inputs.put(HeadGraph.candidate(i), candidates.tensor(i));
            values[i] = reference.valuesPerPicture(i);
        }
        double[][] sums = new double[layers.size()][];
        try (OrtSession.Result result = session.run(inputs)) {
            for (int i = 0; i < sums.length; i++) {
                sums[i] = (double[]) result.get(HeadGraph.sum(i)).orElseThrow().getValue();
            }
            return new Engine.Sums(sums, values, candidates.kernels());
        } catch (OrtException e) {
            throw new ModelException(
                    model.name(), "comparing its features failed: " + e.getMessage(), "report this", e);
        }
    }

    @Override
    public void close() throws OrtException {
        session.close();
    }
}
