package dev.percept.server;

import java.util.HashSet;
import java.util.Set;

/**
 * Which models keep all processors busy by themselves. Two batches at once are for those that don't: the others' take longer than one after
 * the other. Not thread-safe.
 */
final class Saturation {
    /** Of all processors together, for each of a candidate's pixels. VGG19 takes five times as much, nlpd a tenth. */
    private static final double NANOS_PER_PIXEL = 3000;

    private final int processors;
    private final Set<String> models = new HashSet<>();

    Saturation(int processors) {
        this.processors = processors;
    }

    /**
     * Notes what a batch took.
     *
     * @param pixels of all candidates
     * @param onCpu whether it ran there; who runs on a GPU keeps no processor busy
     */
    void ran(String model, long pixels, long nanos, boolean onCpu) {
        if (onCpu && (double) nanos * processors > NANOS_PER_PIXEL * pixels) {
            models.add(model);
        } else {
            models.remove(model);
        }
    }

    /** Whether its last batch says so; not before there was one. */
    boolean of(String model) {
        return models.contains(model);
    }
}
