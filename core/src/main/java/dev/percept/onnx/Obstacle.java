package dev.percept.onnx;

/**
 * Why the GPU can't be used.
 *
 * @param reason in one line that may be shown to anybody: no paths and no names of this machine
 * @param remedy what its owner can do, in the imperative
 */
record Obstacle(String reason, String remedy) {
    static final Obstacle NOT_BUILT = new Obstacle(
            "this ONNX Runtime was built without CUDA",
            "take a release that was built with -Pcuda, or give a folder of natives for CUDA with --native-dir or"
                    + " PERCEPT_NATIVE_DIR");
}
