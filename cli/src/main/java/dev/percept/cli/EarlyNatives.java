package dev.percept.cli;

import dev.percept.NativeLibraries;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Loads ONNX Runtime on another thread while the command line is taken apart and the model is looked at. */
final class EarlyNatives {
    private final @Nullable Thread thread;

    private EarlyNatives(@Nullable Thread thread) {
        this.thread = thread;
    }

    /** Begins, where a command line is sure to need it and doesn't say where it lies. */
    static EarlyNatives of(String[] args) {
        if (!areNeededBy(List.of(args))) {
            return new EarlyNatives(null);
        }
        Thread thread = new Thread(EarlyNatives::load, "percept-natives");
        thread.setDaemon(true);
        thread.start();
        return new EarlyNatives(thread);
    }

    static boolean areNeededBy(List<String> args) {
        return !args.isEmpty()
                && args.get(0).equals("score")
                && args.stream()
                        .noneMatch(
                                word -> word.startsWith("--native-dir") || word.equals("--help") || word.equals("-h"));
    }

    private static void load() {
        try {
            NativeLibraries.load();
        } catch (RuntimeException e) {
            // Thrown again to whoever loads a model; where nobody does, it is of no interest.
        }
    }

    /** Waits until it is done: a process that ends while native code starts may crash. */
    void await() {
        if (thread != null) {
            try {
                thread.join();
            } catch (InterruptedException e) {
                // The process is about to end anyway.
                Thread.currentThread().interrupt();
            }
        }
    }
}
