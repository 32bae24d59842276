// SPDX-License-Identifier: Apache-2.0
package dev.percept.models;

import static org.assertj.core.api.Assertions.assertThat;

import dev.percept.Backbone;
import dev.percept.PerceptHome;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** Installing in processes of their own: two at once, and where a disk fills up while it is written to. */
class InstallProcessIT {
    @TempDir
    Path folder = Path.of("");

    private final TinyCatalogue made = new TinyCatalogue();
    private WeightsServer server = started();

    private WeightsServer started() {
        try {
            return new WeightsServer(made.weights);
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    @BeforeEach
    void setUp() throws IOException {
        made.write(folder.resolve("catalogue"), false);
    }

    @AfterEach
    void tearDown() {
        server.close();
    }

    private PerceptHome folders() {
        return new PerceptHome(folder.resolve("home"), folder.resolve("cache"));
    }

    /** @param before what stands before Java's own command */
    private Process start(String... before) throws IOException {
        List<String> command = new ArrayList<>(List.of(before));
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(List.of("-XX:-UsePerfData", "-cp"));
        // The class path that Surefire hides in a JAR of its own.
        command.add(System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")));
        command.addAll(List.of(InstallProcess.class.getName(), folder.toString(), server.address()));
        return new ProcessBuilder(command).redirectErrorStream(true).start();
    }

    private static String end(Process process, int code) throws IOException, InterruptedException {
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor(2, TimeUnit.MINUTES)).isTrue();
        assertThat(process.exitValue()).as(said).isEqualTo(code);
        return said;
    }

    private void assertInstalled() throws IOException {
        assertThat(folders().models().resolve("tiny.onnx")).hasBinaryContent(made.model(true));
        assertThat(Backbone.open("tiny", folders()).name()).isEqualTo("tiny");
        assertThat(files(folders().models())).containsExactly("tiny.licence.txt", "tiny.onnx", "tiny.sha256");
    }

    private static List<String> files(Path folder) throws IOException {
        if (!Files.exists(folder)) {
            return List.of();
        }
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(file -> file.getFileName().toString()).sorted().toList();
        }
    }

    @Test
    void twoAtOnceEndWithOneGoodFile() throws Exception {
        // One of them fetches, breaks off and goes on; the other waits, and then finds the model installed.
        server.cuts.add(1000);
        Process first = start();
        Process second = start();
        assertThat(end(first, 0)).isEmpty();
        assertThat(end(second, 0)).isEmpty();
        assertInstalled();
        assertThat(server.ranges).hasSize(2).first().isEqualTo("null");
    }

    /** A limit to the size of files stands for the disk: there is room when it is looked for, and none while writing. */
    @Test
    @DisabledOnOs(OS.WINDOWS)
    void aDiskThatFillsUpWhileWeightsAreFetched() throws Exception {
        String said = end(start("sh", "-c", "ulimit -f 200 && exec \"$@\"", "sh"), 4);
        assertThat(said.lines()).hasSize(1);
        assertThat(said).contains(".safetensors.part", "it can't be written (File too large)", "make room");
        assertThat(files(folders().models())).isEmpty();
        // What has come is good, and need not come again.
        end(start(), 0);
        assertInstalled();
        assertThat(server.ranges).hasSize(2).last().asString().startsWith("bytes=1");
    }

    @Test
    @DisabledOnOs(OS.WINDOWS)
    void aDiskThatFillsUpWhileTheModelIsWritten() throws Exception {
        Path cache = Files.createDirectories(folders().cache().resolve("weights"));
        String name = Catalogue.read(folder.resolve("catalogue/catalogue.json"))
                .model("tiny")
                .weights()
                .cacheName();
        Files.write(cache.resolve(name), made.weights);
        String said = end(start("sh", "-c", "ulimit -f 200 && exec \"$@\"", "sh"), 4);
        assertThat(said.lines()).hasSize(1);
        assertThat(said).contains("it can't be read or written (File too large)", "make room");
        assertThat(files(folders().models())).isEmpty();
        end(start(), 0);
        assertInstalled();
        assertThat(server.ranges).isEmpty();
    }
}
