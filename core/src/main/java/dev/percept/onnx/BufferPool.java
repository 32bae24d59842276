package dev.percept.onnx;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * Direct buffers to be used again. A direct buffer is freed by the garbage collector only, which doesn't see how large it is:
 * a fresh one for each picture would pile up hundreds of megabytes beside an almost empty heap. Thread-safe.
 */
final class BufferPool {
    /** Calls that run at once rarely need more; what is above waits for the collector. */
    private static final int KEPT = 4;

    private static final long KEPT_BYTES = 256L << 20;

    /** By capacity, smallest first. */
    private final List<ByteBuffer> free = new ArrayList<>();

    /** A buffer in native byte order, cleared, whose limit is this many bytes; to be given back with {@link #release}. */
    synchronized ByteBuffer take(int bytes) {
        for (int i = 0; i < free.size(); i++) {
            if (free.get(i).capacity() >= bytes) {
                return free.remove(i).clear().limit(bytes).order(ByteOrder.nativeOrder());
            }
        }
        if (free.size() == KEPT) {
            // All are too small: one makes room, so that growing sizes don't leave a trail.
            free.remove(0);
        }
        return ByteBuffer.allocateDirect(bytes).order(ByteOrder.nativeOrder());
    }

    synchronized void release(ByteBuffer buffer) {
        long held = free.stream().mapToLong(ByteBuffer::capacity).sum();
        if (free.size() < KEPT && held + buffer.capacity() <= KEPT_BYTES) {
            free.add(buffer);
            free.sort(Comparator.comparingInt(ByteBuffer::capacity));
        }
    }
}
