package dev.percept.image;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryPoolMXBean;
import java.lang.management.MemoryType;
import java.lang.management.MemoryUsage;
import java.util.concurrent.atomic.AtomicLong;

/** Whether the heap has room for what a picture declares, asked before anything is allocated. Thread-safe. */
final class Memory {
    /** What pictures that are being decoded have been granted. */
    private static final AtomicLong GRANTED = new AtomicLong();

    private Memory() {}

    /** What needs the room. */
    interface Work<T> {
        T done() throws IOException;
    }

    /**
     * Does something that allocates about so many bytes.
     *
     * @throws OutOfMemoryError if the heap can't have them, even after a collection
     */
    static <T> T with(long bytes, Work<T> work) throws IOException {
        long wanted = GRANTED.addAndGet(bytes);
        try {
            Runtime runtime = Runtime.getRuntime();
            long unused = runtime.maxMemory() - (runtime.totalMemory() - runtime.freeMemory());
            // Only a lack makes it worth to ask what of that is garbage.
            if (wanted > unused && wanted > runtime.maxMemory() - live()) {
                throw new OutOfMemoryError("a picture of " + (bytes >> 20) + " MiB");
            }
            return work.done();
        } finally {
            GRANTED.addAndGet(-bytes);
        }
    }

    /** What was in use after the last collection. */
    private static long live() {
        long bytes = 0;
        for (MemoryPoolMXBean pool : ManagementFactory.getMemoryPoolMXBeans()) {
            MemoryUsage after = pool.getType() == MemoryType.HEAP ? pool.getCollectionUsage() : null;
            bytes += after == null ? 0 : after.getUsed();
        }
        return bytes;
    }
}
