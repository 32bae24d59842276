package dev.percept.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Pictures from standard input, and what the command line and its results say of policies. What these do is core's to test. */
class PicturePolicyTest {
    @TempDir
    Path folder = Path.of("");

    private Cli cli = Cli.in(folder);
    private Path black = folder;
    private Path white = folder;
    private Path large = folder;
    private Path model = folder;

    @BeforeEach
    void setUp() throws IOException {
        cli = Cli.in(folder);
        black = TestPictures.grey(folder.resolve("black.png"), 0);
        white = TestPictures.grey(folder.resolve("white.png"), 255);
        large = TestPictures.grey(folder.resolve("large.png"), 255, 2 * TestPictures.SIDE);
        model = TestModels.tiny(folder.resolve("tiny.onnx"));
    }

    private Cli.Result score(Path reference, Path candidate, Object... options) {
        List<Object> arguments = new ArrayList<>(List.of("score", reference, candidate, "--model", model));
        arguments.addAll(List.of(options));
        return cli.run(arguments.toArray());
    }

    private JsonObject provenance(Path reference, Path candidate, Object... options) {
        List<Object> all = new ArrayList<>(List.of("--format", "json"));
        all.addAll(List.of(options));
        return JsonParser.parseString(
                        score(reference, candidate, all.toArray()).isOk().out())
                .getAsJsonObject()
                .getAsJsonArray("results")
                .get(0)
                .getAsJsonObject()
                .getAsJsonObject("provenance");
    }

    @Test
    void aDashIsStandardInput() throws IOException {
        byte[] bytes = Files.readAllBytes(white);

        Cli.Result candidate = cli.runWith(bytes, "score", black, "-", "--model", model, "--format", "csv");
        Cli.Result reference = cli.runWith(bytes, "score", "-", black, "--model", model, "--format", "csv");

        String total = total(score(black, white, "--format", "csv"));
        assertThat(total(candidate.isOk())).isEqualTo(total);
        assertThat(total(reference.isOk())).isEqualTo(total);
        assertThat(candidate.out()).contains(",-,tiny,");
        cli.runWith(new byte[0], "score", black, "-", "--model", model).isFailure(ExitCode.IMAGE, "-: it is empty");
    }

    private static String total(Cli.Result result) {
        return result.out().lines().toList().get(1).split(",", -1)[3];
    }

    @Test
    void standardInputIsReadOnce() {
        cli.run("score", "-", "-", "--model", model).isMisuse("standard input");
        cli.run("score", black, "-", "-", "--model", model).isMisuse("standard input");
    }

    @Test
    void resultsSayWhatPoliciesWereInForce() {
        assertThat(provenance(black, white).getAsJsonObject("policies"))
                .hasToString("{\"alpha\":\"white\",\"colour\":\"srgb-8\",\"icc\":\"convert\",\"orientation\":\"apply\","
                        + "\"size_mismatch\":\"error\"}");
        assertThat(provenance(
                                black,
                                large,
                                "--size-mismatch",
                                "resize",
                                "--resize",
                                "short:24",
                                "--filter",
                                "lanczos",
                                "--alpha",
                                "worst",
                                "--icc",
                                "ignore",
                                "--orientation",
                                "ignore")
                        .getAsJsonObject("policies"))
                .hasToString("{\"alpha\":\"worst\",\"colour\":\"srgb-8\",\"icc\":\"ignore\",\"orientation\":\"ignore\","
                        + "\"resize\":\"short:24\",\"size_mismatch\":\"resize\",\"filter\":\"lanczos\"}");
    }

    @Test
    void resultsSayWhatWasFound() {
        JsonObject provenance = provenance(black, large, "--size-mismatch", "resize");

        assertThat(provenance.get("width").getAsInt()).isEqualTo(TestPictures.SIDE);
        assertThat(provenance.getAsJsonObject("images").get("candidate"))
                .hasToString(
                        "{\"format\":\"png\",\"width\":32,\"height\":32,\"bits\":8,\"orientation\":1,\"alpha\":false}");
    }

    @Test
    void theTableSaysWhatWasDone() throws IOException {
        BufferedImage holed = new BufferedImage(16, 16, BufferedImage.TYPE_INT_ARGB);
        Path transparent = folder.resolve("transparent.png");
        ImageIO.write(holed, "png", transparent.toFile());

        assertThat(score(black, white).isOk().out()).doesNotContain("pictures:");
        assertThat(score(black, transparent, "--alpha", "black").isOk().out())
                .contains("pictures: 1 transparent on black\n");
        assertThat(score(black, large, "--size-mismatch", "resize").isOk().out())
                .contains("pictures: 1 resized (bicubic)\n");
        assertThat(score(black, large, "--size-mismatch", "crop").isOk().out()).contains("pictures: 1 cropped\n");
    }

    @Test
    void whatIsRefused() {
        score(black, large).isFailure(ExitCode.IMAGE, "large.png", "32×32", "16×16", "--size-mismatch");
        score(black, large, "--max-pixels", 1000).isFailure(ExitCode.IMAGE, "large.png", "32×32", "--max-pixels");
        score(black, white, "--filter", "box").isMisuse("--filter", "--resize");
        score(black, white, "--resize", "big").isMisuse("--resize", "224x224");
        score(black, white, "--max-side", 0).isMisuse("--max-side");
    }
}
