package dev.percept.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The options for a GPU, as far as there need be none. What they are parsed to is tested where they are. */
class GpuOptionsTest {
    @TempDir
    Path folder = Path.of("");

    private Cli cli = Cli.in(folder);
    private Path picture = folder;
    private Path model = folder;

    @BeforeEach
    void setUp() throws IOException {
        cli = Cli.in(folder);
        picture = TestPictures.grey(folder.resolve("black.png"), 0);
        model = TestModels.tiny(folder.resolve("tiny.onnx"));
    }

    private Cli.Result score(Object... options) {
        List<Object> arguments = new ArrayList<>(List.of("score", picture, picture, "--model", model));
        arguments.addAll(List.of(options));
        return cli.run(arguments.toArray());
    }

    @Test
    void theCpuTakesThemAll() {
        score("--device", "cpu", "--gpu-memory", "8G", "--gpu-batch", "1G", "--gpu-arena", "next-power-of-two")
                .isOk();
        score("--device", "cpu", "--precision", "tf32", "--cudnn-search", "exhaustive", "--nhwc", "--tensorrt")
                .isOk();
        score("--precision", "fp32").isOk();
    }

    @Test
    void whatTheModelCannotDoIsMisuse() {
        score("--precision", "fp16").isMisuse("the model tiny is in fp32", "percept export vgg19 --precision fp16");
        score("--nhwc").isMisuse("--nhwc", "--precision tf32");
        score("--gpu-memory", "1G", "--gpu-memory", "2G").isMisuse("--gpu-memory", "only once");
        score("--native-dir", "").isMisuse("--native-dir", "it is empty");
        score("--tensorrt").isMisuse("--tensorrt", "--precision tf32");
        score("--gpu-batch", 0).isMisuse("--gpu-batch");
        score("--gpu-memory", "8GB").isMisuse("--gpu-memory", "8GB");
        score("--precision", "fp8").isMisuse("--precision", "fp32, tf32, fp16");
    }

    /** A JVM loads the natives once, so these need one of their own. */
    private Cli.Result runProcess(Object... arguments) throws Exception {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        if (Runtime.version().feature() >= 24) {
            // As the launcher does, or Java warns.
            command.addAll(List.of("--enable-native-access=ALL-UNNAMED", "--sun-misc-unsafe-memory-access=allow"));
        }
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), Main.class.getName()));
        Stream.of(arguments).map(Object::toString).forEach(command::add);
        Path errors = folder.resolve("stderr");
        ProcessBuilder builder = new ProcessBuilder(command).redirectError(errors.toFile());
        builder.environment().put("PERCEPT_HOME", cli.folders().home().toString());
        builder.environment().put("PERCEPT_CACHE", cli.folders().cache().toString());
        Process process = builder.start();
        String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        return new Cli.Result(process.waitFor(), out, Files.readString(errors));
    }

    @Test
    void nativesAreLoadedFromTheFolder() throws Exception {
        Path natives = unpackNatives(folder.resolve("natives"));
        assertThat(runProcess("doctor", "--native-dir", natives).isOk().out())
                .contains(natives + ", set by --native-dir")
                .containsPattern("\\[ok] Scoring on the CPU +works");
        assertThat(runProcess("score", picture, picture, "--native-dir", natives)
                        .isOk()
                        .out())
                .contains("black.png");
        // Nothing was unpacked beside it.
        assertThat(cli.folders().cache()).doesNotExist();
    }

    /** Those of this platform, out of ONNX Runtime's jar. */
    private static Path unpackNatives(Path target) throws Exception {
        Files.createDirectory(target);
        Path jar = Path.of(ai.onnxruntime.OrtEnvironment.class
                .getProtectionDomain()
                .getCodeSource()
                .getLocation()
                .toURI());
        String os = System.getProperty("os.name").toLowerCase(java.util.Locale.ROOT);
        String system = os.contains("mac") ? "osx" : os.contains("win") ? "win" : "linux";
        String machine = System.getProperty("os.arch").equals("aarch64") ? "aarch64" : "x64";
        try (FileSystem zip = FileSystems.newFileSystem(jar, Map.of());
                Stream<Path> files = Files.list(zip.getPath("ai/onnxruntime/native/" + system + "-" + machine))) {
            for (Path file : files.toList()) {
                Files.copy(file, target.resolve(file.getFileName().toString()));
            }
        }
        return target;
    }

    @Test
    void aFolderWithoutNativesIsAFailureThatNamesIt() throws Exception {
        Path empty = Files.createDirectory(folder.resolve("empty"));
        runProcess("score", picture, picture, "--native-dir", empty)
                .isFailure(ExitCode.DEVICE, "ONNX Runtime", empty.toString());
        runProcess("inspect", "nlpd", "--native-dir", empty).isFailure(ExitCode.DEVICE, empty.toString());
        Cli.Result doctor = runProcess("doctor", "--native-dir", empty);
        assertThat(doctor.code()).isEqualTo(ExitCode.DEVICE);
        assertThat(doctor.out()).containsPattern("\\[!!] ONNX Runtime .*" + empty);
    }
}
