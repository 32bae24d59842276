package dev.percept.benchmarks.parts;

import ai.onnxruntime.OrtException;
import dev.percept.benchmarks.gpu.Pictures;
import dev.percept.image.Pixels;
import dev.percept.onnx.Preprocessing;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;

/** From pixels to the tensor that a model takes. */
public class Preparing extends Part {
    /** Of the picture. */
    @Param
    public Size size = Size.SQUARE_224;

    /** That takes it. */
    @Param({"nlpd", "vgg19"})
    public String model = "nlpd";

    private @Nullable Preprocessing preprocessing;
    private @Nullable Pixels picture;

    /** Makes the picture. */
    @Setup
    public void make() {
        preprocessing = new Preprocessing(Models.open(model), size.width, size.height);
        picture = new Pixels(size.width, size.height, Pictures.smooth(size.width, size.height, 1));
    }

    /** Writes the tensor. */
    @Benchmark
    public void write() throws OrtException {
        Objects.requireNonNull(preprocessing).write(Objects.requireNonNull(picture));
    }
}
