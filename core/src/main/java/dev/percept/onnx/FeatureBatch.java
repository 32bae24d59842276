package dev.percept.onnx;

import ai.onnxruntime.OnnxJavaType;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtSession;
import dev.percept.LayerSpec;
import dev.percept.ModelException;
import java.nio.ByteBuffer;
import java.nio.DoubleBuffer;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The features of some pictures, in native memory until it is closed. Owned by whoever ran the backbone.
 *
 * <p>It also keeps the buffer that the pictures were written into: a graph may return its input, or a view of it, as a feature.
 */
public final class FeatureBatch implements AutoCloseable {
    /** Ten times what kernels differ by. */
    private static final double ROUNDING = 1e-4;

    private final OrtSession.Result result;
    private final List<OnnxTensor> tensors;
    private final BufferPool pool;
    private final ByteBuffer input;
    private final String kernels;

    /** @param kernels that convolutions ran on, as {@link Engine.Sums} has them */
    FeatureBatch(
            OrtSession.Result result, List<OnnxTensor> tensors, BufferPool pool, ByteBuffer input, String kernels) {
        this.kernels = kernels;
        this.result = result;
        this.tensors = List.copyOf(tensors);
        this.pool = pool;
        this.input = input;
    }

    /** Rows of each tensor: pictures, and perhaps the last of them again. */
    int rows() {
        return shape(0).get(0);
    }

    String kernels() {
        return kernels;
    }

    /** In the order of the layers. */
    List<OnnxTensor> tensors() {
        return tensors;
    }

    OnnxTensor tensor(int layer) {
        return tensors.get(layer);
    }

    /** Lengths of a layer's axes; the first is the number of rows, which may be larger than the number of pictures. */
    public List<Integer> shape(int layer) {
        List<Integer> shape = new ArrayList<>();
        for (long length : tensors.get(layer).getInfo().getShape()) {
            shape.add(Math.toIntExact(length));
        }
        return shape;
    }

    /** Number of values in one picture's feature, N. */
    public long valuesPerPicture(int layer) {
        return shape(layer).stream().skip(1).mapToLong(Integer::longValue).reduce(1, Math::multiplyExact);
    }

    /** Bytes of all of it: every row's features, and the input. */
    long bytes() {
        return rows() * bytesPerPicture() + input.capacity();
    }

    /** Bytes of one picture's features. */
    long bytesPerPicture() {
        long bytes = 0;
        for (int layer = 0; layer < tensors.size(); layer++) {
            bytes += valuesPerPicture(layer) * tensors.get(layer).getInfo().type.size;
        }
        return bytes;
    }

    /** A copy of the first picture's feature. */
    public FloatBuffer copyFirst(int layer) {
        OnnxTensor tensor = tensors.get(layer);
        int count = Math.toIntExact(valuesPerPicture(layer));
        if (tensor.getInfo().type == OnnxJavaType.DOUBLE) {
            DoubleBuffer doubles = tensor.getDoubleBuffer();
            FloatBuffer floats = FloatBuffer.allocate(count);
            for (int i = 0; i < count; i++) {
                floats.put(i, (float) doubles.get(i));
            }
            return floats;
        }
        return tensor.getFloatBuffer().slice(0, count);
    }

    /**
     * Checks that a layer's features are as large as those of a reference of the same size.
     *
     * @throws ModelException if they aren't
     */
    void requireShapeOf(FeatureBatch reference, int layer, String model, LayerSpec spec) {
        List<Integer> left = reference.shape(layer);
        List<Integer> right = shape(layer);
        if (!left.subList(1, left.size()).equals(right.subList(1, right.size()))) {
            throw new ModelException(
                    model,
                    "layer '" + spec.name() + "' has the shape " + left + " for the reference and " + right
                            + " for a candidate of the same size",
                    "leave out layers whose size depends on what is in a picture");
        }
    }

    /** The problem with a layer's shape, seen from its spec, or null. */
    @Nullable
    String contradiction(int layer, LayerSpec spec, int rows) {
        return contradiction(shape(layer), spec, rows);
    }

    /** The problem with a feature's shape, seen from its layer's spec, or null. */
    static @Nullable String contradiction(List<Integer> shape, LayerSpec spec, int rows) {
        boolean fits = shape.size() == spec.layout().rank()
                && shape.get(0) == rows
                && shape.get(spec.layout().channelAxis()) == spec.channels();
        return fits
                ? null
                : "layer '" + spec.name() + "' has the shape " + shape + ", its spec says " + spec.layout() + " with "
                        + spec.channels() + " channels for " + rows + " pictures";
    }

    /** Whether the first picture's features are those of another run, but for rounding. */
    boolean isLike(FeatureBatch plain) {
        for (int layer = 0; layer < tensors.size(); layer++) {
            FloatBuffer own = copyFirst(layer);
            FloatBuffer other = plain.copyFirst(layer);
            double largest = 0;
            double difference = 0;
            for (int i = 0; i < other.limit(); i++) {
                largest = Math.max(largest, Math.abs(other.get(i)));
                difference = Math.max(difference, Math.abs((double) own.get(i) - other.get(i)));
            }
            // Written so that values that aren't finite are unlike.
            if (own.limit() != other.limit() || !(difference <= ROUNDING * largest)) {
                return false;
            }
        }
        return true;
    }

    @Override
    public void close() {
        result.close();
        pool.release(input);
    }
}
