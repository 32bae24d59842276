package dev.percept.onnx;

import ai.onnx.proto.OnnxMl.ModelProto;
import com.google.protobuf.CodedInputStream;
import com.google.protobuf.UnsafeByteOperations;
import dev.percept.InputSpec;
import dev.percept.LayerSpec;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What an engine loads.
 *
 * @param name that messages call it
 * @param file the ONNX file, or null if {@code bytes} has it
 * @param bytes the ONNX file's content, or null
 * @param sha256 of that content in lower-case hex, or null if nobody knows it
 * @param identity equal for models that are the same to the last bit
 * @param graph what was read of it
 * @param input what its input takes
 * @param layers to compare
 */
@SuppressWarnings("ArrayRecordComponent") // Handed on, never compared.
public record BackboneModel(
        String name,
        @Nullable Path file,
        byte @Nullable [] bytes,
        @Nullable String sha256,
        Object identity,
        ModelGraph graph,
        InputSpec input,
        List<LayerSpec> layers) {
    /** The folder that external weights lie in, or null where there can't be any. */
    @Nullable
    Path folder() {
        return file == null ? null : file.toAbsolutePath().getParent();
    }

    /** The whole model once more, to be composed with others. Weights are not copied. */
    ModelProto proto() throws IOException {
        if (file == null) {
            return parse(ByteBuffer.wrap(Objects.requireNonNull(bytes)));
        }
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            return parse(channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size()));
        }
    }

    /** Parses a model without copying its weights. */
    static ModelProto parse(ByteBuffer bytes) throws IOException {
        CodedInputStream in = UnsafeByteOperations.unsafeWrap(bytes).newCodedInput();
        in.enableAliasing(true);
        in.setSizeLimit(Integer.MAX_VALUE);
        return ModelProto.parseFrom(in);
    }
}
