package dev.percept.cli;

import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.OperatorSetIdProto;
import ai.onnx.proto.OnnxMl.StringStringEntryProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import ai.onnx.proto.OnnxMl.TensorShapeProto;
import ai.onnx.proto.OnnxMl.TypeProto;
import ai.onnx.proto.OnnxMl.ValueInfoProto;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Writes tiny models: each layer is one operator applied to the picture, and named after it. */
final class TestModels {
    private TestModels() {}

    /** Layers {@code identity} and {@code neg}, each of weight 1: black against white is 2. */
    static Path tiny(Path file) throws IOException {
        return write(file, spec("tiny", "", "identity", "neg"), "Identity", "Neg");
    }

    /** One layer {@code log}, which is not finite for black. */
    static Path notFiniteForBlack(Path file) throws IOException {
        return write(file, spec("log", "", "log"), "Log");
    }

    /** Layers {@code cast} in 16-bit floats and {@code neg}, with what the exporter would say of that. */
    static Path half(Path file) throws IOException {
        String spec = spec("half", "", "cast", "neg")
                .replace(
                        "\"weights\":",
                        "\"precision\": {\"type\": \"fp16\", \"loss_error\": 0.0125, \"layer_errors\": {\"neg\": 0, \"cast\": 0.25},"
                                + " \"fp32_nodes\": [\"neg0\"], \"measured_on\": \"two pairs\"}, \"weights\":");
        return write(file, spec, "Cast", "Neg");
    }

    static String spec(String name, String size, String... layers) {
        String list = List.of(layers).stream()
                .map(layer -> "{\"name\": \"" + layer + "\", \"layout\": \"NCHW\", \"channels\": 3}")
                .collect(Collectors.joining(", "));
        return "{\"percept_spec\": 1, \"name\": \"" + name
                + "\", \"input\": {\"name\": \"image\", \"layout\": \"NCHW\","
                + " \"dtype\": \"float32\", \"range\": [0, 1], \"channel_order\": \"RGB\"" + size + "}, \"layers\": ["
                + list + "], \"weights\": {\"source\": \"none\"}}";
    }

    /**
     * Writes a model.
     *
     * @param spec its metadata, or null for none
     * @param operators that take one input; {@code Cast} casts to 16-bit floats
     */
    static Path write(Path file, @Nullable String spec, String... operators) throws IOException {
        GraphProto.Builder graph =
                GraphProto.newBuilder().setName("test").addInput(port("image", TensorProto.DataType.FLOAT_VALUE));
        for (String operator : operators) {
            String name = operator.toLowerCase(Locale.ROOT);
            NodeProto.Builder node =
                    NodeProto.newBuilder().setOpType(operator).addInput("image").addOutput(name);
            boolean half = operator.equals("Cast");
            if (half) {
                node.addAttribute(AttributeProto.newBuilder()
                        .setName("to")
                        .setType(AttributeProto.AttributeType.INT)
                        .setI(TensorProto.DataType.FLOAT16_VALUE));
            }
            graph.addNode(node);
            graph.addOutput(port(name, half ? TensorProto.DataType.FLOAT16_VALUE : TensorProto.DataType.FLOAT_VALUE));
        }
        ModelProto.Builder model = ModelProto.newBuilder()
                .setIrVersion(8)
                .addOpsetImport(OperatorSetIdProto.newBuilder().setVersion(17))
                .setGraph(graph);
        if (spec != null) {
            model.addMetadataProps(
                    StringStringEntryProto.newBuilder().setKey("percept.spec").setValue(spec));
        }
        return Files.write(file, model.build().toByteArray());
    }

    private static ValueInfoProto port(String name, int type) {
        var shape = TensorShapeProto.newBuilder();
        shape.addDim(TensorShapeProto.Dimension.newBuilder().setDimParam("n"));
        shape.addDim(TensorShapeProto.Dimension.newBuilder().setDimValue(3));
        shape.addDim(TensorShapeProto.Dimension.newBuilder().setDimParam("h"));
        shape.addDim(TensorShapeProto.Dimension.newBuilder().setDimParam("w"));
        var tensor = TypeProto.Tensor.newBuilder().setElemType(type).setShape(shape);
        return ValueInfoProto.newBuilder()
                .setName(name)
                .setType(TypeProto.newBuilder().setTensorType(tensor))
                .build();
    }
}
