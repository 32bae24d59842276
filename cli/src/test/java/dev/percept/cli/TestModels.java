package dev.percept.cli;

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
     * @param operators that take one input
     */
    static Path write(Path file, @Nullable String spec, String... operators) throws IOException {
        GraphProto.Builder graph = GraphProto.newBuilder().setName("test").addInput(port("image"));
        for (String operator : operators) {
            String name = operator.toLowerCase(Locale.ROOT);
            graph.addNode(
                    NodeProto.newBuilder().setOpType(operator).addInput("image").addOutput(name));
            graph.addOutput(port(name));
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

    private static ValueInfoProto port(String name) {
        var shape = TensorShapeProto.newBuilder();
        shape.addDim(TensorShapeProto.Dimension.newBuilder().setDimParam("n"));
        shape.addDim(TensorShapeProto.Dimension.newBuilder().setDimValue(3));
        shape.addDim(TensorShapeProto.Dimension.newBuilder().setDimParam("h"));
        shape.addDim(TensorShapeProto.Dimension.newBuilder().setDimParam("w"));
        var tensor = TypeProto.Tensor.newBuilder()
                .setElemType(TensorProto.DataType.FLOAT_VALUE)
                .setShape(shape);
        return ValueInfoProto.newBuilder()
                .setName(name)
                .setType(TypeProto.newBuilder().setTensorType(tensor))
                .build();
    }
}
