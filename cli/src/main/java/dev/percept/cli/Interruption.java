package dev.percept.cli;

import java.lang.reflect.Proxy;
import java.util.Map;

/**
 * INT, TERM and HUP end the process at once, with the exit code that shells expect. Java's own way runs C's exit handlers beside
 * threads that are inside ONNX Runtime, which then crashes. Nothing is lost: what is written is written beside and moved.
 */
final class Interruption {
    private static final Map<String, Integer> EXIT_CODES = Map.of("HUP", 129, "INT", 130, "TERM", 143);

    private Interruption() {}

    static void endsTheProcess() {
        EXIT_CODES.forEach((name, code) -> {
            try {
                handle(name, () -> Runtime.getRuntime().halt(code));
            } catch (ReflectiveOperationException | RuntimeException e) {
                // Under -Xrs, or where there is no such signal, the JVM's own way has to do.
                System.getLogger(Interruption.class.getName()).log(System.Logger.Level.DEBUG, "can't catch " + name, e);
            }
        });
    }

    /** By reflection: javac warns of {@code sun.misc.Signal} in a way that can't be suppressed, and there is no other API. */
    private static void handle(String name, Runnable action) throws ReflectiveOperationException {
        Class<?> signal = Class.forName("sun.misc.Signal");
        Class<?> handler = Class.forName("sun.misc.SignalHandler");
        Object receiver = Proxy.newProxyInstance(
                Interruption.class.getClassLoader(), new Class<?>[] {handler}, (proxy, method, arguments) -> {
                    if (method.getName().equals("handle")) {
                        action.run();
                    }
                    return null;
                });
        Object caught = signal.getConstructor(String.class).newInstance(name);
        signal.getMethod("handle", signal, handler).invoke(null, caught, receiver);
    }
}
