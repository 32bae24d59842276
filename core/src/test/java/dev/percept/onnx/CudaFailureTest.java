package dev.percept.onnx;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.OperatorSetIdProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import ai.onnx.proto.OnnxMl.TensorShapeProto;
import ai.onnx.proto.OnnxMl.TypeProto;
import ai.onnx.proto.OnnxMl.ValueInfoProto;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import dev.percept.CudaOptions;
import dev.percept.Precision;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What messages of the CUDA provider mean. Those that begin with "Exception during initialization", "Deserialize tensor",
 * "Non-zero status" or a source file are ONNX Runtime 1.28.0's own, provoked by a CUDA runtime whose functions fail on demand;
 * the texts after the codes are those of the runtime, cuBLAS and cuDNN themselves.
 */
class CudaFailureTest {
    private static final String CALL =
            "Error code - ORT_FAIL - message: /onnxruntime_src/onnxruntime/core/providers/cuda/cuda_call.cc:154"
                    + " std::conditional_t<THRW, void, onnxruntime::common::Status> onnxruntime::CudaCall(ERRTYPE, const char*,"
                    + " const char*, SUCCTYPE, const char*, const char*, int) [with ERRTYPE = cudaError; bool THRW = true;"
                    + " SUCCTYPE = cudaError; std::conditional_t<THRW, void, common::Status> = void] ";
    private static final String PLACE =
            " ; GPU=0 ; hostname=vm ; file=/onnxruntime_src/onnxruntime/core/providers/cuda/cuda_execution_provider.cc"
                    + " ; line=345 ; expr=cudaGetDeviceProperties(&device_prop_, info_.device_id); ";

    @ParameterizedTest
    @ValueSource(
            strings = {
                // bfc_arena.cc, Extend: cudaMalloc failed; gpu_mem_limit is reached.
                "Exception during initialization: /onnxruntime_src/onnxruntime/core/framework/bfc_arena.cc:359 void*"
                        + " onnxruntime::BFCArena::AllocateRawInternal(size_t, bool, onnxruntime::Stream*) Failed to allocate"
                        + " memory for requested buffer of size 256",
                "/onnxruntime_src/onnxruntime/core/framework/bfc_arena.cc:359 void*"
                        + " onnxruntime::BFCArena::AllocateRawInternal(size_t, bool, onnxruntime::Stream*) Available memory of"
                        + " 54784 is smaller than requested bytes of 3145728",
                // A kernel's own check.
                "Non-zero status code returned while running Reshape node. Name:'' Status Message: CUDA error"
                        + " cudaErrorMemoryAllocation:out of memory",
                // cuDNN frontend's.
                "Non-zero status code returned while running Conv node. Name:'' Status Message: Failed to initialize CUDNN"
                        + " Frontend CUDNN_STATUS_INTERNAL_ERROR_DEVICE_ALLOCATION_FAILED",
            })
    void memoryThatIsTooSmall(String message) {
        assertThat(CudaFailure.of(message)).isEqualTo(CudaFailure.OUT_OF_MEMORY);
    }

    @ParameterizedTest
    @CsvSource({
        "CUDA, 2, out of memory, OUT_OF_MEMORY",
        "CUBLAS, 3, the resource allocation failed, OUT_OF_MEMORY",
        "CUBLAS, 3, CUBLAS_STATUS_ALLOC_FAILED, OUT_OF_MEMORY",
        "CUDNN, 4003, CUDNN_STATUS_INTERNAL_ERROR_HOST_ALLOCATION_FAILED, OUT_OF_MEMORY",
        "CUDNN, 4004, CUDNN_STATUS_INTERNAL_ERROR_DEVICE_ALLOCATION_FAILED, OUT_OF_MEMORY",
        "CUDA, 46, CUDA-capable device(s) is/are busy or unavailable, DEVICE_LOST",
        "CUDA, 100, no CUDA-capable device is detected, DEVICE_LOST",
        "CUDA, 214, uncorrectable ECC error encountered, DEVICE_LOST",
        "CUDA, 700, an illegal memory access was encountered, DEVICE_LOST",
        "CUDA, 702, the launch timed out and was terminated, DEVICE_LOST",
        "CUDA, 719, unspecified launch failure, DEVICE_LOST",
        "CUDA, 802, system not yet initialized, DEVICE_LOST",
        "CUDA, 999, unknown error, DEVICE_LOST",
        "CUBLAS, 13, the function failed to launch on the GPU, UNCLEAR",
        "CUDNN, 5003, CUDNN_STATUS_EXECUTION_FAILED_CUDART, UNCLEAR",
        "CUDNN_FE, 11, CUDNN_BACKEND_API_FAILED, UNCLEAR",
        "CUDA, 1, invalid argument, OTHER",
        "CUDA, 9, invalid configuration argument, OTHER",
        "CUDA, 209, no kernel image is available for execution on the device, OTHER",
        "CUBLAS, 2, of no CUDA code, OTHER",
        "CUBLAS, 7, an unsupported value or parameter was passed to the function, OTHER",
        "CUDNN, 3000, CUDNN_STATUS_NOT_SUPPORTED, OTHER",
        "CUFFT, 2, CUFFT_ALLOC_FAILED, OTHER"
    })
    void failedCalls(String library, int code, String text, CudaFailure expected) {
        assertThat(CudaFailure.of(CALL + library + " failure " + code + ": " + text + PLACE))
                .isEqualTo(expected);
    }

