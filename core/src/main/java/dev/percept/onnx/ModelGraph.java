package dev.percept.onnx;

import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.StringStringEntryProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import ai.onnx.proto.OnnxMl.TypeProto;
import ai.onnx.proto.OnnxMl.ValueInfoProto;
import com.google.protobuf.CodedInputStream;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.UnsafeByteOperations;
import dev.percept.FeatureLayout;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What an ONNX file says of its graph: inputs, outputs, opset and metadata, read and checked without native code.
 *
 * @param metadata of the model, by key
 * @param opset of the default operator domain
 * @param inputs of the graph that aren't weights, by name
 * @param outputs of the graph, by name
 * @param externalData whether weights lie in other files
 * @param half whether anything in it is a 16-bit float: a weight, a constant, a cast or an output
 * @param local on which parts of a picture its outputs depend, or null if it has not just one input
 */
public record ModelGraph(
        Map<String, String> metadata,
        long opset,
        Map<String, Port> inputs,
        Map<String, Port> outputs,
        boolean externalData,
        boolean half,
        @Nullable LocalGraph local) {
    /** The oldest operator set that Percept takes. */
    public static final int MINIMUM_OPSET = 13;

    /**
     * An input or output.
     *
     * @param elementType as ONNX numbers them
     * @param shape with null for a length that is free, or null if the file doesn't say
     */
    public record Port(int elementType, @Nullable List<@Nullable Long> shape) {
        /** True for 32-bit floats. */
        public boolean isFloat() {
            return elementType == TensorProto.DataType.FLOAT_VALUE;
        }

        /** True for 16- and 64-bit floats, which heads and features convert. */
        public boolean isOtherFloat() {
            return elementType == TensorProto.DataType.FLOAT16_VALUE
                    || elementType == TensorProto.DataType.DOUBLE_VALUE;
        }

        /** True for unsigned bytes. */
        public boolean isUint8() {
            return elementType == TensorProto.DataType.UINT8_VALUE;
        }

        /** The type's ONNX name. */
        public String typeName() {
            TensorProto.DataType type = TensorProto.DataType.forNumber(elementType);
            return type == null ? "type " + elementType : type.name();
        }
    }

    /**
     * Reads and checks a model. Tensor data is not copied.
     *
     * @param bytes the whole file
     * @param folder the model's own folder, where its external data must lie, or null if it may have none
     * @throws MalformedModelException if the native library should not see it
     */
    public static ModelGraph read(ByteBuffer bytes, @Nullable Path folder) throws MalformedModelException {
        ModelProto model;
        try {
            // Only an immutable source is aliased; a mapped file is not copied then.
            CodedInputStream in = UnsafeByteOperations.unsafeWrap(bytes).newCodedInput();
            in.enableAliasing(true);
            in.setSizeLimit(Integer.MAX_VALUE);
            model = ModelProto.parseFrom(in);
        } catch (InvalidProtocolBufferException e) {
            throw new MalformedModelException("it is not an ONNX model, or is cut off", e);
        } catch (IOException e) {
            throw new MalformedModelException("it can't be read", e);
        }
        if (!model.hasGraph() || model.getGraph().getNodeCount() == 0 || model.getIrVersion() < 3) {
            throw new MalformedModelException("it is not an ONNX model");
        }
        long opset = 0;
        for (var imported : model.getOpsetImportList()) {
            if (imported.getDomain().isEmpty() || imported.getDomain().equals("ai.onnx")) {
                opset = Math.max(opset, imported.getVersion());
            }
        }
        if (opset < MINIMUM_OPSET) {
            throw new MalformedModelException("it uses opset " + opset + ", older than " + MINIMUM_OPSET);
        }
        // First: what follows recurses as deeply as the model nests.
        NestingCheck.check(model);
        new TensorCheck(folder).check(model);
        Set<String> weights = checkEdges(model);
        Map<String, String> metadata = new LinkedHashMap<>();
        for (StringStringEntryProto entry : model.getMetadataPropsList()) {
            metadata.put(entry.getKey(), entry.getValue());
        }
        Map<String, Port> inputs = ports(model.getGraph().getInputList(), weights);
        return new ModelGraph(
                metadata,
                opset,
                inputs,
                ports(model.getGraph().getOutputList(), Set.of()),
                model.getGraph().getInitializerList().stream()
                        .anyMatch(tensor -> tensor.getDataLocation() == TensorProto.DataLocation.EXTERNAL),
                holdsHalf(model.getGraph()),
                local(model.getGraph(), inputs));
    }

    /** Followed now, since the weights are not kept. */
    private static @Nullable LocalGraph local(GraphProto graph, Map<String, Port> inputs) {
        if (inputs.size() != 1) {
            return null;
        }
        var input = inputs.entrySet().iterator().next();
        List<@Nullable Long> shape = input.getValue().shape();
        boolean channelsLast = shape != null
                && shape.size() == 4
                && Long.valueOf(3).equals(shape.get(3))
                && !Long.valueOf(3).equals(shape.get(1));
        return GraphWalk.of(graph, input.getKey(), channelsLast ? FeatureLayout.NHWC : FeatureLayout.NCHW);
    }

    private static boolean holdsHalf(GraphProto graph) {
        int half = TensorProto.DataType.FLOAT16_VALUE;
        return graph.getInitializerList().stream().anyMatch(tensor -> tensor.getDataType() == half)
                || graph.getOutputList().stream()
                        .anyMatch(output -> output.getType().getTensorType().getElemType() == half)
                || graph.getNodeList().stream()
                        .anyMatch(node -> node.getAttributeList().stream()
                                .anyMatch(attribute -> attribute.getT().getDataType() == half
                                        || (node.getOpType().equals("Cast") && attribute.getI() == half)));
    }

    /** Each node's input must be a graph input, a weight, or an earlier node's output. Returns the weights' names. */
    private static Set<String> checkEdges(ModelProto model) throws MalformedModelException {
        var graph = model.getGraph();
        Set<String> weights = new HashSet<>();
        for (var tensor : graph.getInitializerList()) {
            if (!weights.add(tensor.getName())) {
                throw new MalformedModelException("its '" + tensor.getName() + "' is written twice");
            }
        }
        graph.getSparseInitializerList()
                .forEach(tensor -> weights.add(tensor.getValues().getName()));
        Set<String> known = new HashSet<>(weights);
        graph.getInputList().forEach(input -> known.add(input.getName()));
        for (var node : graph.getNodeList()) {
            for (String input : node.getInputList()) {
                if (!input.isEmpty() && !known.contains(input)) {
                    throw new MalformedModelException(
                            "its " + node.getOpType() + " node reads '" + input + "', which nothing before it writes");
                }
            }
            for (String output : node.getOutputList()) {
                if (!output.isEmpty() && !known.add(output)) {
                    throw new MalformedModelException("its '" + output + "' is written twice");
                }
            }
        }
        for (var output : graph.getOutputList()) {
            if (!known.contains(output.getName()) || weights.contains(output.getName())) {
                throw new MalformedModelException("no node writes its output '" + output.getName() + "'");
            }
        }
        return weights;
    }

    private static Map<String, Port> ports(List<ValueInfoProto> values, Set<String> weights)
            throws MalformedModelException {
        Map<String, Port> ports = new LinkedHashMap<>();
        for (ValueInfoProto value : values) {
            if (weights.contains(value.getName())) {
                continue;
            }
            if (!value.getType().hasTensorType()) {
                throw new MalformedModelException("'" + value.getName() + "' is not a tensor");
            }
            ports.put(value.getName(), port(value.getType().getTensorType()));
        }
        return ports;
    }

    private static Port port(TypeProto.Tensor type) {
        if (!type.hasShape()) {
            return new Port(type.getElemType(), null);
        }
        List<@Nullable Long> shape = new ArrayList<>();
        type.getShape().getDimList().forEach(dim -> shape.add(dim.hasDimValue() ? dim.getDimValue() : null));
        return new Port(type.getElemType(), shape);
    }
}
