package dev.percept.onnx;

import static org.assertj.core.api.Assertions.assertThat;

import ai.onnxruntime.OrtException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Every way to refuse the GPU has a reason that may be shown to anybody, and a remedy. The messages are ONNX Runtime 1.28.0's. */
@EnabledOnOs(OS.LINUX)
class CudaRefusalTest {
    private static final List<String> LINKED =
            List.of("libcublasLt.so.12", "libcublas.so.12", "libcurand.so.10", "libcudart.so.12", "libcuda.so.1");
    private static final List<String> CUDNN = List.of(
            "libcudnn.so.9",
            "libcudnn_graph.so.9",
            "libcudnn_ops.so.9",
            "libcudnn_cnn.so.9",
            "libcudnn_heuristic.so.9",
            "libcudnn_engines_precompiled.so.9",
            "libcudnn_engines_runtime_compiled.so.9");

    @TempDir
    Path folder = Path.of("");

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "34|CUDA driver is a stub library|is a stub|out of LD_LIBRARY_PATH",
                "35|CUDA driver version is insufficient for CUDA runtime version|too old for CUDA 12|install driver 525 or newer",
                "46|CUDA-capable device(s) is/are busy or unavailable|GPU 2 is busy|nvidia-smi",
                "100|no CUDA-capable device is detected|no GPU is visible|CUDA_VISIBLE_DEVICES",
                "101|invalid device ordinal|there is no GPU 2|--device cuda:N",
                "2|out of memory|memory of GPU 2 is too small|nvidia-smi",
                "209|no kernel image is available for execution on the device|no code for GPU 2|--native-dir",
                "802|system not yet initialized|does not work on GPU 2|nvidia-smi",
                "803|system has unsupported display driver / cuda driver combination|does not work on GPU 2|restart"
            })
    void cudaErrors(int code, String text, String reason, String remedy) throws IOException {
        whole();
        Obstacle obstacle =
                known("/onnxruntime_src/onnxruntime/core/providers/cuda/cuda_execution_provider_info.cc:62 static"
                        + " onnxruntime::CUDAExecutionProviderInfo onnxruntime::CUDAExecutionProviderInfo::FromProviderOptions("
                        + "const onnxruntime::ProviderOptions&) [ONNXRuntimeError] : 1 : FAIL : provider_options_utils.h:187"
                        + " Parse Failed to parse provider option \"device_id\": CUDA failure " + code + ": " + text
                        + " ; GPU=-1 ; hostname=secret ; file=/onnxruntime_src/onnxruntime/core/providers/cuda/"
                        + "cuda_execution_provider_info.cc ; line=69 ; expr=cudaGetDeviceCount(&num_devices); ");
        assertThat(obstacle.reason()).contains(reason);
        assertThat(obstacle.remedy()).contains(remedy);
    }

    @Test
    void anIndexThatIsTooHigh() throws IOException {
        whole();
        String refusal = "provider_options_utils.h:187 Parse Failed to parse provider option \"device_id\":"
                + " cuda_execution_provider_info.cc:70 operator() Invalid device ID: 2, must be between 0 (inclusive) and %d"
                + " (exclusive).";
        Obstacle obstacle = known(refusal.formatted(1));
        assertThat(obstacle.reason()).isEqualTo("there is no GPU 2: this machine has 1, counted from 0");
        assertThat(obstacle.remedy()).contains("--device cuda:N");
        assertThat(known(refusal.formatted(0)).reason()).contains("no GPU is visible");
    }

    @Test
    void missingLibrariesAreAllNamed() {
        Obstacle obstacle = known(notOpened("libcublasLt.so.12"));
        assertThat(obstacle.reason())
                .contains(
                        "needs CUDA 12",
                        "libcuda.so.1 (the NVIDIA driver's)",
                        "libcublas.so.12",
                        "libcudnn.so.9 were not found")
                .doesNotContain("libcudnn_");
        assertThat(obstacle.remedy())
                .isEqualTo(
                        "install the NVIDIA driver (525 or newer), CUDA 12, cuDNN 9 for CUDA 12 and name the folders in"
                                + " LD_LIBRARY_PATH");
    }

    @Test
    void theDriverAlone() throws IOException {
        whole();
        Files.delete(folder.resolve("libcuda.so.1"));
        Obstacle obstacle = known(notOpened("libcuda.so.1"));
        assertThat(obstacle.reason())
                .isEqualTo("this ONNX Runtime needs CUDA 12, and libcuda.so.1 (the NVIDIA driver's) was not found");
        assertThat(obstacle.remedy())
                .startsWith("install the NVIDIA driver (525 or newer)")
                .contains("--gpus all");
    }

    @Test
    void anotherVersion() throws IOException {
        whole();
        Files.move(folder.resolve("libcublas.so.12"), folder.resolve("libcublas.so.13"));
        Obstacle obstacle = known(notOpened("libcublas.so.12"));
        assertThat(obstacle.reason())
                .isEqualTo(
                        "this ONNX Runtime needs CUDA 12, and libcublas.so.13 is there, but libcublas.so.12 is needed");
        assertThat(obstacle.remedy()).contains("install CUDA 12", "--native-dir");
    }

    @Test
    void aFileThatIsNoLibrary() throws IOException {
        whole();
        Files.write(folder.resolve("libcurand.so.10"), new byte[0]);
        assertThat(known(loader(folder.resolve("libcurand.so.10") + ": file too short"))
                        .reason())
                .contains("libcurand.so.10 can't be loaded: it is empty");
    }

    @Test
    void aLibraryThatOnlyTheLoaderMisses() throws IOException {
        whole();
        assertThat(known(notOpened("libother.so.7")).reason()).contains("libother.so.7 was not found by the loader");
        assertThat(known(loader("/x/libcudart.so.12: undefined symbol: f")).reason())
                .endsWith("can't be loaded: libcudart.so.12: undefined symbol: f");
    }

    @ParameterizedTest
    @ValueSource(strings = {"/secret/", "/tmp/acme secret/client secret/n13/", "/tmp/Fürst secret/größe/"})
    void noPieceOfAPathIsSaid(String path) throws IOException {
        String library = path + "libonnxruntime_providers_cuda.so";
        assertThat(known(loader(library, "libcudart.so.12: cannot open shared object file: No such file or directory"))
                        .reason())
                .isEqualTo(known(notOpened("libcudart.so.12")).reason())
                .contains("libcublas.so.12");
        whole();
        assertThat(known(loader(library, path + "libcudart.so.12: undefined symbol: f"))
                        .reason())
                .isEqualTo("its CUDA provider can't be loaded: libcudart.so.12: undefined symbol: f");
        assertThat(known(loader(
                                library,
                                path + "libcudart.so.12: version `libcudart.so.12' not found (required by " + library
                                        + ")\n"))
                        .reason())
                .isEqualTo("its CUDA provider can't be loaded: libcudart.so.12: version `libcudart.so.12' not found"
                        + " (required by libonnxruntime_providers_cuda.so)");
        assertThat(CudaRefusal.unknown(exception("Load model from " + path + "model.onnx failed"))
                        .reason())
                .isEqualTo("CUDA refused: Load model from model.onnx failed");
    }

    @Test
    void tensorRtThatIsNotThere() throws IOException {
        whole();
        String library = "/secret/libonnxruntime_providers_tensorrt.so";
        Obstacle obstacle =
                known(loader(library, "libnvinfer.so.10: cannot open shared object file: No such file or directory"));
        assertThat(obstacle.reason())
                .isEqualTo("TensorRT 10 is needed for --tensorrt, and libnvinfer.so.10 was not found");
        assertThat(obstacle.remedy())
                .isEqualTo("install TensorRT 10 and name its folder in LD_LIBRARY_PATH, or leave --tensorrt out");
        assertThat(known(loader(library, "undefined symbol: f")).reason())
                .isEqualTo("its TensorRT provider can't be loaded: undefined symbol: f");
    }

    /** libcudnn.so.9 ends the process where it can't open the others, so it must not be tried. */
    @Test
    void halfOfCudnnIsRefusedBeforehand() throws IOException {
        whole();
        assertThat(refusal().beforehand()).isNull();
        Files.delete(folder.resolve("libcudnn_ops.so.9"));
        assertThat(refusal().beforehand()).isNotNull().satisfies(obstacle -> {
            assertThat(obstacle.reason()).contains("libcudnn_ops.so.9 was not found");
            assertThat(obstacle.remedy()).contains("cuDNN 9 for CUDA 12");
        });
        Files.delete(folder.resolve("libcudnn.so.9"));
        assertThat(refusal().beforehand()).isNull();
    }

    /** ONNX Runtime takes CUDA without cuDNN, and fails in the first convolution. */
    @Test
    void withoutCudnnASessionIsOfNoUse() throws IOException {
        whole();
        Files.delete(folder.resolve("libcudnn.so.9"));
        assertThat(refusal().afterwards())
                .isNotNull()
                .satisfies(obstacle -> assertThat(obstacle.reason()).contains("libcudnn.so.9 was not found"));
    }

    /** What Java says of the folder that it was given. */
    @Test
    void aProviderThatIsNotThere() throws IOException {
        whole();
        assertThat(known("Failed to find CUDA shared provider").reason())
                .isEqualTo("libonnxruntime_providers_cuda.so isn't among its natives");
        Obstacle obstacle = known("Failed to find TensorRT shared provider");
        assertThat(obstacle.reason()).isEqualTo("libonnxruntime_providers_tensorrt.so isn't among its natives");
        assertThat(obstacle.remedy()).endsWith("or leave --tensorrt out");
    }

    @Test
    void aBindingWithoutCuda() {
        assertThat(known("This binary was not compiled with CUDA support.").remedy())
                .contains("onnxruntime_gpu");
    }

    @Test
    void anythingElseIsShortAndNamesNobody() throws IOException {
        whole();
        OrtException refused =
                exception("Exception during initialization: /onnxruntime_src/onnxruntime/core/x.cc:12 void"
                        + " onnxruntime::F(int) Something in /home/me/model.onnx is odd. " + "x".repeat(500));
        assertThat(refusal().known(refused)).isNull();
        assertThat(CudaRefusal.unknown(refused).reason())
                .startsWith("CUDA refused: Something in model.onnx is odd.")
                .hasSizeLessThan(250);
    }

    private void whole() throws IOException {
        for (String name : LINKED) {
            SharedLibrary.write(folder.resolve(name), "");
        }
        for (String name : CUDNN) {
            SharedLibrary.write(folder.resolve(name), "");
        }
    }

    private CudaRefusal refusal() {
        LoaderFolders folders = new LoaderFolders(List.of(folder), List.of());
        return new CudaRefusal(CudaLibraries.find(LINKED, folders), 2);
    }

    private Obstacle known(String message) {
        Obstacle obstacle = refusal().known(exception(message));
        if (obstacle == null) {
            throw new AssertionError("not known: " + message);
        }
        assertThat(obstacle.reason()).doesNotContain("secret", "onnxruntime_src", folder.toString());
        assertThat(obstacle.remedy()).doesNotContain("secret", folder.toString());
        return obstacle;
    }

    private static String notOpened(String name) {
        return loader(name + ": cannot open shared object file: No such file or directory");
    }

    private static String loader(String said) {
        return loader("/secret/libonnxruntime_providers_cuda.so", said);
    }

    private static String loader(String library, String said) {
        return "/onnxruntime_src/onnxruntime/core/session/provider_bridge_ort.cc:1988 onnxruntime::Provider&"
                + " onnxruntime::ProviderLibrary::Get() [ONNXRuntimeError] : 1 : FAIL : Failed to load library "
                + library + " with error: " + said;
    }

    private static OrtException exception(String message) {
        return new OrtException(OrtException.OrtErrorCode.ORT_FAIL, message);
    }
}
