package dev.percept.onnx;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import dev.percept.Device;
import dev.percept.FeatureLayout;
import dev.percept.InputSpec;
import dev.percept.LayerSpec;
import dev.percept.ModelException;
import dev.percept.image.Pixels;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A backbone session and its head session. Thread-safe, except that nothing may run once {@link #close()} has begun:
 * whoever owns it sees to that.
 */
public final class FeatureEngine implements AutoCloseable {
    private final String name;
    private final OnnxRuntime runtime;
    private final InputSpec input;
    private final InputTensor inputTensor;
    private final BufferPool buffers = new BufferPool();
    private final List<LayerSpec> layers;
    private final Set<String> outputs;
    private final Sessions sessions;

    /** The two sessions, on one provider. */
    private record Sessions(OrtSession backbone, OrtSession head, Execution execution) implements AutoCloseable {
        @Override
        public void close() throws OrtException {
            try (head) {
                backbone.close();
            }
        }
    }

    /**
     * What to load.
     *
     * @param name that messages call it
     * @param file the ONNX file, or null if {@code bytes} has it
     * @param bytes the ONNX file's content, or null
     * @param graph what was read of it
     * @param input what its input takes
     * @param layers to compare
     */
    @SuppressWarnings("ArrayRecordComponent") // Handed on, never compared.
    public record Model(
            String name,
            @Nullable Path file,
            byte @Nullable [] bytes,
            ModelGraph graph,
            InputSpec input,
            List<LayerSpec> layers) {}

    /**
     * Creates both sessions.
     *
     * @throws ModelException if ONNX Runtime refuses the model
     * @throws dev.percept.DeviceException if the device isn't to be had
     */
    public FeatureEngine(Model model, Device device, int threads) {
        this.name = model.name;
        this.runtime = OnnxRuntime.get();
        this.input = model.input;
        this.inputTensor = new InputTensor(model.input);
        this.layers = List.copyOf(model.layers);
        this.outputs = new LinkedHashSet<>();
        layers.forEach(layer -> outputs.add(layer.output()));
        byte[] head = HeadGraph.of(
                layers.stream().map(layer -> headLayer(layer, model.graph)).toList());
        try {
            this.sessions = Execution.on(device, execution -> open(model, head, execution, threads));
        } catch (OrtException e) {
            throw new ModelException(
                    name, "ONNX Runtime refuses it: " + e.getMessage(), "check it with: percept export check", e);
        }
    }

    private static HeadGraph.Layer headLayer(LayerSpec layer, ModelGraph graph) {
        ModelGraph.Port port = graph.outputs().get(layer.output());
        if (port == null) {
            throw new IllegalArgumentException("the spec was not checked against the graph: " + layer);
        }
        return new HeadGraph.Layer(
                port.elementType(), layer.layout().rank(), layer.distance() == dev.percept.Distance.MAE);
    }

    private Sessions open(Model model, byte[] head, Execution execution, int threads) throws OrtException {
        try (OrtSession.SessionOptions options = execution.options(threads);
                OrtSession.SessionOptions headOptions = new Execution(null, null).options(threads)) {
            OrtSession backbone = model.file == null
                    ? runtime.environment().createSession(model.bytes, options)
                    : runtime.environment().createSession(model.file.toString(), options);
            try {
                return new Sessions(backbone, runtime.environment().createSession(head, headOptions), execution);
            } catch (OrtException | RuntimeException e) {
                backbone.close();
                throw e;
            }
        }
    }

    /**
     * Runs the backbone.
     *
     * @param pictures of one size; at most {@link #rows} many
     * @return their features, which the caller closes
     * @throws ModelException if the graph fails, or answers with other shapes than its spec says
     */
    public FeatureBatch run(List<Pixels> pictures) {
        int rows = input.batch() == null ? pictures.size() : input.batch();
        Pixels first = pictures.get(0);
        ByteBuffer buffer = buffers.take(Math.toIntExact(inputTensor.bytes(rows, first.width(), first.height())));
        try (OnnxTensor tensor = inputTensor.write(runtime.environment(), buffer, pictures, rows)) {
            OrtSession.Result result = sessions.backbone.run(Map.of(input.name(), tensor), outputs);
            FeatureBatch features = null;
            try {
                List<OnnxTensor> tensors = new ArrayList<>();
                for (LayerSpec layer : layers) {
                    tensors.add((OnnxTensor) result.get(layer.output()).orElseThrow());
                }
                features = new FeatureBatch(result, tensors);
                for (int i = 0; i < layers.size(); i++) {
                    String contradiction = features.contradiction(i, layers.get(i), rows);
                    if (!contradiction.isEmpty()) {
                        throw new ModelException(name, contradiction, "correct the spec");
                    }
                }
                return features;
            } catch (RuntimeException | OrtException e) {
                result.close();
                throw e;
            }
        } catch (OrtException e) {
            throw failed(first, e);
        } finally {
            buffers.release(buffer);
        }
    }

    /**
     * Compares features, layer by layer.
     *
     * @param reference of one picture, from {@link #run}
     * @param candidates of pictures of the same size
     * @return for each layer, for each row of {@code candidates}, the sum of squared or absolute differences
     */
    public double[][] sums(FeatureBatch reference, FeatureBatch candidates) {
        Map<String, OnnxTensor> inputs = new HashMap<>();
        for (int i = 0; i < layers.size(); i++) {
            inputs.put(HeadGraph.reference(i), reference.tensor(i));
            inputs.put(HeadGraph.candidate(i), candidates.tensor(i));
        }
        double[][] sums = new double[layers.size()][];
        try (OrtSession.Result result = sessions.head.run(inputs)) {
            for (int i = 0; i < sums.length; i++) {
                sums[i] = (double[]) result.get(HeadGraph.sum(i)).orElseThrow().getValue();
            }
            return sums;
        } catch (OrtException e) {
            throw new ModelException(name, "comparing its features failed: " + e.getMessage(), "report this", e);
        }
    }

    /**
     * How many pictures are run at once.
     *
     * @param reference features of one picture of the same size
     * @param budget bytes that one run may take, roughly
     */
    public int rows(FeatureBatch reference, int width, int height, long budget) {
        if (input.batch() != null) {
            return input.batch();
        }
        // The features that leave the graph stand for those that don't: VGG19's peak is about four times its outputs.
        long each = inputTensor.bytes(1, width, height) + 4 * reference.bytesPerPicture();
        return (int) Math.max(1, Math.min(64, budget / each));
    }

    /** The execution provider in use: {@code cpu} or {@code cuda:N}. */
    public String provider() {
        return sessions.execution.provider();
    }

    /** Why {@code auto} did not take the GPU, or null. */
    public @Nullable String fallback() {
        return sessions.execution.fallback();
    }

    /** Name and version of the runtime. */
    public String runtime() {
        return "onnxruntime " + runtime.version();
    }

    private ModelException failed(Pixels picture, OrtException e) {
        String shape = input.layout() == FeatureLayout.NCHW ? "3×height×width" : "height×width×3";
        return new ModelException(
                name,
                "it fails on a picture of " + picture.size() + " (as " + shape + "): " + e.getMessage(),
                "state the sizes it accepts in its spec",
                e);
    }

    @Override
    public void close() {
        try {
            sessions.close();
        } catch (OrtException e) {
            throw new IllegalStateException("ONNX Runtime could not close " + name, e);
        }
    }
}
