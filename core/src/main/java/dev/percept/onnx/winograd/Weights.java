package dev.percept.onnx.winograd;

import ai.onnx.proto.OnnxMl.TensorProto;
import java.nio.ByteOrder;

/** Reads a model's weights. */
final class Weights {
    private Weights() {}

    /** Whether they are floats within the model; others are left to ONNX Runtime. */
    static boolean isReadable(TensorProto tensor) {
        return tensor.getDataType() == TensorProto.DataType.FLOAT_VALUE
                && tensor.getDataLocation() != TensorProto.DataLocation.EXTERNAL;
    }

    static float[] of(TensorProto tensor) {
        float[] values;
        if (tensor.hasRawData()) {
            values = new float[tensor.getRawData().size() / Float.BYTES];
            tensor.getRawData()
                    .asReadOnlyByteBuffer()
                    .order(ByteOrder.LITTLE_ENDIAN)
                    .asFloatBuffer()
                    .get(values);
        } else {
            values = new float[tensor.getFloatDataCount()];
            for (int i = 0; i < values.length; i++) {
                values[i] = tensor.getFloatData(i);
            }
        }
        return values;
    }
}
