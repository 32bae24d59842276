package dev.percept.onnx;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import dev.percept.Device;
import dev.percept.Distance;
import dev.percept.ImageException;
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
    private record Sessions(OrtSession backbone, OrtSession head, Execution execution) implements Execution.Sessions {
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
        return new HeadGraph.Layer(port.elementType(), layer.layout().rank(), layer.distance() == Distance.MAE);
    }

    private Sessions open(Model model, byte[] head, Execution execution, int threads) throws OrtException {
        try (OrtSession.SessionOptions options = execution.options(threads);
                OrtSession.SessionOptions headOptions = new Execution(null, null).options(threads)) {
            OrtSession backbone = model.file == null
                    ? runtime.environment().createSession(model.bytes, options)
                    : runtime.environment().createSession(model.file.toString(), options);
            try {
                return new Sessions(backbone, runtime.environment().createSession(head, headOptions), execution);
            } catch (Throwable e) {
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
     * @throws ImageException if the pictures don't fit into memory
     */
    public FeatureBatch run(List<Pixels> pictures) {
        int rows = input.batch() == null ? pictures.size() : input.batch();
        ByteBuffer buffer = buffer(pictures.get(0), rows);
        FeatureBatch features = null;
        try (OnnxTensor tensor = inputTensor.write(runtime.environment(), buffer, pictures, rows)) {
            features = featuresOf(sessions.backbone.run(Map.of(input.name(), tensor), outputs), buffer);
            for (int i = 0; i < layers.size(); i++) {
                @Nullable String contradiction = features.contradiction(i, layers.get(i), rows);
                if (contradiction != null) {
                    throw new ModelException(name, contradiction, "correct the spec");
                }
            }
            return features;
        } catch (OrtException e) {
            release(features, buffer);
            throw failed(pictures.get(0), e);
        } catch (Throwable e) {
            release(features, buffer);
            throw e;
        }
    }

    private ByteBuffer buffer(Pixels picture, int rows) {
        long bytes = inputTensor.bytes(rows, picture.width(), picture.height());
        if (bytes <= Integer.MAX_VALUE) {
            try {
                return buffers.take((int) bytes);
            } catch (OutOfMemoryError e) {
                throw tooLarge(picture, "give the JVM more memory (-Xmx, -XX:MaxDirectMemorySize)");
            }
        }
        throw tooLarge(picture, "scale or crop it");
    }

    private ImageException tooLarge(Pixels picture, String remedy) {
        return new ImageException(
                "a picture of " + picture.size(),
                "it does not fit into memory as the model " + name + " takes it",
                remedy);
    }

    private FeatureBatch featuresOf(OrtSession.Result result, ByteBuffer buffer) {
        try {
            List<OnnxTensor> tensors = new ArrayList<>();
            for (LayerSpec layer : layers) {
                tensors.add((OnnxTensor) result.get(layer.output()).orElseThrow());
            }
            return new FeatureBatch(result, tensors, buffers, buffer);
        } catch (Throwable e) {
            result.close();
            throw e;
        }
    }

    private void release(@Nullable FeatureBatch features, ByteBuffer buffer) {
        if (features == null) {
            buffers.release(buffer);
        } else {
            features.close();
        }
    }

    /**
     * Compares features, layer by layer.
     *
     * @param reference of one picture, from {@link #run}
     * @param candidates of pictures of the same size
     * @return for each layer, for each row of {@code candidates}, the sum of squared or absolute differences
     * @throws ModelException if a layer's shape depends on what is in the pictures
     */
    public double[][] sums(FeatureBatch reference, FeatureBatch candidates) {
        Map<String, OnnxTensor> inputs = new HashMap<>();
        for (int i = 0; i < layers.size(); i++) {
            List<Integer> left = reference.shape(i);
            List<Integer> right = candidates.shape(i);
            if (!left.subList(1, left.size()).equals(right.subList(1, right.size()))) {
                throw new ModelException(
                        name,
                        "layer '" + layers.get(i).name() + "' has the shape " + left + " for the reference and " + right
                                + " for a candidate of the same size",
                        "leave out layers whose size depends on what is in a picture");
            }
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
        // What is inside the graph isn't known. For VGG19 it is about four times what leaves it; but a graph may return
        // a
        // vector only, and so this counts 64 channels of floats at full resolution, in and out, at least.
        long inside = Math.max(4 * reference.bytesPerPicture(), 2L * 64 * Float.BYTES * width * height);
        long input = inputTensor.bytes(1, width, height);
        return (int) Math.max(1, Math.min(64, Math.min(budget / (input + inside), Integer.MAX_VALUE / input)));
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
        return new ModelException(
                name,
                "it fails on a picture of " + picture.size() + ": " + e.getMessage(),
                "state in its spec which sizes (input.size) and batches (input.batch) it accepts",
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
