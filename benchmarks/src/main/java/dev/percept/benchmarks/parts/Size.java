package dev.percept.benchmarks.parts;

/** The sizes that parts are measured at; a parameter of benchmarks. */
public enum Size {
    /** What networks are trained with. */
    SQUARE_224(224, 224),
    /** A frame of video. */
    HD_1080(1920, 1080);

    final int width;
    final int height;

    Size(int width, int height) {
        this.width = width;
        this.height = height;
    }
}
