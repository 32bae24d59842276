// SPDX-License-Identifier: Apache-2.0
package dev.percept.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code percept score --heatmap}: which files there are then, and what is refused. */
class HeatMapCommandTest {
    /** Of NumPy's format for what these arrays' headers say. */
    private static final int NPY_HEADER = 128;

    @TempDir
    Path folder = Path.of("");

    private Cli cli = Cli.in(folder);
    private Path maps = folder;
    private Path reference = folder;
    private Path candidate = folder;
    private Path other = folder;
    private Path model = folder;

    @BeforeEach
    void setUp() throws IOException {
        cli = Cli.in(folder);
        maps = Files.createDirectory(folder.resolve("maps"));
        reference = TestPictures.grey(folder.resolve("black.png"), 0);
        candidate = folder.resolve("dot.png");
        BufferedImage image = ImageIO.read(reference.toFile());
        image.setRGB(5, 9, 0xFFFFFF);
        ImageIO.write(image, "png", candidate.toFile());
        other = TestPictures.grey(folder.resolve("white.png"), 255);
        model = TestModels.tiny(folder.resolve("tiny.onnx"));
    }

    private Cli.Result score(Object... more) {
        return cli.run(Stream.concat(
                        Stream.of("score", reference, candidate, "--model", model, "--device", "cpu"), Stream.of(more))
                .toArray());
    }

    private List<String> files() throws IOException {
        try (Stream<Path> files = Files.list(maps)) {
            return files.map(file -> Objects.requireNonNull(file.getFileName()).toString())
                    .sorted()
                    .toList();
        }
    }

    /** The float at a pixel. */
    private float at(String npy, int x, int y) throws IOException {
        byte[] file = Files.readAllBytes(maps.resolve(npy));
        assertThat(file).hasSize(NPY_HEADER + TestPictures.SIDE * TestPictures.SIDE * Float.BYTES);
        assertThat(new String(file, 10, 60, StandardCharsets.US_ASCII)).contains("'shape': (16, 16)");
        return ByteBuffer.wrap(file)
                .order(ByteOrder.LITTLE_ENDIAN)
                .getFloat(NPY_HEADER + Float.BYTES * (y * TestPictures.SIDE + x));
    }

    @Test
    void aDrawingAndItsNumbersAreWrittenAndTheScoreIsTheSame() throws IOException {
        var result = score("--heatmap", maps.resolve("out.png")).isOk();
        assertThat(result.out()).isEqualTo(score().isOk().out());
        assertThat(result.err()).isEmpty();
        assertThat(files()).containsExactly("out.npy", "out.png");
        // Both layers see 1 there, in each channel.
        assertThat(at("out.npy", 5, 9)).isEqualTo(2);
        assertThat(at("out.npy", 9, 5)).isZero();
        BufferedImage drawn = ImageIO.read(maps.resolve("out.png").toFile());
        assertThat(drawn.getRGB(5, 9)).isNotEqualTo(drawn.getRGB(9, 5));
        assertThat(drawn.getRGB(0, 0)).isEqualTo(drawn.getRGB(9, 5));
    }

    @Test
    void numbersAloneAndSingleLayers() throws IOException {
        score("--heatmap", maps.resolve("OUT.NPY"), "--heatmap-layer", "neg", "--weights", "1,3")
                .isOk();
        assertThat(files()).containsExactly("OUT-neg.npy", "OUT.npy");
        assertThat(at("OUT-neg.npy", 5, 9)).isEqualTo(1);
        assertThat(at("OUT.npy", 5, 9)).isEqualTo(4);
    }

    @Test
    void allLayersOfSeveralCandidates() throws IOException {
        score(other, "--heatmap", maps.resolve("m.npy"), "--heatmap-layer", "all", "--heatmap-layer", "neg")
                .isOk();
        assertThat(files())
                .containsExactly(
                        "m-dot-identity.npy",
                        "m-dot-neg.npy",
                        "m-dot.npy",
                        "m-white-identity.npy",
                        "m-white-neg.npy",
                        "m-white.npy");
        assertThat(at("m-white.npy", 9, 5)).isEqualTo(2);
    }

