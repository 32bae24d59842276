package dev.percept.terminal;

import java.lang.reflect.Proxy;

/** Signals of the operating system, caught. */
public final class Signals {
    private Signals() {}

    /**
     * Does this on a signal, on a thread of its own, instead of what the JVM does. Under {@code -Xrs}, or where there is no such
     * signal, nothing changes.
     *
     * @param name without {@code SIG}
     */
    public static void on(String name, Runnable action) {
        try {
            handle(name, action);
        } catch (ReflectiveOperationException | RuntimeException e) {
            System.getLogger(Signals.class.getName()).log(System.Logger.Level.DEBUG, "can't catch " + name, e);
        }
    }

    /** By reflection: javac warns of {@code sun.misc.Signal} in a way that can't be suppressed, and there is no other API. */
    private static void handle(String name, Runnable action) throws ReflectiveOperationException {
        Class<?> signal = Class.forName("sun.misc.Signal");
        Class<?> handler = Class.forName("sun.misc.SignalHandler");
        Object receiver = Proxy.newProxyInstance(
                Signals.class.getClassLoader(), new Class<?>[] {handler}, (proxy, method, arguments) -> {
                    if (method.getName().equals("handle")) {
                        action.run();
                    }
                    return null;
                });
        Object caught = signal.getConstructor(String.class).newInstance(name);
        signal.getMethod("handle", signal, handler).invoke(null, caught, receiver);
    }
}
