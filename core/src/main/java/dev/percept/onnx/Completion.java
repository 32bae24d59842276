package dev.percept.onnx;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;

/** Waiting for a future, as if its work had been done by the thread that waits. */
public final class Completion {
    private Completion() {}

    /** What the future comes to; throws what it failed with, if that is unchecked, and not what wraps it. */
    public static <T> T of(CompletableFuture<T> future) {
        try {
            return future.join();
        } catch (CompletionException e) {
            if (e.getCause() instanceof Error error) {
                throw error;
            }
            throw e.getCause() instanceof RuntimeException cause ? cause : e;
        }
    }
}
