package dev.percept.dist;

import static org.assertj.core.api.Assertions.assertThat;

import dev.percept.dist.Commands.Outcome;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A release with real natives for CUDA, on a machine that lacks something: the natives' own failures, in one line. */
class CudaIT {
    private static final String DRIVER = "libcuda.so.1";

    private static Release release = new Release(Path.of(""));

    private final Path work;

    CudaIT(@TempDir Path work) {
        this.work = work;
    }

    @BeforeAll
    static void unpack(@TempDir Path shared) throws IOException {
        release = Release.unpack(shared);
    }

    @ParameterizedTest
    @ValueSource(ints = {12, 13})
    void withNothingInstalledEverythingIsNamed(int cuda) throws IOException {
        String refused = refused(cuda, "");
        assertThat(refused)
                .contains("needs CUDA " + cuda, DRIVER, "libcublas.so." + cuda, "libcudart.so." + cuda, "libcudnn.so.9")
                .contains("install the NVIDIA driver", "cuDNN 9 for CUDA " + cuda);
    }

    /** The reason is seen by clients of the service: it names no file of this machine. And the natives are used where they are. */
    @ParameterizedTest
    @ValueSource(ints = {12, 13})
    void autoFallsBackAndSaysWhy(int cuda) throws IOException {
        Outcome outcome = score("auto", environment(cuda, "")).succeeded();
        assertThat(outcome.out())
                .contains("\"provider\": \"cpu\"")
                .containsPattern("\"fallback\": \"[^\"/]*needs CUDA " + cuda + "[^\"/]*libcublas\\.so[^\"/]*\"");
        assertThat(work.resolve("cache")).doesNotExist();
    }

    /** ONNX Runtime names its folder in what it says, and so does Linux's loader. */
    @Test
    void noPieceOfAFoldersNameIsSaid() throws IOException {
        Path natives = copy(CudaParts.natives(13), work.resolve("acme corp/sécret client/n13"));
        Map<String, String> environment = new HashMap<>(environment(13, ""));
        environment.put("PERCEPT_NATIVE_DIR", natives.toString());
        assertThat(score("auto", environment).succeeded().out())
                .containsPattern("\"fallback\": \"this ONNX Runtime needs CUDA 13, and [^\"/]*libcublas\\.so[^\"/]*\"")
                .doesNotContain("acme", "corp", "cret", "client/");
        environment.put("LD_LIBRARY_PATH", stubs(13, "none").toString());
        assertThat(score("auto", environment).succeeded().out())
                .containsPattern("\"fallback\": \"its CUDA provider can't be loaded: lib[^\"/]*\"")
                .doesNotContain("acme", "corp", "cret", "client/");
    }

    @Test
    void aFolderWithoutTheSharedProviderIsRefusedBeforehand() throws IOException {
        Path natives = copy(CudaParts.natives(13), work.resolve("n13"));
        Files.delete(natives.resolve("libonnxruntime_providers_shared.so"));
        Map<String, String> environment = new HashMap<>(environment(13, ""));
        environment.put("PERCEPT_NATIVE_DIR", natives.toString());
        assertThat(score("cuda", environment).err())
                .contains(natives + ": libonnxruntime_providers_shared.so isn't in it")
                .hasLineCount(1);
    }

    @ParameterizedTest
    @ValueSource(ints = {12, 13})
    void tensorRtThatIsNotThere(int cuda) throws IOException {
        Outcome outcome =
                score("cuda", environment(cuda, stubs(cuda, "none").toString()), "--tensorrt", "--precision", "tf32");
        assertThat(outcome.code()).as(outcome.toString()).isEqualTo(5);
        assertThat(outcome.err())
                .contains(
                        "TensorRT 10 is needed for --tensorrt, and libnvinfer.so.10 was not found; install TensorRT 10")
                .doesNotContain("needs CUDA")
                .hasLineCount(1);
    }

    @ParameterizedTest
    @ValueSource(ints = {12, 13})
    void anotherVersionOfCudaIsNamed(int cuda) throws IOException {
        int other = 25 - cuda;
        Path folder = CudaParts.stubs(work.resolve("lib"), CudaParts.libraries(other));
        CudaParts.stubs(folder, List.of(DRIVER));
        assertThat(refused(cuda, folder.toString()))
                .contains("libcublas.so." + other + " is there, but libcublas.so." + cuda + " is needed")
                .contains("install CUDA " + cuda, "--native-dir", "PERCEPT_NATIVE_DIR");
    }

    @ParameterizedTest
    @ValueSource(ints = {12, 13})
    void oneMissingLibraryIsNamedAlone(int cuda) throws IOException {
        String missing = "libcublas.so." + cuda;
        Path folder = stubs(cuda, missing);
        assertThat(refused(cuda, folder.toString()))
                .contains(missing + " was not found; install CUDA " + cuda)
                .doesNotContain("libcublasLt", DRIVER, "libcudnn");
    }

