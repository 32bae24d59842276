package dev.percept.onnx;

import ai.onnxruntime.OnnxJavaType;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import dev.percept.image.Pixels;
import java.nio.ByteBuffer;
import java.util.List;

/**
 * Pictures of one size and 8 bits in direct memory, as a {@link FusedGraph} takes them.
 *
 * @param references one row, or {@code rows}
 * @param candidates of the same size
 * @param rows of candidates; those after the last picture repeat it
 * @param oneReference whether one reference serves all
 * @param size one of the pictures
 */
record PixelBatch(ByteBuffer references, ByteBuffer candidates, int rows, boolean oneReference, Pixels size) {
    private static final int CHANNELS = 3;

    /**
     * Copies pictures into buffers of a pool, to which {@link #release} gives them back.
     *
     * @throws OutOfMemoryError if there is no room for them
     */
    static PixelBatch of(BufferPool pool, List<Pixels> references, List<Pixels> candidates, int rows) {
        boolean oneReference = references.size() == 1;
        ByteBuffer left = assemble(pool, references, oneReference ? 1 : rows);
        try {
            ByteBuffer right = assemble(pool, candidates, rows);
            return new PixelBatch(left, right, rows, oneReference, candidates.get(0));
        } catch (Throwable e) {
            pool.release(left);
            throw e;
        }
    }

    private static ByteBuffer assemble(BufferPool pool, List<Pixels> pictures, int rows) {
        ByteBuffer buffer = pool.take(Math.multiplyExact(rows, pictures.get(0).rgb8().length));
        for (int row = 0; row < rows; row++) {
            buffer.put(pictures.get(Math.min(row, pictures.size() - 1)).rgb8());
        }
        return buffer.flip();
    }

    void release(BufferPool pool) {
        pool.release(references);
        pool.release(candidates);
    }

    /** Pictures in a part with so many candidates. */
    int pictures(int candidateRows) {
        return candidateRows + (oneReference ? 1 : candidateRows);
    }

    /** The references of some candidates. The caller closes the tensor. */
    OnnxTensor references(OrtEnvironment environment, int from, int count) throws OrtException {
        return oneReference ? tensor(environment, references, 0, 1) : tensor(environment, references, from, count);
    }

    /** Some candidates. The caller closes the tensor. */
    OnnxTensor candidates(OrtEnvironment environment, int from, int count) throws OrtException {
        return tensor(environment, candidates, from, count);
    }

    private OnnxTensor tensor(OrtEnvironment environment, ByteBuffer all, int from, int count) throws OrtException {
        int bytes = size.rgb8().length;
        long[] shape = {count, size.height(), size.width(), CHANNELS};
        return OnnxTensor.createTensor(environment, all.slice(from * bytes, count * bytes), shape, OnnxJavaType.UINT8);
    }
}
