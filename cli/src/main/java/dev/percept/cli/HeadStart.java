package dev.percept.cli;

import dev.percept.NativeLibraries;
import java.util.List;
import javax.imageio.spi.IIORegistry;
import org.jspecify.annotations.Nullable;

/**
 * What scoring needs in any case, begun on another thread while the command line is taken apart and the model is looked at: ONNX Runtime,
 * and ImageIO's list of readers.
 */
final class HeadStart {
    private final @Nullable Thread thread;

    private HeadStart(@Nullable Thread thread) {
        this.thread = thread;
    }

    /** Begins, where a command line is sure to score and doesn't say where ONNX Runtime lies. */
    static HeadStart of(String[] args) {
        if (!isOfUseTo(List.of(args))) {
            return new HeadStart(null);
        }
        Thread thread = new Thread(HeadStart::load, "percept-head-start");
        thread.setDaemon(true);
        thread.start();
        return new HeadStart(thread);
    }

    static boolean isOfUseTo(List<String> args) {
        return !args.isEmpty()
                && args.get(0).equals("score")
                && args.stream()
                        .noneMatch(
                                word -> word.startsWith("--native-dir") || word.equals("--help") || word.equals("-h"));
    }

    private static void load() {
        try {
            NativeLibraries.load();
            IIORegistry.getDefaultInstance();
        } catch (RuntimeException e) {
            // Thrown again to whoever needs it; where nobody does, it is of no interest.
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
