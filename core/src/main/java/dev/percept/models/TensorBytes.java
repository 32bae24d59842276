package dev.percept.models;

import dev.percept.kept.Sha256;
import dev.percept.models.Skeleton.Hole;
import java.io.EOFException;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Map;
import java.util.Objects;

/** Values of tensors that lie in a file, each at a known place. */
final class TensorBytes implements Skeleton.Values, AutoCloseable {
    private static final int CHUNK = 1 << 16;

    private final FileChannel file;
    private final Map<String, Long> offsets;

    /** @param file is closed with this */
    TensorBytes(FileChannel file, Map<String, Long> offsets) {
        this.file = file;
        this.offsets = Map.copyOf(offsets);
    }

    @Override
    public void write(Hole hole, OutputStream out) throws IOException {
        long offset = Objects.requireNonNull(offsets.get(hole.tensor()), hole.tensor());
        copy(file, offset, hole.bytes(), (bytes, count) -> out.write(bytes, 0, count));
    }

    /** The SHA-256 of a tensor's bytes, in lower-case hex. */
    String sha256(Hole hole) throws IOException {
        return sha256(file, Objects.requireNonNull(offsets.get(hole.tensor()), hole.tensor()), hole.bytes());
    }

    /** The SHA-256 of a whole file, in lower-case hex. */
    static String sha256(Path path) throws IOException {
        try (FileChannel file = FileChannel.open(path, StandardOpenOption.READ)) {
            return sha256(file, 0, file.size());
        }
    }

    private static String sha256(FileChannel file, long offset, long length) throws IOException {
        Sha256 sha256 = new Sha256();
        copy(file, offset, length, sha256::add);
        return sha256.hex();
    }

    private interface Sink {
        void take(byte[] bytes, int count) throws IOException;
    }

    private static void copy(FileChannel file, long offset, long length, Sink sink) throws IOException {
        byte[] chunk = new byte[CHUNK];
        long at = offset;
        long end = offset + length;
        while (at < end) {
            int count = file.read(ByteBuffer.wrap(chunk, 0, (int) Math.min(chunk.length, end - at)), at);
            if (count < 0) {
                throw new EOFException("it ends early");
            }
            sink.take(chunk, count);
            at += count;
        }
    }

    @Override
    public void close() throws IOException {
        file.close();
    }
}
