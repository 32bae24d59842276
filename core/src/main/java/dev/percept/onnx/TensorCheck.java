package dev.percept.onnx;

import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.FunctionProto;
import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.SparseTensorProto;
import ai.onnx.proto.OnnxMl.StringStringEntryProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Checks that every tensor stored in a graph holds as much data as its shape says, and that data stored outside the
 * file lies in the model's own folder (onnx/onnx#3991: a location may name any file on the machine).
 */
final class TensorCheck {
    private final @Nullable Path folder;

    TensorCheck(@Nullable Path folder) {
        this.folder = folder;
    }

    void check(ModelProto model) throws MalformedModelException {
        check(model.getGraph());
        for (FunctionProto function : model.getFunctionsList()) {
            check(function.getNodeList());
        }
    }

    private void check(GraphProto graph) throws MalformedModelException {
        for (TensorProto tensor : graph.getInitializerList()) {
            check(tensor);
        }
        for (SparseTensorProto sparse : graph.getSparseInitializerList()) {
            check(sparse);
        }
        check(graph.getNodeList());
    }

    private void check(SparseTensorProto sparse) throws MalformedModelException {
        check(sparse.getValues());
        check(sparse.getIndices());
    }

    private void check(List<NodeProto> nodes) throws MalformedModelException {
        for (NodeProto node : nodes) {
            for (AttributeProto attribute : node.getAttributeList()) {
                if (attribute.hasT()) {
                    check(attribute.getT());
                }
                for (TensorProto tensor : attribute.getTensorsList()) {
                    check(tensor);
                }
                if (attribute.hasSparseTensor()) {
                    check(attribute.getSparseTensor());
                }
                for (SparseTensorProto sparse : attribute.getSparseTensorsList()) {
                    check(sparse);
                }
                if (attribute.hasG()) {
                    check(attribute.getG());
                }
                for (GraphProto inner : attribute.getGraphsList()) {
                    check(inner);
                }
            }
        }
    }

    private void check(TensorProto tensor) throws MalformedModelException {
        long count = 1;
        try {
            for (long dim : tensor.getDimsList()) {
                if (dim < 0) {
                    throw new MalformedModelException("its tensor '" + tensor.getName() + "' has a negative length");
                }
                count = Math.multiplyExact(count, dim);
            }
            int width = bitsOf(tensor);
            checkData(tensor, count, width == 0 ? -1 : (Math.multiplyExact(count, width) + 7) / 8);
        } catch (ArithmeticException e) {
            throw new MalformedModelException("its tensor '" + tensor.getName() + "' is larger than any memory", e);
        }
    }

    /** @param bytes that the shape asks for, or −1 for types of no fixed width, which the runtime checks itself */
    private void checkData(TensorProto tensor, long count, long bytes) throws MalformedModelException {
        if (tensor.getDataLocation() == TensorProto.DataLocation.EXTERNAL) {
            checkExternal(tensor, bytes);
            return;
        }
        boolean wrong = tensor.hasRawData()
                ? bytes >= 0 && tensor.getRawData().size() != bytes
                : bytes >= 0 && listed(tensor) != count;
        if (wrong) {
            throw new MalformedModelException(
                    "its tensor '" + tensor.getName() + "' does not hold as much data as its shape says");
        }
    }

    /** How many values a tensor lists in the field for its type. */
    private static long listed(TensorProto tensor) {
        return switch (tensor.getDataType()) {
            case TensorProto.DataType.FLOAT_VALUE -> tensor.getFloatDataCount();
            // Each complex value is listed as two floats.
            case TensorProto.DataType.COMPLEX64_VALUE -> tensor.getFloatDataCount() / 2;
            case TensorProto.DataType.DOUBLE_VALUE -> tensor.getDoubleDataCount();
            case TensorProto.DataType.INT64_VALUE -> tensor.getInt64DataCount();
            case TensorProto.DataType.UINT32_VALUE, TensorProto.DataType.UINT64_VALUE -> tensor.getUint64DataCount();
            default -> tensor.getInt32DataCount();
        };
    }

    private void checkExternal(TensorProto tensor, long bytes) throws MalformedModelException {
        String location = "";
        long offset = 0;
        long length = -1;
        try {
            for (StringStringEntryProto entry : tensor.getExternalDataList()) {
                switch (entry.getKey()) {
                    case "location" -> location = entry.getValue();
                    case "offset" -> offset = Long.parseLong(entry.getValue());
                    case "length" -> length = Long.parseLong(entry.getValue());
                    default -> {}
                }
            }
        } catch (NumberFormatException e) {
            throw new MalformedModelException("its tensor '" + tensor.getName() + "' has a bad external offset", e);
        }
        if (folder == null || location.isEmpty() || !staysInside(folder, location)) {
            throw new MalformedModelException("its external data '" + location + "' leaves the model's folder");
        }
        Path file = folder.resolve(location);
        try {
            if (!Files.isRegularFile(file)) {
                throw new MalformedModelException("its external data '" + location + "' is missing");
            }
            long needed = length >= 0 ? length : Math.max(bytes, 0);
            if (offset < 0 || (bytes >= 0 && needed != bytes) || Math.addExact(offset, needed) > Files.size(file)) {
                throw new MalformedModelException(
                        "its external data '" + location + "' does not hold the tensor '" + tensor.getName() + "'");
            }
        } catch (IOException e) {
            throw new MalformedModelException("its external data '" + location + "' can't be read", e);
        }
    }

    private static boolean staysInside(Path folder, String location) {
        try {
            Path relative = Path.of(location);
            Path target = folder.resolve(relative);
            for (Path part : relative) {
                // What ".." leads to depends on links, which names alone don't show.
                if (part.toString().equals("..")) {
                    return false;
                }
            }
            if (relative.isAbsolute()) {
                return false;
            }
            // A link may lead out where the name does not.
            return !Files.exists(target) || target.toRealPath().startsWith(folder.toRealPath());
        } catch (InvalidPathException | IOException e) {
            return false;
        }
    }

    private static int bitsOf(TensorProto tensor) {
        return switch (tensor.getDataType()) {
            case TensorProto.DataType.FLOAT_VALUE,
                    TensorProto.DataType.INT32_VALUE,
                    TensorProto.DataType.UINT32_VALUE -> 32;
            case TensorProto.DataType.DOUBLE_VALUE,
                    TensorProto.DataType.INT64_VALUE,
                    TensorProto.DataType.UINT64_VALUE,
                    TensorProto.DataType.COMPLEX64_VALUE -> 64;
            case TensorProto.DataType.FLOAT16_VALUE,
                    TensorProto.DataType.BFLOAT16_VALUE,
                    TensorProto.DataType.INT16_VALUE,
                    TensorProto.DataType.UINT16_VALUE -> 16;
            case TensorProto.DataType.INT8_VALUE, TensorProto.DataType.UINT8_VALUE, TensorProto.DataType.BOOL_VALUE ->
                8;
            default -> 0;
        };
    }
}