    @Test
    void aCopyThatFailedWhileTheModelWasLoaded() {
        assertThat(CudaFailure.of(
                        "Error code - ORT_FAIL - message: Deserialize tensor f22 failed.CUDA failure 700: an illegal"
                                + " memory access was encountered ; GPU=0 ; hostname=vm ; file=/onnxruntime_src/onnxruntime/core/"
                                + "providers/cuda/gpu_data_transfer.cc ; line=50 ; expr=cudaMemcpy(dst_data, src_data, bytes,"
                                + " cudaMemcpyHostToDevice); "))
                .isEqualTo(CudaFailure.DEVICE_LOST);
    }

    @Test
    void aKernelThatLostTheDevice() {
        assertThat(CudaFailure.of(
                        "Non-zero status code returned while running Reshape node. Name:'' Status Message: CUDA"
                                + " error cudaErrorIllegalAddress:an illegal memory access was encountered"))
                .isEqualTo(CudaFailure.DEVICE_LOST);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "Got invalid dimensions for input: image for the following indices index: 1 Got: 4 Expected: 3",
                "Non-zero status code returned while running Conv node. Name:'cuda 2: out of memory' Status Message: bad shape",
                ""
            })
    void anythingElse(String message) {
        assertThat(CudaFailure.of(message)).isEqualTo(CudaFailure.OTHER);
    }

    /** The arena's own words, from the CPU's: four petabytes, which no machine has. */
    @Test
    void memoryThatReallyIsTooSmall() throws OrtException {
        ModelProto model = ModelProto.newBuilder()
                .setIrVersion(8)
                .addOpsetImport(OperatorSetIdProto.newBuilder().setVersion(17))
                .setGraph(GraphProto.newBuilder()
                        .setName("test")
                        .addInput(port("shape", TensorProto.DataType.INT64_VALUE))
                        .addNode(NodeProto.newBuilder()
                                .setOpType("ConstantOfShape")
                                .addInput("shape")
                                .addOutput("zeros"))
                        .addOutput(port("zeros", TensorProto.DataType.FLOAT_VALUE)))
                .build();
        OrtEnvironment environment = OnnxRuntime.get().environment();
        try (OrtSession.SessionOptions options =
                        new SessionSettings(1, Precision.FP32, CudaOptions.defaults()).options(Execution.CPU, null);
                OrtSession session = environment.createSession(model.toByteArray(), options);
                OnnxTensor shape = OnnxTensor.createTensor(environment, new long[] {1L << 50})) {
            assertThatThrownBy(() -> session.run(Map.of("shape", shape)))
                    .isInstanceOfSatisfying(
                            OrtException.class,
                            e -> assertThat(CudaFailure.of(e))
                                    .as(e.getMessage())
                                    .isEqualTo(CudaFailure.OUT_OF_MEMORY));
        }
    }

    private static ValueInfoProto port(String name, int type) {
        return ValueInfoProto.newBuilder()
                .setName(name)
                .setType(TypeProto.newBuilder()
                        .setTensorType(TypeProto.Tensor.newBuilder()
                                .setElemType(type)
                                .setShape(TensorShapeProto.newBuilder()
                                        .addDim(TensorShapeProto.Dimension.newBuilder()
                                                .setDimParam(name)))))
                .build();
    }
}
