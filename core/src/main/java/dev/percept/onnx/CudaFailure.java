package dev.percept.onnx;

import ai.onnxruntime.OrtException;
import java.util.Set;
import java.util.regex.Pattern;

/** What an error of the CUDA provider means for what was asked of it. */
enum CudaFailure {
    /** The GPU's memory is too small for this run; a smaller one may fit. */
    OUT_OF_MEMORY,
    /** The GPU, its driver or the process's CUDA context is gone: nothing will run on it in this process. */
    DEVICE_LOST,
    /**
     * A library of CUDA's failed without saying why. The GPU's memory may be short, or the GPU be gone: then the next call says
     * so.
     */
    UNCLEAR,
    /** Anything else: this run failed, and would again. */
    OTHER;

    // ONNX Runtime's arena (bfc_arena.cc). It says so whatever cudaMalloc said, even where the GPU is lost:
    // then the smaller run fails as well, in the end by something else.
    private static final Pattern ARENA = Pattern.compile("Failed to allocate memory for requested buffer of size"
            + "|Available memory of \\d+ is smaller than requested bytes of"
            + "|Failed to find a free memory block despite calling Extend");

    // cuBLAS's CUBLAS_STATUS_ALLOC_FAILED (3), in words or by name; cuDNN 8's, and cuDNN 9's of host and device.
    private static final Pattern ALLOCATION = Pattern.compile(
            "CUBLAS failure 3:|CU\\w+_STATUS_ALLOC_FAILED|CUDNN_STATUS_INTERNAL_ERROR_\\w+_ALLOCATION_FAILED");

    // A convolution's graph or a kernel failed: cuDNN's frontend (CUDNN_FE), whatever happened;
    // CUBLAS_STATUS_MAPPING_ERROR (11),
    // CUBLAS_STATUS_EXECUTION_FAILED (13), and cuDNN's own, which also come where a kernel could not be loaded for want
    // of memory.
    private static final Pattern UNEXPLAINED = Pattern.compile(
            "CUDNN_FE failure|CUBLAS failure 1[13]:|CUBLAS_STATUS_EXECUTION_FAILED|CUDNN_STATUS_EXECUTION_FAILED");

    // Those of CUDA's errors (driver_types.h) after which "any further CUDA work will return the same error",
    // and those that say that the driver or the GPU isn't there (any more).
    private static final int[] LOST_CODES = {
        3, 4, 46, 100, 101, 201, 214, 220, 226, 700, 702, 709, 710, 714, 715, 716, 717, 718, 719, 721, 802, 803, 805,
        806, 807, 810, 999
    };

    private static final Set<String> LOST_NAMES = Set.of(
            "cudaErrorInitializationError",
            "cudaErrorCudartUnloading",
            "cudaErrorDevicesUnavailable",
            "cudaErrorNoDevice",
            "cudaErrorInvalidDevice",
            "cudaErrorDeviceUninitialized",
            "cudaErrorECCUncorrectable",
            "cudaErrorNvlinkUncorrectable",
            "cudaErrorContained",
            "cudaErrorIllegalAddress",
            "cudaErrorLaunchTimeout",
            "cudaErrorContextIsDestroyed",
            "cudaErrorAssert",
            "cudaErrorHardwareStackError",
            "cudaErrorIllegalInstruction",
            "cudaErrorMisalignedAddress",
            "cudaErrorInvalidAddressSpace",
            "cudaErrorInvalidPc",
            "cudaErrorLaunchFailure",
            "cudaErrorTensorMemoryLeak",
            "cudaErrorSystemNotReady",
            "cudaErrorSystemDriverMismatch",
            "cudaErrorUnknown");

    /** Tells them apart by what ONNX Runtime says. */
    static CudaFailure of(OrtException e) {
        return of(String.valueOf(e.getMessage()));
    }

    static CudaFailure of(String message) {
        CudaError error = CudaError.in(message);
        if (error != null && (error.isCuda(LOST_CODES) || LOST_NAMES.contains(error.name()))) {
            return DEVICE_LOST;
        }
        if (error != null && (error.isCuda(2) || error.name().equals("cudaErrorMemoryAllocation"))) {
            return OUT_OF_MEMORY;
        }
        if (ALLOCATION.matcher(message).find() || ARENA.matcher(message).find()) {
            return OUT_OF_MEMORY;
        }
        return UNEXPLAINED.matcher(message).find() ? UNCLEAR : OTHER;
    }
}
