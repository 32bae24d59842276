package dev.percept.onnx;

import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Supplier;

/**
 * The thread on which everything runs that runs on one GPU. ONNX Runtime keeps cuDNN handles and workspaces for each thread that it
 * meets (microsoft/onnxruntime#29351), and runs at the same time would only share the GPU and multiply the memory. It lives as
 * long as the process.
 */
final class GpuThread {
    private static final Map<String, GpuThread> THREADS = new ConcurrentHashMap<>();

    private final ExecutorService executor;
    /** Set before anything is run. */
    private final ThreadLocal<Boolean> here = ThreadLocal.withInitial(() -> false);

    private GpuThread(String name) {
        this.executor = Executors.newSingleThreadExecutor(run -> {
            Thread thread = new Thread(
                    () -> {
                        here.set(true);
                        run.run();
                    },
                    "percept-" + name);
            thread.setDaemon(true);
            return thread;
        });
    }

    /** @param provider as results name it */
    static GpuThread of(String provider) {
        return THREADS.computeIfAbsent(provider, GpuThread::new);
    }

    <T> CompletableFuture<T> submit(Supplier<T> work) {
        return CompletableFuture.supplyAsync(work, executor);
    }

    /** Runs there and waits; if this is that thread, runs at once. */
    <T> T call(Supplier<T> work) {
        return here.get() ? work.get() : Completion.of(submit(work));
    }
}
