package dev.percept.models;

import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.OperatorSetIdProto;
import ai.onnx.proto.OnnxMl.StringStringEntryProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import ai.onnx.proto.OnnxMl.TensorShapeProto;
import ai.onnx.proto.OnnxMl.TypeProto;
import ai.onnx.proto.OnnxMl.ValueInfoProto;
import com.google.protobuf.ByteString;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Random;

/** A catalogue of one model, {@code tiny}, a single convolution, with its weights file: bias, another network's tensor, kernel. */
final class TinyCatalogue {
    private static final int CHANNELS = 64;
    private static final int SIDE = 15;
    static final String HEADER = """
            {"head.weight":{"dtype":"F32","shape":[1000],"data_offsets":[256,4256]},\
            "features.0.bias":{"dtype":"F32","shape":[64],"data_offsets":[0,256]},\
            "features.0.weight":{"dtype":"F32","shape":[64,3,15,15],"data_offsets":[4256,177056]}}""";
    private static final int DATA = 177_056;

    private final byte[] data = new byte[DATA];
    /** What is served. */
    byte[] weights;

    TinyCatalogue() {
        ByteBuffer values = ByteBuffer.wrap(data).order(ByteOrder.LITTLE_ENDIAN);
        Random random = new Random(7);
        while (values.hasRemaining()) {
            values.putFloat(random.nextFloat() - 0.5f);
        }
        weights = withHeader(HEADER);
    }

    /** A weights file of the same values under another header. */
    byte[] withHeader(String header) {
        byte[] text = header.getBytes(StandardCharsets.UTF_8);
        return ByteBuffer.allocate(8 + text.length + DATA)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(text.length)
                .put(text)
                .put(data)
                .array();
    }

    /** Writes the catalogue and its skeleton. */
    Catalogue write(Path folder, boolean pinned) throws IOException {
        Files.createDirectories(folder.resolve("skeletons"));
        Files.write(folder.resolve("skeletons/tiny.onnx"), model(false));
        int begin = weights.length - DATA;
        String pins = !pinned
                ? ""
                : ", \"size\": %d, \"tensors\": {%s, %s}"
                        .formatted(
                                weights.length,
                                pin("features.0.bias", begin, data, 0, 256),
                                pin("features.0.weight", begin, data, 4256, DATA));
        String json = """
                {"percept_catalogue": 1,
                 "models": {"tiny": {"description": "one convolution", "weights": "made-up"}},
                 "weights": {"made-up": {"repository": "some/net", "revision": "%s", "path": "model.safetensors",
                   "megabytes": 1, "sha256": "%s", "licence": "BSD-3-Clause", "copyright": "Copyright nobody"%s}}}""".formatted("1".repeat(40), sha256(weights), pins);
        Path file = folder.resolve("catalogue.json");
        Files.writeString(file, json);
        return Catalogue.read(file);
    }

    private static String pin(String name, int begin, byte[] data, int from, int to) {
        byte[] part = Arrays.copyOfRange(data, from, to);
        return "\"%s\": {\"offset\": %d, \"sha256\": \"%s\"}".formatted(name, begin + from, sha256(part));
    }

    /** The model, with its values or as a skeleton. */
    byte[] model(boolean filled) {
        String spec = "{\"percept_spec\": 1, \"name\": \"tiny\", \"input\": {\"name\": \"image\", \"layout\": \"NCHW\","
                + " \"dtype\": \"float32\", \"range\": [0, 1], \"channel_order\": \"RGB\", \"size\": {\"minimum\": 16}},"
                + " \"layers\": [{\"name\": \"conv\", \"layout\": \"NCHW\", \"channels\": 64}],"
                + " \"weights\": {\"source\": \"made up\"}}";
        TensorProto.Builder bias = tensor("features.0.bias", CHANNELS).setRawData(ByteString.copyFrom(data, 0, 256));
        TensorProto.Builder weight = tensor("features.0.weight", CHANNELS, 3, SIDE, SIDE)
                .setRawData(ByteString.copyFrom(data, 4256, DATA - 4256));
        if (!filled) {
            bias.clearRawData();
            weight.clearRawData();
        }
        GraphProto graph = GraphProto.newBuilder()
                .setName("tiny")
                .addNode(NodeProto.newBuilder()
                        .setOpType("Conv")
                        .addInput("image")
                        .addInput("features.0.weight")
                        .addInput("features.0.bias")
                        .addOutput("conv"))
                .addInitializer(weight)
                .addInitializer(bias)
                .addInput(port("image", 3))
                .addOutput(port("conv", CHANNELS))
                .build();
        return ModelProto.newBuilder()
                .setIrVersion(8)
                .addOpsetImport(OperatorSetIdProto.newBuilder().setVersion(17))
                .setGraph(graph)
                .addMetadataProps(StringStringEntryProto.newBuilder()
                        .setKey("percept.spec")
                        .setValue(spec))
                .build()
                .toByteArray();
    }

    private static TensorProto.Builder tensor(String name, long... shape) {
        TensorProto.Builder tensor =
                TensorProto.newBuilder().setName(name).setDataType(TensorProto.DataType.FLOAT_VALUE);
        for (long side : shape) {
            tensor.addDims(side);
        }
        return tensor;
    }

    private static ValueInfoProto port(String name, int channels) {
        var shape = TensorShapeProto.newBuilder()
                .addDim(TensorShapeProto.Dimension.newBuilder().setDimParam("n"))
                .addDim(TensorShapeProto.Dimension.newBuilder().setDimValue(channels))
                .addDim(TensorShapeProto.Dimension.newBuilder().setDimParam(name + "_h"))
                .addDim(TensorShapeProto.Dimension.newBuilder().setDimParam(name + "_w"));
        var tensor = TypeProto.Tensor.newBuilder()
                .setElemType(TensorProto.DataType.FLOAT_VALUE)
                .setShape(shape);
        return ValueInfoProto.newBuilder()
                .setName(name)
                .setType(TypeProto.newBuilder().setTensorType(tensor))
                .build();
    }

    static String sha256(byte[] bytes) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }
}
