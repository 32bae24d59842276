package dev.percept.benchmarks.parts;

import dev.percept.ResizeFilter;
import dev.percept.benchmarks.gpu.Pictures;
import dev.percept.image.Pixels;
import dev.percept.image.Resampler;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;

/** To another size, in both directions between the two. */
public class Resizing extends Part {
    private static final Size SMALL = Size.SQUARE_224;
    private static final Size LARGE = Size.HD_1080;

    /** How pixels are weighed. */
    @Param
    public ResizeFilter filter = ResizeFilter.BICUBIC;

    private final Pixels small = new Pixels(SMALL.width, SMALL.height, Pictures.smooth(SMALL.width, SMALL.height, 1));
    private final Pixels large = new Pixels(LARGE.width, LARGE.height, Pictures.smooth(LARGE.width, LARGE.height, 1));

    /** Makes 224² of 1080p. */
    @Benchmark
    public Pixels shrink() {
        return Resampler.resize(large, SMALL.width, SMALL.height, filter);
    }

    /** Makes 1080p of 224². */
    @Benchmark
    public Pixels grow() {
        return Resampler.resize(small, LARGE.width, LARGE.height, filter);
    }
}