    @ParameterizedTest
    @ValueSource(ints = {12, 13})
    void aFileThatIsNoLibraryIsNamed(int cuda) throws IOException {
        Path folder = stubs(cuda, "libcurand.so.10");
        Files.createFile(folder.resolve("libcurand.so.10"));
        assertThat(refused(cuda, folder.toString())).contains("libcurand.so.10 can't be loaded: it is empty");
    }

    /** The loader accepts the names and misses the functions. */
    @ParameterizedTest
    @ValueSource(ints = {12, 13})
    void librariesOfThatNameThatAreNotCudas(int cuda) throws IOException {
        assertThat(refused(cuda, stubs(cuda, "none").toString()))
                .contains("its CUDA provider can't be loaded", "percept doctor")
                .doesNotContain(work.toString());
    }

    /** Without this check, cuDNN ends the process: "Invalid handle. Cannot load symbol cudnnCreate". */
    @ParameterizedTest
    @ValueSource(ints = {12, 13})
    void halfOfCudnn(int cuda) throws IOException {
        assertThat(refused(cuda, stubs(cuda, "libcudnn_graph.so.9").toString()))
                .contains("libcudnn_graph.so.9 was not found", "install cuDNN 9 for CUDA " + cuda);
    }

    @Test
    void withoutTheDriverNothingElseIsBlamed() throws IOException {
        Path curand = CudaParts.stubs(work.resolve("lib"), List.of("libcurand.so.10"));
        assertThat(refused(13, CudaParts.cuda13() + ":" + curand))
                .contains(DRIVER + " (the NVIDIA driver's) was not found; install the NVIDIA driver (580 or newer)")
                .doesNotContain("libcublas", "libcudnn");
    }

    /** CUDA's own runtime meets a driver that has none of its functions. */
    @Test
    void aDriverThatIsTooOld() throws IOException {
        Path folder = CudaParts.stubs(work.resolve("lib"), List.of("libcurand.so.10", DRIVER));
        String path = CudaParts.cuda13() + ":" + folder;
        assertThat(refused(13, path))
                .contains("the NVIDIA driver is too old for CUDA 13", "CUDA failure 35", "install driver 580 or newer");
        assertThat(score("auto", environment(13, path)).succeeded().out())
                .contains("too old for CUDA 13")
                .doesNotContain("hostname");
    }

    @Test
    void doctorSaysWhatWasLookedForAndWhere() throws IOException {
        Path folder = stubs(13, "libcublas.so.13");
        Map<String, String> environment = environment(13, folder.toString());
        String said = release.percept(work, environment, "doctor").out();
        assertThat(said)
                .contains("for CUDA 13; found in " + folder + ": " + DRIVER)
                .contains("missing libcublas.so.13; searched " + folder + ":")
                .containsPattern("Scoring on the GPU +cuda: it can't be used: .*libcublas\\.so\\.13 was not found")
                .containsPattern("Scoring on the CPU +works");
    }

    private Path stubs(int cuda, String without) throws IOException {
        List<String> names = new ArrayList<>(CudaParts.libraries(cuda));
        names.add(DRIVER);
        names.remove(without);
        return CudaParts.stubs(work.resolve("lib"), names);
    }

    /** Not links to its files: ONNX Runtime would be where they lead to. */
    private static Path copy(Path natives, Path folder) throws IOException {
        Files.createDirectories(folder);
        try (DirectoryStream<Path> files = Files.newDirectoryStream(natives)) {
            for (Path file : files) {
                Files.copy(file, folder.resolve(file.getFileName()));
            }
        }
        return folder;
    }

    private Map<String, String> environment(int cuda, String libraryPath) {
        return Release.environment(
                work.resolve("cache"),
                "PERCEPT_NATIVE_DIR",
                CudaParts.natives(cuda).toString(),
                "LD_LIBRARY_PATH",
                libraryPath);
    }

    /** The one line that a refusal is, after checking that it is one. */
    private String refused(int cuda, String libraryPath) throws IOException {
        Outcome outcome = score("cuda", environment(cuda, libraryPath));
        assertThat(outcome.code()).as(outcome.toString()).isEqualTo(5);
        assertThat(outcome.out()).isEmpty();
        assertThat(outcome.err())
                .startsWith("percept: cuda: it can't be used: ")
                .endsWith("; or use --device cpu\n")
                .hasLineCount(1);
        return outcome.err();
    }

    private Outcome score(String device, Map<String, String> environment, String... more) throws IOException {
        String samples = Release.samples().toString();
        List<String> arguments =
                new ArrayList<>(List.of("score", "--model", "nlpd", "--device", device, "--format", "json"));
        arguments.addAll(List.of(more));
        arguments.addAll(List.of(samples + "/reference.png", samples + "/blur-1.png"));
        return release.percept(work, environment, arguments.toArray(String[]::new));
    }
}
