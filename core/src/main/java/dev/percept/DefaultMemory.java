package dev.percept;

import com.sun.management.OperatingSystemMXBean;
import java.lang.management.ManagementFactory;

/** How much memory evaluating one picture may take where nobody says. */
final class DefaultMemory {
    private static final long LEAST = 256L << 20;

    /** From here on, windows are so large that their halos cost little. */
    private static final long MOST = 1L << 30;

    /** Pictures up to this size fit into the least, so that nobody needs to know more: finding out costs a cold start 50 ms. */
    private static final long SMALL = 1 << 17;

    private DefaultMemory() {}

    /** What is found out when it is first needed. */
    private static final class Machine {
        private static final long BYTES = bytes();

        private static long bytes() {
            // In a container, what it is limited to.
            long all = ManagementFactory.getOperatingSystemMXBean() instanceof OperatingSystemMXBean system
                    ? system.getTotalMemorySize()
                    : Long.MAX_VALUE;
            long beside = all - Runtime.getRuntime().maxMemory();
            return Math.max(LEAST, Math.min(MOST, beside / 2));
        }
    }

    /** In bytes, for a picture of so many pixels. */
    static long bytes(long pixels) {
        return pixels <= SMALL ? LEAST : Machine.BYTES;
    }
}
