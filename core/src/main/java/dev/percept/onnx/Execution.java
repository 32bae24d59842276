package dev.percept.onnx;

import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtLoggingLevel;
import ai.onnxruntime.OrtProvider;
import ai.onnxruntime.OrtSession;
import ai.onnxruntime.providers.OrtCUDAProviderOptions;
import dev.percept.Device;
import dev.percept.DeviceException;
import dev.percept.PerceptException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The execution provider that was chosen for a device, and why.
 *
 * @param gpu index of the GPU, or null for the CPU
 * @param fallback why {@code auto} did not take the GPU, or null
 */
record Execution(@Nullable Integer gpu, @Nullable String fallback) {
    /** What holds native sessions. */
    interface Sessions extends AutoCloseable {
        @Override
        void close() throws OrtException;
    }

    /** A session of some kind on a provider, or ONNX Runtime's refusal. */
    interface Attempt<T extends Sessions> {
        T on(Execution execution) throws OrtException;
    }

    /**
     * Tries a device, and for {@code auto} the CPU after it.
     *
     * @throws DeviceException if CUDA was asked for and isn't to be had
     * @throws OrtException if the CPU can't do it either
     */
    static <T extends Sessions> T on(Device device, Attempt<T> attempt) throws OrtException {
        Execution cpu = new Execution(null, null);
        if (device instanceof Device.Cpu) {
            return attempt.on(cpu);
        }
        int index = device instanceof Device.Cuda cuda ? cuda.index() : 0;
        String reason;
        if (!OnnxRuntime.available().contains(OrtProvider.CUDA)) {
            reason = "this ONNX Runtime was built without CUDA";
        } else if (CudaLibraries.find().driverMissing()) {
            reason = "there is no NVIDIA driver (libcuda.so.1 was not found)";
        } else {
            try {
                return attempt.on(new Execution(index, null));
            } catch (OrtException e) {
                if (device instanceof Device.Cuda) {
                    requireCpuAccepts(attempt);
                }
                reason = refusal(e);
            }
        }
        if (device instanceof Device.Cuda) {
            throw new DeviceException(
                    device.toString(),
                    "it can't be used: " + reason,
                    "see: percept doctor, or use --device cpu; a build for GPUs is made with -Pcuda");
        }
        return attempt.on(new Execution(null, reason));
    }

    /** Throws what the CPU says where it refuses as well: then the model is at fault, and not the device. */
    private static <T extends Sessions> void requireCpuAccepts(Attempt<T> attempt) throws OrtException {
        attempt.on(new Execution(null, null)).close();
    }

    /** ONNX Runtime's refusal in one line, with the libraries that were not found, and without paths of this machine. */
    private static String refusal(OrtException e) {
        List<String> missing = CudaLibraries.find().missing();
        String said = PerceptException.reason(e).replaceAll("\\S*/(\\S+)", "$1");
        return "CUDA refused: " + (said.length() > 200 ? said.substring(0, 200) + "…" : said)
                + (missing.isEmpty() ? "" : " (not found: " + String.join(", ", missing) + ")");
    }

    /** The provider's name in results. */
    String provider() {
        return gpu == null ? "cpu" : "cuda:" + gpu;
    }

    /** Session options for this provider. The caller closes them. */
    OrtSession.SessionOptions options(int threads) throws OrtException {
        OrtSession.SessionOptions options = new OrtSession.SessionOptions();
        try {
            // Explicit, because ONNX Runtime's own guess ignores cpusets and quotas (#10113, #8313).
            options.setIntraOpNumThreads(threads);
            options.setInterOpNumThreads(1);
            // Its errors are thrown as well, and said once is enough.
            options.setSessionLogLevel(OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL);
            // Patterns are kept per input shape: with free sizes that is a leak, and it costs memory without gain.
            options.setMemoryPatternOptimization(false);
            // Idle pools of several sessions would otherwise spin against each other.
            options.addConfigEntry("session.force_spinning_stop", "1");
            if (gpu != null) {
                try (OrtCUDAProviderOptions cuda = new OrtCUDAProviderOptions(gpu)) {
                    cuda.add("use_tf32", "0");
                    cuda.add("cudnn_conv_algo_search", "HEURISTIC");
                    cuda.add("arena_extend_strategy", "kSameAsRequested");
                    options.addCUDA(cuda);
                }
            }
            return options;
        } catch (Throwable e) {
            options.close();
            throw e;
        }
    }
}
