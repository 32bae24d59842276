// SPDX-License-Identifier: Apache-2.0
package dev.percept.onnx;

import ai.onnxruntime.OrtException;
import dev.percept.ModelException;
import java.util.HashMap;
import java.util.Map;

/** One model's sessions for two stages: made when a picture first needs them, kept until they are closed. Thread-safe. */
final class StageSessions implements AutoCloseable {
    private final BackboneModel model;
    private final SessionSettings settings;
    private final BufferPool buffers;
    /** By the value that the graph is split at. Guarded by this. */
    private final Map<String, TwoStages> made = new HashMap<>();

    StageSessions(BackboneModel model, SessionSettings settings, BufferPool buffers) {
        this.model = model;
        this.settings = settings;
        this.buffers = buffers;
    }

    /**
     * Those for a split.
     *
     * @throws ModelException if ONNX Runtime refuses one of the halves
     */
    synchronized TwoStages of(GraphSplit split) {
        TwoStages known = made.get(split.value());
        if (known == null) {
            try {
                known = new TwoStages(model, split, settings, buffers);
            } catch (OrtException e) {
                throw new ModelException(
                        model.name(),
                        "ONNX Runtime refuses a half of it, split at '" + split.value() + "': " + e.getMessage(),
                        "raise the memory budget (--memory), and report this",
                        e);
            }
            made.put(split.value(), known);
        }
        return known;
    }

    @Override
    public synchronized void close() throws OrtException {
        for (TwoStages each : made.values()) {
            each.close();
        }
        made.clear();
    }
}
