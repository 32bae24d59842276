package dev.percept;

/** The order of a feature's axes: N pictures, C channels, H rows, W columns, L tokens. */
public enum FeatureLayout {
    NCHW,
    NHWC,
    NLC,
    NC;

    /** The number of axes. */
    public int rank() {
        return name().length();
    }

    /** The position of the channel axis. */
    public int channelAxis() {
        return name().indexOf('C');
    }

    /** Whether its values have places in the picture: rows and columns. */
    public boolean hasPlaces() {
        return this == NCHW || this == NHWC;
    }
}
