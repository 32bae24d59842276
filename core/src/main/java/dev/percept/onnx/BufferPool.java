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

    /**
     * A buffer in native byte order, cleared, whose limit is this many bytes; to be given back with {@link #release}.
     *
     * @throws OutOfMemoryError if the JVM's limit on direct memory is reached, even without the buffers kept here
     */
    ByteBuffer take(int bytes) {
        synchronized (this) {
            for (int i = 0; i < free.size(); i++) {
                if (free.get(i).capacity() >= bytes) {
                    return free.remove(i).clear().limit(bytes).order(ByteOrder.nativeOrder());
                }
            }
            if (free.size() == KEPT) {
                // All are too small: one makes room, so that growing sizes don't leave a trail.
                free.remove(0);
            }
        }
        // Outside the lock, since it may have to wait for the garbage collector.
        try {
            return allocate(bytes);
        } catch (OutOfMemoryError e) {
            synchronized (this) {
                free.clear();
            }
            return allocate(bytes);
        }
    }

    private static ByteBuffer allocate(int bytes) {
        return ByteBuffer.allocateDirect(bytes).order(ByteOrder.nativeOrder());
    }

    /** Takes a buffer back. Nobody may use it any more. */
    synchronized void release(ByteBuffer buffer) {
        free.add(buffer);
        free.sort(Comparator.comparingInt(ByteBuffer::capacity));
        // One is kept whatever its size: large pictures come in series, too.
        while (free.size() > KEPT || (free.size() > 1 && held() > KEPT_BYTES)) {
            free.remove(0);
        }
    }

    private long held() {
        return free.stream().mapToLong(ByteBuffer::capacity).sum();
    }
}
