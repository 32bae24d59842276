package dev.percept.onnx;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import dev.percept.Backbone;
import dev.percept.image.Pixels;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;

/** Turns pixels into the tensor that a model takes, as scoring does; in this package to reach that. */
public final class Preprocessing {
    private final InputTensor tensor;
    private final ByteBuffer buffer;

    /** For pictures of one size. */
    public Preprocessing(Backbone backbone, int width, int height) {
        this.tensor = new InputTensor(backbone.spec().input());
        this.buffer = ByteBuffer.allocateDirect(Math.toIntExact(tensor.bytes(1, width, height)))
                .order(ByteOrder.nativeOrder());
    }

    /** Writes a picture. */
    public void write(Pixels picture) throws OrtException {
        try (OnnxTensor written = tensor.write(OrtEnvironment.getEnvironment(), buffer, List.of(picture), 1)) {
            if (written.getInfo().getNumElements() == 0) {
                throw new IllegalStateException("nothing was written");
            }
        }
    }
}