    @Test
    void aFixedScaleMakesDrawingsComparable() throws IOException {
        score("--heatmap", maps.resolve("a.png"), "--heatmap-max", "2").isOk();
        score("--heatmap", maps.resolve("b.png"), "--heatmap-max", "4").isOk();
        assertThat(ImageIO.read(maps.resolve("a.png").toFile()).getRGB(5, 9))
                .isNotEqualTo(ImageIO.read(maps.resolve("b.png").toFile()).getRGB(5, 9));
    }

    @Test
    void standardInputIsReadOnceForScoreAndMap() throws IOException {
        cli.runWith(
                        Files.readAllBytes(candidate),
                        "score",
                        reference,
                        "-",
                        other,
                        "--model",
                        model,
                        "--heatmap",
                        maps.resolve("m.npy"))
                .isOk();
        assertThat(files()).containsExactly("m-stdin.npy", "m-white.npy");
        assertThat(at("m-stdin.npy", 5, 9)).isEqualTo(2);
    }

    @Test
    void aCandidateThatFailsHasNoMapAndTheOthersHave() throws IOException {
        var result = score(folder.resolve("absent.png"), other, "--heatmap", maps.resolve("m.npy"));
        assertThat(result.code()).isEqualTo(ExitCode.IMAGE);
        assertThat(result.errLines()).hasSize(1);
        assertThat(files()).containsExactly("m-dot.npy", "m-white.npy");
    }

    @ParameterizedTest
    @ValueSource(strings = {"map.jpg", "map", ".", "absent/map.png"})
    void otherFilesAreMisuse(String name) throws IOException {
        score("--heatmap", maps + "/" + name).isMisuse("--heatmap");
        assertThat(files()).isEmpty();
    }

    @Test
    void whatWouldBeWrittenTwiceOrOverAPictureIsMisuse() throws IOException {
        Path same =
                Files.copy(other, Files.createDirectory(folder.resolve("more")).resolve("dot.png"));
        score(same, "--heatmap", maps.resolve("m.png")).isMisuse("two heat maps would be written to", "m-dot.png");
        score("--heatmap", candidate).isMisuse("over the picture", "dot.png");
        score("--heatmap", folder + "/maps/../black.png").isMisuse("over the picture", "black.png");
        assertThat(files()).isEmpty();
    }

    @Test
    void optionsThatDoNothingOrNameNoLayerAreMisuse() {
        score("--heatmap-max", "1").isMisuse("--heatmap-max needs --heatmap");
        score("--heatmap-layer", "neg").isMisuse("--heatmap-layer needs --heatmap");
        score("--heatmap", maps.resolve("m.png"), "--heatmap-max", "0").isMisuse("--heatmap-max", "above 0");
        score("--heatmap", maps.resolve("m.png"), "--heatmap-layer", "relu")
                .isMisuse("no scored layer 'relu'", "identity, neg");
        score("--heatmap", maps.resolve("m.png"), "--heatmap-layer", "neg", "--layers", "identity")
                .isMisuse("no scored layer 'neg'");
    }

    @Test
    void aFileThatCannotBeWrittenIsSaidAfterTheScores() throws IOException {
        Files.createDirectories(maps.resolve("m.npy").resolve("full"));
        var result = score("--heatmap", maps.resolve("m.npy"));
        assertThat(result.code()).isEqualTo(ExitCode.OUTPUT);
        assertThat(result.out()).contains("dot.png");
        assertThat(result.errLines()).hasSize(1);
        assertThat(result.err()).contains("the heat map of " + candidate + " can't be written");
        assertThat(files()).containsExactly("m.npy");
    }
}
