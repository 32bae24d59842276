package dev.percept.server;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.List;
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
        for (String name : List.of("TERM", "INT")) {
            try {
                stop.handle(name);
            } catch (ReflectiveOperationException | IllegalArgumentException e) {
                // Under -Xrs, or where there is no such signal, the JVM's own way has to do.
                System.getLogger(StopSignal.class.getName()).log(System.Logger.Level.DEBUG, "can't catch " + name, e);
            }
        }
        return stop;
    }

    /** By reflection: javac warns of {@code sun.misc.Signal} in a way that can't be suppressed, and there is no other API. */
    private void handle(String name) throws ReflectiveOperationException {
        Class<?> signal = Class.forName("sun.misc.Signal");
        Class<?> handler = Class.forName("sun.misc.SignalHandler");
        Object receiver = Proxy.newProxyInstance(
                StopSignal.class.getClassLoader(), new Class<?>[] {handler}, (proxy, method, arguments) -> {
                    if (method.getName().equals("handle")) {
                        receive();
                    }
                    return null;
                });
        try {
            Object caught = signal.getConstructor(String.class).newInstance(name);
            signal.getMethod("handle", signal, handler).invoke(null, caught, receiver);
        } catch (InvocationTargetException e) {
            throw new IllegalArgumentException(e.getCause());
        }
    }

    private void receive() {
        if (!armed) {
            // Nothing can have been admitted yet, and loading a model can't be interrupted.
            Runtime.getRuntime().halt(Main.OK);
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
