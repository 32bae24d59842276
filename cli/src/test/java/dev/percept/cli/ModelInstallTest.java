package dev.percept.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** models install, list, verify and remove; what can go wrong on the network stands in core's tests. */
class ModelInstallTest {
    @TempDir
    Path folder = Path.of("");

    private Cli cli = Cli.in(folder);
    private Path weights = folder;
    private Path catalogue = folder;

    /** A catalogue of one model that needs no values of its weights. */
    @BeforeEach
    void setUp() throws IOException, NoSuchAlgorithmException {
        cli = Cli.in(folder);
        byte[] content = ByteBuffer.allocate(10)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(2)
                .put("{}".getBytes(StandardCharsets.US_ASCII))
                .array();
        weights = Files.write(folder.resolve("model.safetensors"), content);
        String digest =
                HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(content));
        TestModels.tiny(Files.createDirectories(folder.resolve("skeletons")).resolve("tiny.onnx"));
        catalogue = folder.resolve("catalogue.json");
        Files.writeString(catalogue, """
                {"percept_catalogue": 1, "models": {"tiny": {"description": "two layers", "weights": "none"}},
                 "weights": {"none": {"repository": "a/b", "revision": "c", "path": "model.safetensors", "megabytes": 0,
                 "sha256": "%s", "licence": "BSD-3-Clause", "copyright": "Copyright nobody"}}}""".formatted(digest));
    }

    @Test
    void anInstalledModelScoresByItsName() throws IOException {
        var installed = cli.run("models", "install", "tiny", "--from", weights, "--catalogue", catalogue)
                .isOk();
        Path model = cli.folders().models().resolve("tiny.onnx");
        assertThat(installed.out()).isEqualTo(model + "\n");
        assertThat(installed.errLines())
                .containsExactly(
                        "tiny: two layers",
                        "weights of https://huggingface.co/a/b/resolve/c/model.safetensors",
                        "licence BSD-3-Clause, Copyright nobody");
        Path picture = TestPictures.grey(folder.resolve("a.png"), 0);
        assertThat(cli.run("score", "--model", "tiny", picture, picture).isOk().out())
                .contains("tiny");
        assertThat(cli.run("models", "verify", "tiny").isOk().out()).isEqualTo("tiny: ok\n");
        cli.run("models", "default", "tiny").isOk();
        assertThat(cli.run("models", "remove", "tiny").isOk().err()).contains("was the default model");
        assertThat(cli.folders().models()).isEmptyDirectory();
        cli.run("models", "verify", "tiny").isFailure(ExitCode.MODEL, "tiny", "installed");
    }

    @Test
    void whatIsDamagedIsToldAndInstalledAgain() throws IOException {
        cli.run("models", "install", "tiny", "--from", weights, "--catalogue", catalogue)
                .isOk();
        Files.writeString(cli.folders().models().resolve("tiny.onnx"), "damaged");
        cli.run("models", "verify", "tiny").isFailure(ExitCode.MODEL, "it is damaged", "install it again");
        cli.run("models", "install", "tiny", "--from", weights, "--catalogue", catalogue)
                .isOk();
        cli.run("models", "verify", "tiny").isOk();
    }

    @Test
    void theCatalogueIsListed() {
        assertThat(cli.run("models", "list").isOk().out())
                .containsPattern("(?m)^MODEL +INSTALLED +LICENCE +WHAT IT IS$")
                .containsPattern("(?m)^vgg19 +no +BSD-3-Clause +VGG19 features at relu2_1, relu4_1, relu5_1$")
                .contains("vgg16", "content-piq", "style-basicsr");
    }

    @Test
    void failuresAreTold() throws IOException {
        cli.run("models", "install", "vgg99").isFailure(ExitCode.MODEL, "vgg99", "known are", "vgg19");
        cli.run("models", "install", "tiny", "--catalogue", weights).isFailure(ExitCode.MODEL, "no catalogue");
        cli.run("models", "install", "vgg19", "--from", weights, "--mirror", "http://x")
                .isMisuse("--from");
        var refused = cli.run("models", "install", "vgg19", "--from", weights);
        assertThat(refused.code()).isEqualTo(ExitCode.MODEL);
        assertThat(refused.errLines()).last().asString().startsWith("percept: ").contains("tensor 'features.");
        int closed;
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            closed = socket.getLocalPort();
        }
        var unreachable = cli.run("models", "install", "vgg19", "--mirror", "http://127.0.0.1:" + closed);
        assertThat(unreachable.code()).isEqualTo(ExitCode.MODEL);
        assertThat(unreachable.errLines()).last().asString().contains("can't be fetched", "--from FILE");
        assertThat(cli.folders().models()).doesNotExist();
    }
}
