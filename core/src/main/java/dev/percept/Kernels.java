package dev.percept;

/**
 * How a model's 3 × 3 convolutions are evaluated on the CPU. Winograd's way takes about half the time and needs a session for each
 * size of picture and batch, which takes a fraction of a second to make. Its features differ from plain ones by rounding: by some
 * millionths of the largest.
 */
public enum Kernels implements Identified {
    /**
     * Plain, until enough pictures of one size have come that Winograd's way would have paid; the default. For models in files they are counted
     * over processes, where the user's cache can be used.
     */
    AUTO,
    /** As ONNX Runtime does it. The same call then gives the same score, whatever was scored before it. */
    PLAIN,
    /** Winograd's way from the first picture on, wherever it saves work. */
    WINOGRAD
}
