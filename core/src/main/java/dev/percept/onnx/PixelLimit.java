package dev.percept.onnx;

/** How many pixels one run on a GPU may have, as running out of memory teaches. Thread-safe. */
final class PixelLimit {
    /** Runs after which it is tried whether more fits again: what else used the GPU may be gone. */
    private static final int GOOD_RUNS = 256;

    private long pixels = Long.MAX_VALUE;
    private int good;

    /** The most that a run should have. */
    synchronized long pixels() {
        return pixels;
    }

    /** A run was too large, and parts of it with so many pixels were not. */
    synchronized void onlyFitted(long fitted) {
        pixels = fitted;
        good = 0;
    }

    /** A run was not too large. */
    synchronized void fitted() {
        if (pixels < Long.MAX_VALUE && ++good == GOOD_RUNS) {
            pixels = pixels > Long.MAX_VALUE / 2 ? Long.MAX_VALUE : pixels * 2;
            good = 0;
        }
    }
}
