package dev.percept.onnx.winograd;

import java.nio.FloatBuffer;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;

/** Transformed filters of one model in one form: they are the same for all shapes. Thread-safe. */
public final class Filters {
    private final Map<String, FloatBuffer> known = new ConcurrentHashMap<>();

    FloatBuffer of(String weights, Supplier<FloatBuffer> transform) {
        return known.computeIfAbsent(weights, absent -> transform.get());
    }

    /** Whether some are there already, which makes a second shape cheaper. */
    public boolean isEmpty() {
        return known.isEmpty();
    }
}
