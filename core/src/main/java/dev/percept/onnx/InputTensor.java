package dev.percept.onnx;

import ai.onnxruntime.OnnxJavaType;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import dev.percept.FeatureLayout;
import dev.percept.InputSpec;
import dev.percept.image.Pixels;
import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Writes pictures into the tensor that a backbone's input takes. Thread-safe. */
final class InputTensor {
    private static final int CHANNELS = 3;

    private final InputSpec spec;
    private final float[][] table;
    /** The same for 16 bits, once a picture has them. */
    private volatile float @Nullable [][] deepTable;

    InputTensor(InputSpec spec) {
        this.spec = spec;
        this.table = table(spec, 255);
    }

    /** For each channel of the input, the float that stands for each value from 0 to {@code maximum}. */
    static float[][] table(InputSpec spec, int maximum) {
        float[][] table = new float[CHANNELS][maximum + 1];
        for (int channel = 0; channel < CHANNELS; channel++) {
            double mean = spec.mean().get(channel);
            double std = spec.std().get(channel);
            for (int value = 0; value <= maximum; value++) {
                double ranged = spec.low() + (spec.high() - spec.low()) * value / maximum;
                table[channel][value] = (float) ((ranged - mean) / std);
            }
        }
        return table;
    }

    /** Bytes of the tensor for this many pictures of a size. */
    long bytes(int pictures, int width, int height) {
        return (long) pictures * CHANNELS * width * height * (spec.type() == InputSpec.Type.UINT8 ? 1 : Float.BYTES);
    }

    /**
     * Fills a buffer with pictures and makes a tensor of it, without copying. The caller closes the tensor, and then may use
     * the buffer again.
     *
     * @param buffer direct, in native order, of as many bytes as {@link #bytes} says
     * @param pictures of one size, and for a graph that takes bytes of 8 bits
     * @param batch rows of the tensor; the last picture fills those that are left
     */
    OnnxTensor write(OrtEnvironment environment, ByteBuffer buffer, List<Pixels> pictures, int batch)
            throws OrtException {
        Pixels first = pictures.get(0);
        boolean channelsFirst = spec.layout() == FeatureLayout.NCHW;
        long[] shape = channelsFirst
                ? new long[] {batch, CHANNELS, first.height(), first.width()}
                : new long[] {batch, first.height(), first.width(), CHANNELS};
        FloatBuffer floats = buffer.asFloatBuffer();
        for (int row = 0; row < batch; row++) {
            Pixels picture = pictures.get(Math.min(row, pictures.size() - 1));
            if (spec.type() == InputSpec.Type.UINT8) {
                writeBytes(picture, buffer, row, channelsFirst);
            } else if (picture.isDeep()) {
                writeDeep(picture, floats, row, channelsFirst);
            } else {
                writeFloats(picture, floats, row, channelsFirst);
            }
        }
        return spec.type() == InputSpec.Type.UINT8
                ? OnnxTensor.createTensor(environment, buffer, shape, OnnxJavaType.UINT8)
                : OnnxTensor.createTensor(environment, floats, shape);
    }

    private void writeFloats(Pixels picture, FloatBuffer out, int row, boolean channelsFirst) {
        byte[] rgb = picture.rgb8();
        int pixels = picture.width() * picture.height();
        int base = row * pixels * CHANNELS;
        for (int channel = 0; channel < CHANNELS; channel++) {
            float[] values = table[channel];
            int from = source(channel);
            int to = base + (channelsFirst ? channel * pixels : channel);
            int step = channelsFirst ? 1 : CHANNELS;
            for (int pixel = 0; pixel < pixels; pixel++, from += CHANNELS, to += step) {
                out.put(to, values[rgb[from] & 0xff]);
            }
        }
    }

    private void writeDeep(Pixels picture, FloatBuffer out, int row, boolean channelsFirst) {
        short[] rgb = picture.rgb16();
        float[][] values = deepTable();
        int pixels = picture.width() * picture.height();
        int base = row * pixels * CHANNELS;
        for (int channel = 0; channel < CHANNELS; channel++) {
            float[] own = values[channel];
            int from = source(channel);
            int to = base + (channelsFirst ? channel * pixels : channel);
            int step = channelsFirst ? 1 : CHANNELS;
            for (int pixel = 0; pixel < pixels; pixel++, from += CHANNELS, to += step) {
                out.put(to, own[rgb[from] & 0xffff]);
            }
        }
    }

    private float[][] deepTable() {
        float[][] known = deepTable;
        if (known == null) {
            known = table(spec, 0xffff);
            deepTable = known;
        }
        return known;
    }

    private void writeBytes(Pixels picture, ByteBuffer out, int row, boolean channelsFirst) {
        byte[] rgb = picture.rgb8();
        int pixels = picture.width() * picture.height();
        int base = row * pixels * CHANNELS;
        for (int channel = 0; channel < CHANNELS; channel++) {
            int from = source(channel);
            int to = base + (channelsFirst ? channel * pixels : channel);
            int step = channelsFirst ? 1 : CHANNELS;
            for (int pixel = 0; pixel < pixels; pixel++, from += CHANNELS, to += step) {
                out.put(to, rgb[from]);
            }
        }
    }

    /** Where an input channel stands in an RGB pixel. */
    private int source(int channel) {
        return spec.bgr() ? CHANNELS - 1 - channel : channel;
    }
}
