package dev.percept.benchmarks.parts;

import dev.percept.ImageOptions;
import dev.percept.ImageSource;
import dev.percept.benchmarks.gpu.Pictures;
import dev.percept.image.Decoder;
import dev.percept.image.Picture;
import java.io.IOException;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;

/** From a file's bytes to pixels. */
public class Decoding extends Part {
    /** Of the picture. */
    @Param
    public Size size = Size.SQUARE_224;

    /** Of the file. */
    @Param({"png", "jpeg"})
    public String format = "png";

    private final Decoder decoder = new Decoder(ImageOptions.defaults());
    private byte[] file = {};

    /** Writes the file. */
    @Setup
    public void write() throws IOException {
        byte[] rgb = Pictures.noisy(Pictures.smooth(size.width, size.height, 1), 4, 1);
        file = Pictures.file(rgb, size.width, size.height, format);
    }

    /** Decodes it. */
    @Benchmark
    public Picture decode() {
        return decoder.decode(ImageSource.of(file, "picture"));
    }
}
