package dev.percept.server;

import dev.percept.NativeLibraries;
import dev.percept.terminal.Signals;
import java.util.concurrent.CountDownLatch;

/**
 * TERM and INT, caught. A shutdown hook would not do: the JVM would then exit with 143, and run ONNX Runtime's own hook
 * beside requests that are being scored.
 */
final class StopSignal {
    private final CountDownLatch received = new CountDownLatch(1);
    private volatile boolean armed;

    private StopSignal() {}

    static StopSignal install() {
        StopSignal stop = new StopSignal();
        Signals.on("TERM", stop::receive);
        Signals.on("INT", stop::receive);
        return stop;
    }

    private void receive() {
        if (!armed) {
            // Nothing can have been admitted yet, and loading a model can't be interrupted.
            NativeLibraries.halt(Main.OK);
        }
        received.countDown();
    }

    /** From now on a signal is for {@link #await()}; before, it ends the process at once. */
    void arm() {
        armed = true;
    }

    /** Waits for the first of them. */
    void await() throws InterruptedException {
        received.await();
    }
}
