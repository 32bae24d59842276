// SPDX-License-Identifier: Apache-2.0
package dev.percept.onnx;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import dev.percept.ImageException;
import dev.percept.LayerSpec;
import dev.percept.ModelException;
import dev.percept.image.Pixels;
import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Sessions for the two halves of a graph, and how a pair is compared on them. Sums are those of the whole: each half compares its
 * own layers' cores, and all is added in double. Thread-safe.
 */
final class TwoStages implements AutoCloseable {
    private final BackboneModel model;
    private final GraphSplit split;
    private final InputTensor input;
    private final BufferPool buffers;
    private final OrtEnvironment environment = OnnxRuntime.get().environment();
    private final Stage first;
    private final Stage second;

    /** A half with its sessions. */
    private final class Stage implements AutoCloseable {
        private final List<LayerSpec> layers;
        private final Set<String> outputs = new LinkedHashSet<>();
        private final OrtSession session;
        private final CoreHead head;

        Stage(GraphSplit.Half half, SessionSettings settings) throws OrtException {
            this.layers = half.layers();
            layers.forEach(layer -> outputs.add(layer.output()));
            byte[] bytes = split.model(half).toByteArray();
            try (OrtSession.SessionOptions options = settings.options(Execution.CPU, null)) {
                this.session = environment.createSession(bytes, options);
            }
            try {
                this.head = new CoreHead(model, layers, half.windows(), settings, environment);
            } catch (Throwable e) {
                session.close();
                throw e;
            }
        }

        List<OnnxTensor> features(OrtSession.Result result) {
            return layers.stream()
                    .map(layer -> (OnnxTensor) result.get(layer.output()).orElseThrow())
                    .toList();
        }

        @Override
        public void close() throws OrtException {
            try (head) {
                session.close();
            }
        }
    }

    /**
     * Creates the sessions.
     *
     * @throws OrtException if ONNX Runtime refuses them
     */
    TwoStages(BackboneModel model, GraphSplit split, SessionSettings settings, BufferPool buffers) throws OrtException {
        this.model = model;
        this.split = split;
        this.input = new InputTensor(model.input());
        this.buffers = buffers;
        this.first = new Stage(split.first(), settings);
        try {
            this.second = new Stage(split.second(), settings);
        } catch (Throwable e) {
            first.close();
            throw e;
        }
    }

    /**
     * Compares a pair.
     *
     * @param plan for this split and pictures of their size
     */
    Engine.Sums compare(Pixels reference, Pixels candidate, StagePlan plan) {
        Extent size = Extent.of(candidate);
        Extent value = split.extent(size);
        CoreHead.Total early = first.head.new Total(size);
        CoreHead.Total late = second.head.new Total(value);
        int rows = plan.bands().stream()
                .mapToInt(band -> band.rows().length())
                .max()
                .orElseThrow();
        try (BandBuffer left = new BandBuffer(split, value.width(), rows, buffers);
                BandBuffer right = new BandBuffer(split, value.width(), rows, buffers)) {
            for (StagePlan.Band band : plan.bands()) {
                Window area = new Window(band.rows(), WindowAxis.whole(value.width()));
                left.moveTo(band.rows().from(), band.rows().to());
                right.moveTo(band.rows().from(), band.rows().to());
                for (Window window : band.windows()) {
                    try (FeatureBatch one = first(window, reference, left, false);
                            FeatureBatch other = first(window, candidate, right, isLast(window, band))) {
                        early.add(window, one.tensors(), other.tensors());
                    }
                }
                try (OrtSession.RunOptions keeping = options(false);
                        OrtSession.RunOptions shrinking = options(true);
                        OnnxTensor one = left.tensor(environment);
                        OnnxTensor other = right.tensor(environment);
                        OrtSession.Result before =
                                second.session.run(Map.of(split.value(), one), second.outputs, keeping);
                        OrtSession.Result after =
                                second.session.run(Map.of(split.value(), other), second.outputs, shrinking)) {
                    late.add(area, second.features(before), second.features(after));
                }
            }
        } catch (OrtException e) {
            throw new ModelException(
                    model.name(),
                    "it fails in two stages on a picture of " + candidate.size() + ": " + e.getMessage(),
                    "raise the memory budget (--memory), and report this",
                    e);
        } catch (OutOfMemoryError e) {
            throw new ImageException(
                    "a picture of " + candidate.size(),
                    "what the model " + model.name() + " makes of it does not fit into memory",
                    "give the JVM more memory (-Xmx, -XX:MaxDirectMemorySize), or lower the memory budget (--memory)",
                    e);
        }
        return merged(early.sums(), late.sums());
    }

    private static boolean isLast(Window window, StagePlan.Band band) {
        return window == band.windows().get(band.windows().size() - 1);
    }

    /**
     * Options of a run.
     *
     * @param last whether what ONNX Runtime keeps for the next run is given back after this one: the other half runs next, and bands
     *     are of several sizes, which it would keep memory for beside each other
     */
    private static OrtSession.RunOptions options(boolean last) throws OrtException {
        OrtSession.RunOptions options = new OrtSession.RunOptions();
        if (last) {
            options.addRunConfigEntry("memory.enable_memory_arena_shrinkage", "cpu:0");
        }
        return options;
    }

    /** Runs a window through the first half, which writes the value into a buffer of ours: the band takes its core. */
    private FeatureBatch first(Window window, Pixels picture, BandBuffer band, boolean last) throws OrtException {
        Pixels part = picture.part(window.area());
        Extent value = split.extent(window.extent());
        ByteBuffer pixels = buffers.take(Math.toIntExact(input.bytes(1, part.width(), part.height())));
        ByteBuffer bytes = null;
        try {
            bytes = buffers.take(Math.toIntExact(split.bytesPerCell() * value.area()));
            FloatBuffer floats = bytes.asFloatBuffer();
            try (OrtSession.RunOptions options = options(last);
                    OnnxTensor tensor = input.write(environment, pixels, List.of(part), 1);
                    OnnxTensor pinned = OnnxTensor.createTensor(environment, floats, split.shape(value))) {
                OrtSession.Result result = first.session.run(
                        Map.of(model.input().name(), tensor), first.outputs, Map.of(split.handed(), pinned), options);
                band.put(floats, window, Extent.of(picture));
                return new FeatureBatch(result, first.features(result), buffers, pixels, WinogradSessions.PLAIN);
            }
        } catch (Throwable e) {
            buffers.release(pixels);
            throw e;
        } finally {
            if (bytes != null) {
                buffers.release(bytes);
            }
        }
    }

    /** Sums in the order of the model's layers. */
    private Engine.Sums merged(Engine.Sums early, Engine.Sums late) {
        double[][] sums = new double[model.layers().size()][];
        long[] values = new long[sums.length];
        int before = 0;
        int after = 0;
        for (int i = 0; i < sums.length; i++) {
            boolean isEarly = before < first.layers.size()
                    && first.layers.get(before).equals(model.layers().get(i));
            int at = isEarly ? before++ : after++;
            sums[i] = (isEarly ? early : late).sums()[at];
            values[i] = (isEarly ? early : late).values()[at];
        }
        return new Engine.Sums(sums, values, WinogradSessions.PLAIN);
    }

    @Override
    public void close() throws OrtException {
        try (first) {
            second.close();
        }
    }
}
