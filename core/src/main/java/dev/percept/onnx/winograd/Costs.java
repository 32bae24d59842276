package dev.percept.onnx.winograd;

/**
 * What evaluating convolutions costs, in operations of a plain one, of which it takes {@code 18 · in · out} for each pixel.
 *
 * <p>The figures are derived from measured ratios (2 cores with AVX-512; docs/adr/0015-winograd.md): blocked, 1.08 at 64 channels and
 * 224², 2.55 at 512 and 28². Two unknowns, what products cost and what the transforms cost, follow from these two; others come out
 * within a tenth. On another machine the ratios are others, but what decides is on the safe side: below 64 channels nothing is gained.
 */
final class Costs {
    /** What bringing a value into another layout costs, in and out of memory. */
    static final double MOVE = 240;
    /** The same where it lies in the right order and gets a row of zeros only. */
    static final double APPEND = 60;
    /** Loading and optimising a graph for one shape, whatever its size: about a fifth of a second. */
    static final double SET_UP = 3e10;
    /** Transforming a filter and taking it into a session. */
    static final double SET_UP_FILTER = 2e4;

    private Costs() {}

    static double plain(Chain.Size size) {
        return 18.0 * size.in() * size.out() * size.batch() * size.height() * size.width();
    }

    /**
     * By Winograd's transforms.
     *
     * @param products against those of a plain convolution
     * @param transforms for each channel and pixel
     */
    static double winograd(Chain.Size size, double products, double transforms) {
        double pixels = (double) size.tiles() * CookToom.OUT * CookToom.OUT;
        return pixels * (4.5 * products * size.in() * size.out() + transforms * (size.in() + size.out()));
    }

    /** Moving all values of a layer. */
    static double of(double move, Chain.Size size, int channels) {
        return move * channels * size.batch() * size.height() * size.width();
    }
}
