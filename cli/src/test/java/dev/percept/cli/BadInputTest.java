package dev.percept.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Whatever is wrong: one line that says what, where and what to do, the documented code, and no result. */
class BadInputTest {
    @TempDir
    Path folder = Path.of("");

    private Cli cli = Cli.in(folder);
    private Path black = folder;
    private Path white = folder;
    private Path model = folder;

    @BeforeEach
    void setUp() throws IOException {
        cli = Cli.in(folder);
        black = TestPictures.grey(folder.resolve("black.png"), 0);
        white = TestPictures.grey(folder.resolve("white.png"), 255);
        model = TestModels.tiny(folder.resolve("tiny.onnx"));
    }

    private Path truncated(Path whole, String name) throws IOException {
        byte[] bytes = Files.readAllBytes(whole);
        return Files.write(folder.resolve(name), Arrays.copyOf(bytes, bytes.length * 2 / 3));
    }

    /** As the candidate, as the reference, and in each format. */
    private void isBadPicture(Path picture, String... said) {
        for (String format : new String[] {"table", "json", "csv"}) {
            cli.run("score", white, picture, "--model", model, "--format", format)
                    .isFailure(ExitCode.IMAGE, said);
            cli.run("score", picture, white, "--model", model, "--format", format)
                    .isFailure(ExitCode.IMAGE, said);
        }
        cli.run("score", picture, white, black, "--model", model, "--format", "json")
                .isFailure(ExitCode.IMAGE, said);
    }

    private void isBadModel(Path file, String... said) {
        cli.run("score", white, black, "--model", file).isFailure(ExitCode.MODEL, said);
        cli.run("inspect", file).isFailure(ExitCode.MODEL, said);
    }

    @Test
    void missingPicture() {
        isBadPicture(folder.resolve("absent.png"), "absent.png", "no such file");
    }

    @Test
    void folderAsPicture() {
        isBadPicture(folder, folder.toString(), "folder");
    }

    @Test
    void noPicture() throws IOException {
        isBadPicture(Files.writeString(folder.resolve("text.png"), "not a picture"), "text.png", "not a PNG");
    }

    @Test
    void truncatedPicture() throws IOException {
        Path sample = Path.of("samples", "reference.png");
        isBadPicture(truncated(sample, "cut.png"), "cut.png", "damaged");
    }

    @Test
    void differentSizes() throws IOException {
        Path large = TestPictures.grey(folder.resolve("large.png"), 0, 40);
        cli.run("score", white, large, "--model", model).isFailure(ExitCode.IMAGE, "large.png", "40×40", "16×16");
    }

    @Test
    void smallerThanTheMinimum() throws IOException {
        String spec = TestModels.spec("big", ", \"size\": {\"minimum\": 32}", "neg");
        Path picky = TestModels.write(folder.resolve("picky.onnx"), spec, "Neg");
        cli.run("score", white, black, "--model", picky)
                .isFailure(ExitCode.IMAGE, "white.png", "16×16", "at least 32×32");
    }

    @Test
    void missingModel() {
        isBadModel(folder.resolve("absent.onnx"), "absent.onnx", "no such file");
    }

    @Test
    void unknownModelName() {
        cli.run("score", white, black, "--model", "vgg99").isFailure(ExitCode.MODEL, "vgg99", "nlpd");
    }

    @Test
    void textAsModel() throws IOException {
        isBadModel(Files.writeString(folder.resolve("text.onnx"), "not a model at all\n"), "text.onnx", "not an ONNX");
    }

    @Test
    void truncatedModel() throws IOException {
        isBadModel(truncated(model, "cut.onnx"), "cut.onnx", "cut off");
    }

    @Test
    void modelWithoutSpec() throws IOException {
        Path bare = TestModels.write(folder.resolve("bare.onnx"), null, "Neg");
        cli.run("score", white, black, "--model", bare)
                .isFailure(ExitCode.MODEL, "bare.onnx", "percept.spec", "percept inspect");
    }

    @Test
    void absentOutput() throws IOException {
        String spec = TestModels.spec("wrong", "", "relu9_9");
        isBadModel(TestModels.write(folder.resolve("wrong.onnx"), spec, "Neg"), "wrong.onnx", "relu9_9", "neg");
    }

    @Test
    void otherDigest() throws IOException {
        String sidecar = TestModels.spec("tiny", "", "neg")
                .replace("\"name\": \"tiny\"", "\"name\": \"tiny\", \"sha256\": \"" + "0".repeat(64) + "\"");
        Files.writeString(folder.resolve("tiny.onnx.json"), sidecar);
        isBadModel(model, "tiny.onnx", "SHA-256", "0000");
    }

    @Test
    void unreadableSettings() throws IOException {
        Files.createDirectories(cli.folders().settings());
        cli.run("score", white, black).isFailure(ExitCode.MODEL, "percept.properties");
        cli.run("models").isFailure(ExitCode.MODEL, "percept.properties");
    }

    @Test
    void cudaThatIsNotThere() {
        cli.run("score", white, black, "--model", model, "--device", "cuda:999")
                .isFailure(ExitCode.DEVICE, "cuda:999", "--device cpu");
    }

    @ParameterizedTest
    @ValueSource(strings = {"gpu", "cuda:", "cuda:-1", "CUDA", "", "cuda:1234"})
    void unknownDevice(String name) {
        cli.run("score", white, black, "--model", model, "--device", name).isMisuse("--device", "cuda:N");
    }

    @Test
    void oneBadCandidateAmongMany() throws IOException {
        Path absent = folder.resolve("absent.png");
        var result = cli.run("score", white, absent, black, "--model", model);
        assertThat(result.code()).isEqualTo(ExitCode.IMAGE);
        assertThat(result.errLines()).singleElement().asString().contains("absent.png");
        assertThat(result.out().lines().toList().subList(6, 9))
                .satisfiesExactly(
                        line -> assertThat(line).startsWith("candidate"),
                        line -> assertThat(line).matches(".*absent\\.png +failed +- +-"),
                        line -> assertThat(line).matches(".*black\\.png +2\\.000 +1\\.000 +1\\.000"));
    }

    @Test
    void aModelThatFailsOnOneCandidate() throws IOException {
        Path log = TestModels.notFiniteForBlack(folder.resolve("log.onnx"));
        var result = cli.run("score", white, black, white, folder.resolve("absent.png"), "--model", log);
        assertThat(result.code()).isEqualTo(ExitCode.MODEL);
        assertThat(result.errLines()).hasSize(2);
        assertThat(result.err()).contains("not finite");
        assertThat(result.out()).doesNotContain("NaN").doesNotContain("Infinity");
    }

    @Test
    void allCandidatesBad() {
        Path absent = folder.resolve("absent.png");
        var table = cli.run("score", white, absent, folder, "--model", model);
        assertThat(table.code()).isEqualTo(ExitCode.IMAGE);
        assertThat(table.out()).isEmpty();
        assertThat(table.errLines()).hasSize(2);
    }
}
