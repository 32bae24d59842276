package dev.percept.benchmarks.peers;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.percept.ImageSource;
import dev.percept.PerceptualLoss;
import dev.percept.benchmarks.gpu.Pictures;
import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The driver, as {@code benchmarks/peers/run} uses it, but without Python and with the model that is always there. */
class DriverIT {
    private static final int WIDTH = 48;
    private static final int HEIGHT = 40;
    private static final int PAIRS = 3;
    private static final int PATIENCE_SECONDS = 120;

    @TempDir
    Path folder = Path.of("");

    @ParameterizedTest
    @EnumSource
    void scoresAndTimesWhatItIsGiven(Request.Way way) throws Exception {
        int references = way == Request.Way.SHARED ? 1 : PAIRS;
        List<byte[]> pictures = new ArrayList<>();
        for (int i = 0; i < references; i++) {
            pictures.add(Pictures.smooth(WIDTH, HEIGHT, i));
        }
        for (int i = 0; i < PAIRS; i++) {
            pictures.add(Pictures.noisy(pictures.get(Math.min(i, references - 1)), 4, i));
        }
        JsonObject answer = answers(measure(way.name(), PAIRS, write(pictures))).get(0);

        assertThat(answer.has("error")).as(answer.toString()).isFalse();
        assertThat(answer.get("seconds").getAsDouble()).isPositive();
        assertThat(answer.get("execution").getAsString()).contains("cpu");
        assertThat(answer.getAsJsonArray("layers")).hasSize(PAIRS);
        try (PerceptualLoss loss = PerceptualLoss.load("nlpd")) {
            for (int i = 0; i < PAIRS; i++) {
                double expected = loss.score(
                                source(pictures.get(Math.min(i, references - 1))), source(pictures.get(references + i)))
                        .total();
                assertThat(answer.getAsJsonArray("totals").get(i).getAsDouble()).isEqualTo(expected);
            }
        }
    }

    @Test
    void saysWhatRunsAndOutlivesWhatFails() throws Exception {
        List<JsonObject> answers = answers(
                measure("pairs", 5, write(List.of(new byte[7]))), "{\"do\": \"dance\"}", "{\"do\": \"describe\"}");
        assertThat(answers.get(0).get("error").getAsString()).contains("7 bytes");
        assertThat(answers.get(1).get("error").getAsString()).contains("can't dance");
        assertThat(answers.get(2).get("model").getAsString()).isEqualTo("nlpd");
        assertThat(answers.get(2).getAsJsonArray("layers")).isNotEmpty();
        assertThat(answers.get(2).getAsJsonObject("versions").get("Java").getAsString())
                .isEqualTo(System.getProperty("java.version"));
    }

    private static ImageSource source(byte[] rgb) {
        return ImageSource.ofRgb(rgb, WIDTH, HEIGHT, "picture");
    }

    private static String measure(String way, int pairs, Path file) {
        JsonObject request = new JsonObject();
        request.addProperty("do", "measure");
        request.addProperty("way", way);
        request.addProperty("pairs", pairs);
        request.addProperty("width", WIDTH);
        request.addProperty("height", HEIGHT);
        request.addProperty("file", file.toString());
        return request.toString();
    }

    private Path write(List<byte[]> pictures) throws IOException {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        for (byte[] picture : pictures) {
            all.write(picture);
        }
        return Files.write(folder.resolve("pictures.bin"), all.toByteArray());
    }

    /** What a process of its own answers. */
    private List<JsonObject> answers(String... requests) throws IOException, InterruptedException {
        Path in = Files.write(folder.resolve("requests"), List.of(requests));
        File out = folder.resolve("answers").toFile();
        File errors = folder.resolve("errors").toFile();
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-cp",
                        System.getProperty("java.class.path"),
                        Driver.class.getName(),
                        "nlpd")
                .redirectInput(in.toFile())
                .redirectOutput(out)
                .redirectError(errors)
                .start();
        if (!process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
            process.destroyForcibly();
            throw new AssertionError("still running after " + PATIENCE_SECONDS + " s");
        }
        assertThat(process.exitValue()).as(Files.readString(errors.toPath())).isZero();
        try (Stream<String> lines = Files.lines(out.toPath())) {
            return lines.map(line -> JsonParser.parseString(line).getAsJsonObject())
                    .toList();
        }
    }
}
