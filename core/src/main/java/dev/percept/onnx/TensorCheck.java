package dev.percept.onnx;

import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.StringStringEntryProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
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

    void check(GraphProto graph) throws MalformedModelException {
        for (TensorProto tensor : graph.getInitializerList()) {
            check(tensor);
        }
        for (var node : graph.getNodeList()) {
            for (AttributeProto attribute : node.getAttributeList()) {
                if (attribute.hasT()) {
                    check(attribute.getT());
                }
                for (TensorProto tensor : attribute.getTensorsList()) {
                    check(tensor);
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
            long bits = Math.multiplyExact(count, (long) bitsOf(tensor));
            checkData(tensor, count, bits == 0 ? -1 : (bits + 7) / 8);
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
        boolean wrong =
                switch (tensor.getDataType()) {
                    case TensorProto.DataType.FLOAT_VALUE ->
                        tensor.hasRawData() ? tensor.getRawData().size() != bytes : tensor.getFloatDataCount() != count;
                    case TensorProto.DataType.DOUBLE_VALUE ->
                        tensor.hasRawData()
                                ? tensor.getRawData().size() != bytes
                                : tensor.getDoubleDataCount() != count;
                    case TensorProto.DataType.INT64_VALUE ->
                        tensor.hasRawData() ? tensor.getRawData().size() != bytes : tensor.getInt64DataCount() != count;
                    default ->
                        bytes >= 0 && tensor.hasRawData() && tensor.getRawData().size() != bytes;
                };
        if (wrong) {
            throw new MalformedModelException(
                    "its tensor '" + tensor.getName() + "' does not hold as much data as its shape says");
        }
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
            Path target = folder.resolve(relative).normalize();
            if (relative.isAbsolute() || !target.startsWith(folder.normalize())) {
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
