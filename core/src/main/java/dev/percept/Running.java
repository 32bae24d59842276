package dev.percept;

import dev.percept.onnx.Engine;
import dev.percept.onnx.Engines;

/**
 * A loaded engine, and what results say of it.
 *
 * @param lease of the engine; closed by whoever opened it
 * @param execution where and how it runs
 */
record Running(Engines.Lease lease, Provenance.Execution execution) {
    Engine engine() {
        return lease.engine();
    }
}
