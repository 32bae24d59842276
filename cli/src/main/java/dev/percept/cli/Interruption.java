package dev.percept.cli;

import dev.percept.NativeLibraries;
import dev.percept.terminal.Signals;
import java.util.Map;

/**
 * INT, TERM and HUP end the process at once, with the exit code that shells expect. Java's own way runs C's exit handlers beside
 * threads that are inside ONNX Runtime, which then crashes. Nothing is lost: what is written is written beside and moved.
 */
final class Interruption {
    private static final Map<String, Integer> EXIT_CODES = Map.of("HUP", 129, "INT", 130, "TERM", 143);

    private Interruption() {}

    static void endsTheProcess() {
        EXIT_CODES.forEach((name, code) -> Signals.on(name, () -> NativeLibraries.halt(code)));
    }
}
