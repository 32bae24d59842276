package dev.percept.onnx;

import ai.onnx.proto.OnnxMl.TensorProto;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/** Compares made-up features as scoring does on the CPU; in this package to reach that. */
public final class HeadComparison implements AutoCloseable {
    private final OrtSession head;
    private final Map<String, OnnxTensor> inputs = new HashMap<>();
    private final int layers;

    /**
     * Features of one reference and some candidates.
     *
     * @param shapes of a picture's features, for each layer: channels, height and width
     */
    public HeadComparison(int candidates, long[][] shapes) throws OrtException {
        OrtEnvironment environment = OnnxRuntime.get().environment();
        List<HeadGraph.Layer> graphs = new ArrayList<>();
        this.layers = shapes.length;
        for (int i = 0; i < layers; i++) {
            graphs.add(new HeadGraph.Layer(TensorProto.DataType.FLOAT_VALUE, 1 + shapes[i].length, false));
            inputs.put(HeadGraph.reference(i), features(environment, 1, shapes[i]));
            inputs.put(HeadGraph.candidate(i), features(environment, candidates, shapes[i]));
        }
        try (OrtSession.SessionOptions options = new OrtSession.SessionOptions()) {
            options.setIntraOpNumThreads(Runtime.getRuntime().availableProcessors());
            options.setMemoryPatternOptimization(false);
            this.head = environment.createSession(HeadGraph.of(graphs), options);
        }
    }

    private static OnnxTensor features(OrtEnvironment environment, int pictures, long[] shape) throws OrtException {
        long[] all = {pictures, shape[0], shape[1], shape[2]};
        int values = Math.toIntExact(pictures * shape[0] * shape[1] * shape[2]);
        FloatBuffer buffer = ByteBuffer.allocateDirect(Float.BYTES * values)
                .order(ByteOrder.nativeOrder())
                .asFloatBuffer();
        Random random = new Random(values);
        while (buffer.hasRemaining()) {
            buffer.put(random.nextFloat());
        }
        return OnnxTensor.createTensor(environment, buffer.flip(), all);
    }

    /** For each layer, each candidate's sum of squared differences. */
    public double[][] compare() throws OrtException {
        double[][] sums = new double[layers][];
        try (OrtSession.Result result = head.run(inputs)) {
            for (int i = 0; i < layers; i++) {
                sums[i] = (double[]) result.get(HeadGraph.sum(i)).orElseThrow().getValue();
            }
        }
        return sums;
    }

    @Override
    public void close() throws OrtException {
        inputs.values().forEach(OnnxTensor::close);
        head.close();
    }
}
