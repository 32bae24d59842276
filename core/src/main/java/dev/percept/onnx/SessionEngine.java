package dev.percept.onnx;

import ai.onnxruntime.OrtException;
import dev.percept.LayerSpec;
import dev.percept.Precision;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What engines have in common: a model on an execution provider, and how that fares. */
abstract class SessionEngine implements Engine {
    final BackboneModel model;
    final List<LayerSpec> layers;
    final SessionSettings settings;
    final Execution execution;
    final long batchBytes;
    final OnnxRuntime runtime = OnnxRuntime.get();
    final BufferPool buffers = new BufferPool();
    final GpuHealth health;

    /** @param batchBytes that the activations of one run may take, roughly */
    SessionEngine(BackboneModel model, SessionSettings settings, Execution execution, long batchBytes) {
        this.model = model;
        this.layers = model.layers();
        this.settings = settings;
        this.execution = execution;
        this.batchBytes = batchBytes;
        this.health = new GpuHealth(execution);
    }

    @Override
    public final String provider() {
        return settings.provider(execution);
    }

    @Override
    public final Precision precision() {
        return settings.precision(execution);
    }

    @Override
    public final @Nullable String lost() {
        return health.lost();
    }

    abstract void closeSessions() throws OrtException;

    @Override
    public final void close() {
        if (health.lost() != null) {
            // Freeing what a dead CUDA context holds may end the process; it goes with the process anyway.
            return;
        }
        try {
            closeSessions();
        } catch (OrtException e) {
            throw new IllegalStateException("ONNX Runtime could not close " + model.name(), e);
        }
    }
}
