package dev.percept.onnx;

import ai.onnxruntime.OrtException;
import dev.percept.DeviceException;
import dev.percept.ModelException;
import dev.percept.PerceptException;
import dev.percept.image.Pixels;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Whether a session's device still works, and what its errors mean. After some errors CUDA answers every later call in the same
 * process with the same error, whichever session makes it, so that nothing but a new process helps. Thread-safe.
 */
final class GpuHealth {
    /** Why, by the GPU's index. */
    private static final Map<Integer, String> LOST = new ConcurrentHashMap<>();

    private final Execution execution;

    GpuHealth(Execution execution) {
        this.execution = execution;
    }

    /** Why nothing can be run any more, or null. */
    @Nullable
    String lost() {
        return execution.gpu() == null ? null : LOST.get(execution.gpu());
    }

    /** For tests, which have no GPU to lose. */
    static void forgetLosses() {
        LOST.clear();
    }

    /** @throws DeviceException if the GPU has been lost */
    void require() {
        String reason = lost();
        if (reason != null) {
            throw lostGpu(reason, null);
        }
    }

    /** Whether an error means that a smaller run may succeed. */
    boolean mayFitInParts(OrtException e) {
        CudaFailure kind = kind(e);
        return kind == CudaFailure.OUT_OF_MEMORY || kind == CudaFailure.UNCLEAR;
    }

    /** What an error of a run means. */
    CudaFailure kind(OrtException e) {
        return execution.gpu() == null ? CudaFailure.OTHER : CudaFailure.of(e);
    }

    /**
     * The exception for a run that failed; notes it if the GPU is lost. What is wrong with a device may be shown to anybody, so it
     * names no model's file.
     *
     * @param model that messages call it
     * @param picture one of those that were run
     */
    PerceptException failure(String model, Pixels picture, OrtException e) {
        return switch (kind(e)) {
            case OUT_OF_MEMORY ->
                new DeviceException(
                        gpu(),
                        "its memory is too small for pictures of " + picture.size(),
                        "scale them, end what else uses the GPU, raise --gpu-memory where it is set, or use --device cpu",
                        e);
            case DEVICE_LOST -> {
                String reason = CudaError.brief(e);
                LOST.put(Objects.requireNonNull(execution.gpu()), reason);
                yield lostGpu(reason, e);
            }
            case UNCLEAR ->
                new DeviceException(
                        gpu(),
                        "it failed on pictures of " + picture.size() + " (" + CudaError.brief(e) + ")",
                        "try again with less on the GPU, or use --device cpu; percept doctor says whether it works",
                        e);
            case OTHER ->
                new ModelException(
                        model,
                        "it fails on a picture of " + picture.size() + ": " + e.getMessage(),
                        "state in its spec which sizes (input.size) and batches (input.batch) it accepts",
                        e);
        };
    }

    private DeviceException lostGpu(String reason, @Nullable Throwable cause) {
        String problem = "the GPU has been lost (" + reason + ")";
        String remedy = "start the program again, and see: percept doctor";
        return cause == null
                ? new DeviceException(gpu(), problem, remedy)
                : new DeviceException(gpu(), problem, remedy, cause);
    }

    private String gpu() {
        return "cuda:" + execution.gpu();
    }
}
