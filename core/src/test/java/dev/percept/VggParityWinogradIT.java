package dev.percept;

/** The same on Winograd's kernels. */
class VggParityWinogradIT extends VggParityIT {
    @Override
    Kernels kernels() {
        return Kernels.WINOGRAD;
    }
}
