package dev.percept.onnx;

import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtLoggingLevel;
import ai.onnxruntime.OrtSession;
import ai.onnxruntime.providers.OrtCUDAProviderOptions;
import ai.onnxruntime.providers.OrtTensorRTProviderOptions;
import dev.percept.CudaOptions;
import dev.percept.Kernels;
import dev.percept.PerceptHome;
import dev.percept.Precision;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * How sessions are set up on an execution provider.
 *
 * @param threads inside an operator, on the CPU
 * @param precision to compute in
 * @param cuda how to run on a GPU
 * @param kernels for convolutions, on the CPU
 * @param referenceCacheBytes that references' features may take which are kept for later calls, on the CPU
 */
public record SessionSettings(
        int threads, Precision precision, CudaOptions cuda, Kernels kernels, long referenceCacheBytes) {
    /** For benchmarks: the folder in which each session that is closed leaves ONNX Runtime's own profile of its operators. */
    public static final String PROFILE_PROPERTY = "percept.profile";

    private static final AtomicInteger PROFILES = new AtomicInteger();

    SessionSettings(int threads, Precision precision, CudaOptions cuda) {
        this(threads, precision, cuda, Kernels.PLAIN, 0);
    }

    /**
     * Session options. The caller closes them.
     *
     * @param externalData the folder that external weights lie in, for a model that is given as bytes, or null
     */
    OrtSession.SessionOptions options(Execution execution, @Nullable Path externalData) throws OrtException {
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
            if (externalData != null) {
                options.addConfigEntry("session.model_external_initializers_file_folder_path", externalData.toString());
            }
            String profiles = System.getProperty(PROFILE_PROPERTY);
            if (profiles != null) {
                // ONNX Runtime adds the second it was opened in, which sessions may share.
                options.enableProfiling(profiles + "/session-" + PROFILES.incrementAndGet());
            }
            if (execution.gpu() != null) {
                addGpu(options, execution.gpu());
            }
            return options;
        } catch (Throwable e) {
            options.close();
            throw e;
        }
    }

    private void addGpu(OrtSession.SessionOptions options, int gpu) throws OrtException {
        if (cuda.tensorRt()) {
            try (OrtTensorRTProviderOptions tensorRt = new OrtTensorRTProviderOptions(gpu)) {
                tensorRt.add("trt_fp16_enable", precision == Precision.FP16 ? "1" : "0");
                Path cache = PerceptHome.ofUser().cache().resolve("tensorrt");
                if (isFolder(cache)) {
                    // An engine takes minutes to build, and fits this GPU and this graph only; TensorRT names it so.
                    tensorRt.add("trt_engine_cache_enable", "1");
                    tensorRt.add("trt_engine_cache_path", cache.toString());
                    tensorRt.add("trt_timing_cache_enable", "1");
                    tensorRt.add("trt_timing_cache_path", cache.toString());
                }
                options.addTensorrt(tensorRt);
            }
        }
        try (OrtCUDAProviderOptions provider = new OrtCUDAProviderOptions(gpu)) {
            // Without it, ONNX Runtime also keeps half-precision convolutions off the tensor cores.
            provider.add("use_tf32", precision == Precision.FP32 ? "0" : "1");
            provider.add("cudnn_conv_algo_search", cuda.convolutionSearch().name());
            provider.add("arena_extend_strategy", cuda.arena().option());
            provider.add("prefer_nhwc", cuda.nhwc() ? "1" : "0");
            if (cuda.memoryBytes() > 0) {
                provider.add("gpu_mem_limit", Long.toString(cuda.memoryBytes()));
            }
            options.addCUDA(provider);
        }
    }

    /** Without a cache, engines are built again by each process: slow, but no reason to fail. */
    private static boolean isFolder(Path cache) {
        try {
            Files.createDirectories(cache);
            return true;
        } catch (IOException e) {
            System.getLogger(SessionSettings.class.getName())
                    .log(System.Logger.Level.WARNING, "TensorRT's engines can't be kept in " + cache, e);
            return false;
        }
    }

    /** The provider's name in results: {@code cpu}, {@code cuda:N} or {@code tensorrt:N}. */
    String provider(Execution execution) {
        return execution.gpu() == null ? "cpu" : (cuda.tensorRt() ? "tensorrt:" : "cuda:") + execution.gpu();
    }

    /** What is really computed in: the CPU knows no TF32. */
    Precision precision(Execution execution) {
        return execution.gpu() == null && precision == Precision.TF32 ? Precision.FP32 : precision;
    }
}
