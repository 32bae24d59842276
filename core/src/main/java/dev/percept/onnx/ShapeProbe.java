// SPDX-License-Identifier: Apache-2.0
package dev.percept.onnx;

import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import ai.onnx.proto.OnnxMl.ValueInfoProto;
import ai.onnxruntime.OnnxJavaType;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import dev.percept.CudaOptions;
import dev.percept.LossOptions;
import dev.percept.Precision;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Runs a graph once, on the CPU, to see the shapes of tensors inside it. */
final class ShapeProbe {
    /** Constants of more values than this are weights, and no sizes that a shape may depend on. */
    private static final long FEW = 1024;

    private ShapeProbe() {}

    /**
     * The shapes of tensors for a black picture.
     *
     * @param picture the graph's input
     * @param shape of that input
     * @param tensors of the graph
     * @param folder that external weights lie in
     * @throws OrtException if ONNX Runtime doesn't take the graph, or the graph not the picture
     */
    static Map<String, List<Integer>> shapes(
            ModelProto model, ValueInfoProto picture, long[] shape, Collection<String> tensors, @Nullable Path folder)
            throws OrtException {
        GraphProto.Builder graph = model.getGraph().toBuilder()
                .clearInput()
                .addInput(picture)
                .clearInitializer()
                .clearNode()
                .clearOutput();
        GraphWriter writer = new GraphWriter(graph, 0, FusedGraph.freePrefix(model.getGraph()));
        for (TensorProto constant : model.getGraph().getInitializerList()) {
            addWithoutWeights(graph, writer, constant);
        }
        graph.addAllNode(model.getGraph().getNodeList());
        List<String> asked = List.copyOf(tensors);
        for (int i = 0; i < asked.size(); i++) {
            writer.node("Shape", "shape_" + i, asked.get(i));
            graph.addOutput(writer.port("shape_" + i, TensorProto.DataType.INT64_VALUE, 1));
        }
        byte[] probe = model.toBuilder().setGraph(graph).build().toByteArray();
        var settings = new SessionSettings(LossOptions.defaults().threads(), Precision.FP32, CudaOptions.defaults());
        OnnxRuntime runtime = OnnxRuntime.get();
        int type = picture.getType().getTensorType().getElemType();
        Map<String, List<Integer>> shapes = new HashMap<>();
        try (OrtSession.SessionOptions options = settings.options(Execution.CPU, folder);
                OrtSession session = runtime.environment().createSession(probe, options);
                OnnxTensor black = black(runtime, type == TensorProto.DataType.UINT8_VALUE, shape);
                OrtSession.Result result = session.run(Map.of(picture.getName(), black))) {
            for (int i = 0; i < asked.size(); i++) {
                OnnxTensor found =
                        (OnnxTensor) result.get(writer.name("shape_" + i)).orElseThrow();
                List<Integer> lengths = new ArrayList<>();
                for (long length : (long[]) found.getValue()) {
                    lengths.add(Math.toIntExact(length));
                }
                shapes.put(asked.get(i), lengths);
            }
        }
        return shapes;
    }

    /** A shape doesn't depend on weights, so that hundreds of megabytes needn't be handed over: zeros stand for them. */
    private static void addWithoutWeights(GraphProto.Builder graph, GraphWriter writer, TensorProto constant) {
        long count = 1;
        for (long length : constant.getDimsList()) {
            count *= length;
        }
        if (constant.getDataType() != TensorProto.DataType.FLOAT_VALUE || count <= FEW) {
            graph.addInitializer(constant);
            return;
        }
        String lengths = writer.longs("lengths/" + constant.getName(), constant.getDimsList());
        graph.addNode(NodeProto.newBuilder()
                .setOpType("ConstantOfShape")
                .addInput(lengths)
                .addOutput(constant.getName()));
    }

    private static OnnxTensor black(OnnxRuntime runtime, boolean bytes, long[] shape) throws OrtException {
        long count = 1;
        for (long length : shape) {
            count = Math.multiplyExact(count, length);
        }
        int size = Math.toIntExact(bytes ? count : count * Float.BYTES);
        ByteBuffer zeros = ByteBuffer.allocateDirect(size).order(ByteOrder.nativeOrder());
        return bytes
                ? OnnxTensor.createTensor(runtime.environment(), zeros, shape, OnnxJavaType.UINT8)
                : OnnxTensor.createTensor(runtime.environment(), zeros.asFloatBuffer(), shape);
    }
}
