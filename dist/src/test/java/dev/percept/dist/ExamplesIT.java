package dev.percept.dist;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The projects under examples/, which the build has run by now. */
class ExamplesIT {
    private final Path work;

    ExamplesIT(@TempDir Path work) {
        this.work = work;
    }

    @Test
    void theLibraryPrintsWhatTheCommandLinePrints() throws IOException {
        String samples = Release.samples().toString();
        String json = Release.unpack(work)
                .percept(
                        work,
                        Release.environment(work.resolve("cache")),
                        "score",
                        "--model",
                        "nlpd",
                        "--format",
                        "json",
                        samples + "/reference.png",
                        samples + "/blur-1.png",
                        samples + "/blur-3.png")
                .succeeded()
                .out();
        List<String> expected = find("\"total\": ([^,\\s]+)", json);

        String log = Files.readString(Release.target().resolve("examples/library/build.log"));
        assertThat(find("(?m)^(\\S+) \\S*blur-[13]\\.png \\(nlpd, \\S+\\)$", log))
                .hasSize(2)
                .isEqualTo(expected);
    }

    @Test
    void theGpuExampleHasTheGpuPackageAlone() throws IOException {
        String log = Files.readString(Release.target().resolve("examples-gpu/library-gpu/build.log"));
        // The version that percept-core depends on, which the example has to repeat.
        assertThat(log)
                .contains("com.microsoft.onnxruntime:onnxruntime_gpu:jar:" + System.getProperty("onnxruntime.version")
                        + ":");
        assertThat(log).doesNotContain("com.microsoft.onnxruntime:onnxruntime:jar:");
    }

    private static List<String> find(String pattern, String text) {
        return Pattern.compile(pattern)
                .matcher(text)
                .results()
                .map((MatchResult result) -> result.group(1))
                .toList();
    }
}
