package dev.percept.onnx;

import ai.onnxruntime.OrtException;
import dev.percept.CudaOptions;
import dev.percept.Device;
import dev.percept.Distance;
import dev.percept.InputSpec;
import dev.percept.LayerSpec;
import dev.percept.ModelException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * The engines of this process. Whoever loads a model that is loaded already, on the same device and with the same settings, gets
 * the same engine; it is closed when the last one lets go of it. Thread-safe.
 */
public final class Engines {
    /**
     * For tests and comparisons: {@code fused} or {@code two-sessions} instead of what fits the device, which is fused on a GPU
     * and two sessions on the CPU.
     */
    public static final String GRAPH_PROPERTY = "percept.graph";

    private static final Map<Key, Slot> SLOTS = new ConcurrentHashMap<>();

    private Engines() {}

    /** What two loads must have in common to share an engine. */
    private record Key(
            Object identity,
            InputSpec input,
            List<LayerSpec> layers,
            SessionSettings settings,
            @Nullable Integer gpu,
            long batchBytes,
            boolean fused) {
        /** Records make their own by method handles at first use, for each kind of record: 50 ms of a cold start. */
        @Override
        public int hashCode() {
            return identity.hashCode();
        }
    }

    /** An engine and how many use it. Guarded by itself; once closed, it is never used again. */
    private static final class Slot {
        private @Nullable Engine engine;
        private int users;
        private boolean closed;
    }

    /**
     * The use of an engine, until it is closed.
     *
     * @param engine perhaps shared with others
     * @param fallback why {@code auto} did not take the GPU, or null
     * @param release lets go of it
     */
    public record Lease(Engine engine, @Nullable String fallback, Runnable release) implements ProviderChoice.Sessions {
        /** Lets go of the engine. To be called once. */
        @Override
        public void close() {
            release.run();
        }
    }

    /** Where leases come from: {@link #open} and, in tests, what stands in for it. */
    public interface Source {
        /** As {@link Engines#open}. */
        Lease open(BackboneModel model, Device device, SessionSettings settings, long batchBytes);
    }

    /**
     * Loads a model, unless that has been done.
     *
     * @param batchBytes that the activations of one run on the CPU may take, roughly
     * @throws ModelException if ONNX Runtime refuses the model
     * @throws dev.percept.DeviceException if the device isn't to be had
     */
    public static Lease open(BackboneModel model, Device device, SessionSettings settings, long batchBytes) {
        OnnxRuntime.get();
        try {
            return ProviderChoice.on(device, execution -> lease(model, settings, execution, batchBytes));
        } catch (OrtException e) {
            throw new ModelException(
                    model.name(),
                    "ONNX Runtime refuses it: " + e.getMessage(),
                    "check it with: percept export check",
                    e);
        }
    }

    private static Lease lease(BackboneModel model, SessionSettings settings, Execution execution, long cpuBatchBytes)
            throws OrtException {
        // Weights and roots are applied outside: loads that differ in them only share an engine.
        List<LayerSpec> layers = model.layers().stream()
                .map(layer -> new LayerSpec(
                        layer.name(),
                        layer.output(),
                        1,
                        layer.distance() == Distance.MAE ? Distance.MAE : Distance.MSE,
                        layer.layout(),
                        layer.channels()))
                .toList();
        boolean onGpu = execution.gpu() != null;
        // What doesn't concern the device must not keep loads apart.
        SessionSettings effective = onGpu
                ? new SessionSettings(settings.threads(), settings.precision(), settings.cuda())
                : new SessionSettings(
                        settings.threads(),
                        settings.precision(execution),
                        CudaOptions.defaults(),
                        settings.kernels(),
                        settings.referenceCacheBytes());
        Key key = new Key(
                model.identity(),
                model.input(),
                layers,
                effective,
                execution.gpu(),
                onGpu ? settings.cuda().batchBytes() : cpuBatchBytes,
                isFused(model, onGpu));
        BackboneModel shared = new BackboneModel(
                model.name(),
                model.file(),
                model.bytes(),
                model.sha256(),
                model.identity(),
                model.graph(),
                model.input(),
                layers);
        while (true) {
            Slot slot = SLOTS.computeIfAbsent(key, absent -> new Slot());
            synchronized (slot) {
                if (slot.closed || (slot.engine != null && slot.engine.lost() != null)) {
                    SLOTS.remove(key, slot);
                    continue;
                }
                Engine engine = slot.engine;
                if (engine == null) {
                    try {
                        engine = create(shared, key, execution);
                    } catch (Throwable e) {
                        slot.closed = true;
                        SLOTS.remove(key, slot);
                        throw e;
                    }
                    slot.engine = engine;
                }
                slot.users++;
                return new Lease(engine, execution.fallback(), () -> release(key, slot));
            }
        }
    }

    private static void release(Key key, Slot slot) {
        synchronized (slot) {
            slot.users--;
            Engine engine = slot.engine;
            if (slot.users == 0 && engine != null) {
                slot.closed = true;
                SLOTS.remove(key, slot);
                engine.close();
            }
        }
    }

    private static Engine create(BackboneModel model, Key key, Execution execution) throws OrtException {
        return key.fused
                ? new FusedEngine(model, key.settings, execution, key.batchBytes)
                : new FeatureEngine(model, key.settings, execution, key.batchBytes);
    }

    /** A graph that takes a fixed number of pictures can't take reference and candidates in one run. */
    private static boolean isFused(BackboneModel model, boolean onGpu) {
        if (model.input().batch() != null) {
            return false;
        }
        String wanted = System.getProperty(GRAPH_PROPERTY);
        return wanted == null ? onGpu : wanted.equals("fused");
    }
}
