package dev.percept.dist;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The malformed corpus through the command line: the exit code for pictures, a line for each file that is refused, and a good picture
 * among them all scored as ever.
 */
class MalformedPicturesIT {
    private static final Path CORPUS = Release.checkout().resolve("export-tools/target/malformed");
    private static final int IMAGE = 3;

    @TempDir
    Path folder = Path.of("");

    private static List<JsonObject> files() throws IOException {
        Path list = CORPUS.resolve("malformed.json");
        boolean there = Files.exists(list);
        if (Boolean.parseBoolean(System.getenv("CI"))) {
            assertThat(there)
                    .as("in CI the corpus must have been made: %s", CORPUS)
                    .isTrue();
        }
        Assumptions.assumeTrue(there, "no malformed corpus: it needs Python; run mvn verify from the root");
        return JsonParser.parseString(Files.readString(list)).getAsJsonArray().asList().stream()
                .map(JsonElement::getAsJsonObject)
                .toList();
    }

    @Test
    void aLineForEachFileAndTheCodeForPictures() throws IOException {
        List<JsonObject> files = files();
        Release release = Release.unpack(folder);
        Path reference = Release.samples().resolve("reference.png");
        Path good = Release.samples().resolve("blur-1.png");
        List<String> paths = files.stream()
                .map(file -> CORPUS.resolve(file.get("file").getAsString()).toString())
                .toList();
        String[] command = Stream.of(
                        Stream.of("score", reference.toString()),
                        paths.stream(),
                        Stream.of(good.toString(), "--size-mismatch", "crop", "--format", "csv"))
                .flatMap(part -> part)
                .toArray(String[]::new);

        Commands.Outcome outcome = release.percept(folder, Release.environment(folder.resolve("cache")), command);

        assertThat(outcome.code()).isEqualTo(IMAGE);
        List<String> lines = outcome.out().lines().toList();
        assertThat(lines).hasSize(files.size() + 2);
        List<String> complaints = outcome.err().lines().toList();
        assertThat(complaints).allSatisfy(line -> assertThat(line).startsWith("percept: " + CORPUS));
        long refused = lines.stream().filter(line -> !line.endsWith(",")).count() - 1;
        assertThat(complaints).hasSize((int) refused).hasSizeGreaterThan(500);
        for (JsonObject file : files) {
            if (file.get("expect").getAsString().equals("refused")) {
                String path = CORPUS.resolve(file.get("file").getAsString()).toString();
                assertThat(complaints).anyMatch(line -> line.startsWith("percept: " + path + ": "));
            }
        }
        Commands.Outcome alone = release.percept(
                folder,
                Release.environment(folder.resolve("cache")),
                "score",
                reference.toString(),
                good.toString(),
                "--format",
                "csv");
        assertThat(lines.get(lines.size() - 1))
                .isEqualTo(alone.succeeded().out().lines().toList().get(1));
    }
}
