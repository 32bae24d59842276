package dev.percept.onnx;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.onnxruntime.OrtException;
import dev.percept.DeviceException;
import dev.percept.ModelException;
import dev.percept.image.Pixels;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class GpuHealthTest {
    private static final Pixels PICTURE = new Pixels(2, 1, new byte[6]);
    private final OrtException full = new OrtException(
            "Error code - ORT_RUNTIME_EXCEPTION - message: Non-zero status code returned while running Conv node."
                    + " Status Message: /onnxruntime/core/framework/bfc_arena.cc:359 Failed to allocate memory for"
                    + " requested buffer of size 411041792");
    private final OrtException illegal = new OrtException(
            "Error code - ORT_FAIL - message: CUDA failure 700: an illegal memory access was encountered ; GPU=0 ;"
                    + " hostname=here ; file=/onnxruntime/core/providers/cuda/cuda_call.cc ; line=121");

    @BeforeEach
    @AfterEach
    void noGpuIsLost() {
        GpuHealth.forgetLosses();
    }

    @Test
    void whatAConvolutionDoesNotExplainMayFitInPartsAndIsTheDevicesFault() {
        OrtException unexplained = new OrtException("Non-zero status code returned while running Conv node."
                + " CUDNN_FE failure 11: CUDNN_BACKEND_API_FAILED ; GPU=0 ; hostname=here ; file=/onnxruntime/conv.cc");
        GpuHealth health = new GpuHealth(new Execution(0, null));
        assertThat(health.mayFitInParts(unexplained)).isTrue();
        assertThat(health.failure("vgg19", PICTURE, unexplained))
                .isInstanceOf(DeviceException.class)
                .hasMessageContaining("CUDNN_FE failure 11")
                .hasMessageNotContaining("hostname");
        assertThat(health.lost()).isNull();
    }

    @Test
    void aGpuIsLostForEverySessionOnIt() {
        GpuHealth one = new GpuHealth(new Execution(0, null));
        GpuHealth other = new GpuHealth(new Execution(0, null));
        GpuHealth elsewhere = new GpuHealth(new Execution(1, null));
        assertThat(one.failure("vgg19", PICTURE, illegal)).isInstanceOf(DeviceException.class);
        assertThat(other.lost()).isEqualTo(one.lost()).isNotNull();
        assertThat(elsewhere.lost()).isNull();
    }

    @Test
    void aFullGpuIsNotALostOne() {
        GpuHealth health = new GpuHealth(new Execution(1, null));
        assertThat(health.failure("vgg19", PICTURE, full))
                .isInstanceOf(DeviceException.class)
                .hasMessageStartingWith("cuda:1: its memory is too small for pictures of 2×1;");
        assertThat(health.lost()).isNull();
        assertThatCode(health::require).doesNotThrowAnyException();
    }

    @Test
    void aLostGpuStaysLostAndSaysWhyWithoutPaths() {
        GpuHealth health = new GpuHealth(new Execution(0, null));
        assertThat(health.failure("vgg19", PICTURE, illegal)).isInstanceOf(DeviceException.class);
        assertThat(health.lost()).contains("700").doesNotContain("/onnxruntime");
        assertThatThrownBy(health::require)
                .isInstanceOf(DeviceException.class)
                .hasMessageContaining("the GPU has been lost")
                .hasMessageContaining("start the program again");
    }

    @Test
    void theCpuHasNoGpuToLose() {
        GpuHealth health = new GpuHealth(Execution.CPU);
        assertThat(health.kind(illegal)).isEqualTo(CudaFailure.OTHER);
        assertThat(health.failure("vgg19", PICTURE, full)).isInstanceOf(ModelException.class);
        assertThat(health.lost()).isNull();
    }
}
