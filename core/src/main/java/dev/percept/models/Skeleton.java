package dev.percept.models;

import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import com.google.protobuf.CodedInputStream;
import com.google.protobuf.CodedOutputStream;
import com.google.protobuf.WireFormat;
import dev.percept.ModelException;
import dev.percept.PerceptException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A model file without the values of some tensors. What is there is copied as it is and never written anew, so that a filled skeleton
 * is the exporter's file, byte for byte: a tensor's values are its last field.
 */
final class Skeleton {
    private static final int MAXIMUM_BYTES = Integer.MAX_VALUE;
    private static final int RAW_DATA_TAG =
            (TensorProto.RAW_DATA_FIELD_NUMBER << 3) | WireFormat.WIRETYPE_LENGTH_DELIMITED;

    /** Bytes that are there, or the hole behind them. */
    @SuppressWarnings("ArrayRecordComponent") // Never compared.
    private record Piece(byte @Nullable [] bytes, @Nullable Hole hole) {}

    /**
     * Float32 values that are to be filled in, little-endian.
     *
     * @param tensor its name, here and in the weights file
     */
    record Hole(String tensor, List<Long> shape, long bytes) {}

    /** Writes a hole's bytes, exactly as many as it has. */
    interface Values {
        void write(Hole hole, OutputStream out) throws IOException;
    }

    private final List<Piece> pieces;

    private Skeleton(List<Piece> pieces) {
        this.pieces = pieces;
    }

    /** @throws ModelException if it is no ONNX file, or would be larger than one can be */
    static Skeleton read(String where, byte[] model) {
        try {
            Writer writer = new Writer();
            fields(model, (tag, whole, content) -> {
                if (WireFormat.getTagFieldNumber(tag) == ModelProto.GRAPH_FIELD_NUMBER) {
                    List<Piece> graph = graph(content);
                    writer.field(tag, length(graph));
                    writer.append(graph);
                } else {
                    writer.write(whole);
                }
            });
            List<Piece> pieces = writer.finish();
            if (length(pieces) > MAXIMUM_BYTES) {
                throw new ModelException(where, "filled, it would be larger than 2 GiB", "write a smaller one");
            }
            return new Skeleton(pieces);
        } catch (IOException e) {
            throw new ModelException(
                    where,
                    "it is no skeleton (" + PerceptException.reason(e) + ")",
                    "write it again: percept-export catalogue write",
                    e);
        }
    }

    /** What is to be filled in, in the file's order. */
    List<Hole> holes() {
        List<Hole> holes = new ArrayList<>();
        for (Piece piece : pieces) {
            if (piece.hole() != null) {
                holes.add(piece.hole());
            }
        }
        return holes;
    }

    /** The bytes of the filled file. */
    long length() {
        return length(pieces);
    }

    /** Writes the filled file. */
    void fill(Values values, OutputStream out) throws IOException {
        for (Piece piece : pieces) {
            if (piece.hole() != null) {
                values.write(piece.hole(), out);
            } else if (piece.bytes() != null) {
                out.write(piece.bytes());
            }
        }
    }

    private static List<Piece> graph(byte[] graph) throws IOException {
        Writer writer = new Writer();
        fields(graph, (tag, whole, content) -> {
            Hole hole = WireFormat.getTagFieldNumber(tag) == GraphProto.INITIALIZER_FIELD_NUMBER ? hole(content) : null;
            if (hole == null) {
                writer.write(whole);
                return;
            }
            long head = (long) CodedOutputStream.computeUInt32SizeNoTag(RAW_DATA_TAG)
                    + CodedOutputStream.computeUInt64SizeNoTag(hole.bytes());
            writer.field(tag, content.length + head + hole.bytes());
            writer.write(content);
            writer.field(RAW_DATA_TAG, hole.bytes());
            writer.append(hole);
        });
        return writer.finish();
    }

    private static @Nullable Hole hole(byte[] initializer) throws IOException {
        TensorProto tensor = TensorProto.parseFrom(initializer);
        long values = 1;
        for (long length : tensor.getDimsList()) {
            if (length < 0 || (length > 0 && values > MAXIMUM_BYTES / 4 / length)) {
                throw new IOException("tensor '" + tensor.getName() + "' has an impossible shape");
            }
            values *= length;
        }
        boolean empty = tensor.getRawData().isEmpty() && tensor.getFloatDataCount() == 0;
        return empty && values > 0 && tensor.getDataType() == TensorProto.DataType.FLOAT_VALUE
                ? new Hole(tensor.getName(), List.copyOf(tensor.getDimsList()), 4 * values)
                : null;
    }

    private static long length(List<Piece> pieces) {
        long length = 0;
        for (Piece piece : pieces) {
            length += piece.bytes() != null ? piece.bytes().length : 0;
            length += piece.hole() != null ? piece.hole().bytes() : 0;
        }
        return length;
    }

    private interface FieldVisitor {
        /** @param content of a field that has a length, else empty */
        void field(int tag, byte[] whole, byte[] content) throws IOException;
    }

    /** Goes through a message's fields without looking into them. */
    private static void fields(byte[] message, FieldVisitor visitor) throws IOException {
        CodedInputStream in = CodedInputStream.newInstance(message);
        int start = 0;
        int tag = in.readTag();
        while (tag != 0) {
            byte[] content = new byte[0];
            if (WireFormat.getTagWireType(tag) == WireFormat.WIRETYPE_LENGTH_DELIMITED) {
                content = in.readByteArray();
            } else {
                in.skipField(tag);
            }
            int end = in.getTotalBytesRead();
            visitor.field(tag, Arrays.copyOfRange(message, start, end), content);
            start = end;
            tag = in.readTag();
        }
    }

    /** Collects pieces. */
    private static final class Writer {
        private final List<Piece> pieces = new ArrayList<>();
        private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

        /** The beginning of a field with a length. */
        void field(int tag, long length) throws IOException {
            CodedOutputStream out = CodedOutputStream.newInstance(bytes);
            out.writeUInt32NoTag(tag);
            out.writeUInt64NoTag(length);
            out.flush();
        }

        void write(byte[] content) {
            bytes.writeBytes(content);
        }

        void append(Hole hole) {
            flush();
            pieces.add(new Piece(null, hole));
        }

        void append(List<Piece> others) {
            flush();
            pieces.addAll(others);
        }

        List<Piece> finish() {
            flush();
            return pieces;
        }

        private void flush() {
            if (bytes.size() > 0) {
                pieces.add(new Piece(bytes.toByteArray(), null));
                bytes.reset();
            }
        }
    }
}
