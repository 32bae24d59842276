package dev.percept.onnx;

import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.StringStringEntryProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import dev.percept.kept.Digests;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.zip.CRC32;

/** Tells whether a kept graph is the one that was written, and its weights are. */
final class GraphSeal {
    private static final String SEAL = "percept.kept";
    private static final int BUFFER = 1 << 18;

    private final Digests digests;

    /** @param digests where the sums of weights are remembered */
    GraphSeal(Digests digests) {
        this.digests = digests;
    }

    /**
     * Has the graph name the file where its weights will lie, and appends the key and the sums of both files as metadata, which makes no
     * other model of it.
     */
    static void close(Path graph, Path weights, String weightsName, String key) throws IOException {
        ModelProto.Builder model = ModelProto.parseFrom(Files.readAllBytes(graph)).toBuilder();
        for (TensorProto.Builder tensor : model.getGraphBuilder().getInitializerBuilderList()) {
            for (StringStringEntryProto.Builder entry : tensor.getExternalDataBuilderList()) {
                if (entry.getKey().equals("location")) {
                    entry.setValue(weightsName);
                }
            }
        }
        Files.write(graph, model.build().toByteArray());
        Files.write(graph, seal(sum(graph, Files.size(graph)), sum(weights), key), StandardOpenOption.APPEND);
    }

    /** Whether a graph and its weights are as they were sealed, with this key. */
    boolean isWhole(Path graph, Path weights, String key) throws IOException {
        long size = Files.size(graph);
        int length = seal(0, 0, key).length;
        if (size <= length) {
            return false;
        }
        ByteBuffer end = ByteBuffer.allocate(length);
        try (FileChannel channel = FileChannel.open(graph, StandardOpenOption.READ)) {
            while (end.hasRemaining() && channel.read(end, size - length + end.position()) >= 0) {
                // Until it has all.
            }
        }
        return end.flip().equals(ByteBuffer.wrap(seal(sum(graph, size - length), known(weights), key)));
    }

    /** The sum of a file, which is not computed again for as long as its state is the one that it was computed in. */
    private long known(Path file) throws IOException {
        Digests.State state = Digests.State.of(file);
        String known = digests.find(state);
        if (known != null) {
            return Long.parseLong(known, 16);
        }
        long sum = sum(file);
        digests.keep(state, Long.toHexString(sum));
        return sum;
    }

    private static byte[] seal(long graph, long weights, String key) {
        return ModelProto.newBuilder()
                .addMetadataProps(StringStringEntryProto.newBuilder()
                        .setKey(SEAL)
                        .setValue(key + ", " + Long.toHexString(1L << 32 | graph) + ", "
                                + Long.toHexString(1L << 32 | weights)))
                .build()
                .toByteArray();
    }

    private static long sum(Path file) throws IOException {
        return sum(file, Files.size(file));
    }

    /** Read and not mapped: Java unmaps late, and ONNX Runtime maps it as well. */
    private static long sum(Path file, long length) throws IOException {
        CRC32 sum = new CRC32();
        ByteBuffer buffer = ByteBuffer.allocateDirect(BUFFER);
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            long left = length;
            while (left > 0 && channel.read(buffer.clear().limit((int) Math.min(BUFFER, left))) > 0) {
                left -= buffer.position();
                sum.update(buffer.flip());
            }
        }
        return sum.getValue();
    }
}
