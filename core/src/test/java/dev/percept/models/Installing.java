package dev.percept.models;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.percept.Backbone;
import dev.percept.ModelException;
import dev.percept.PerceptHome;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/** A folder, a catalogue of one tiny model, and a server that has its weights. */
abstract class Installing {
    @TempDir
    Path folder = Path.of("");

    final TinyCatalogue made = new TinyCatalogue();
    PerceptHome folders = new PerceptHome(folder, folder);
    WeightsServer server = started();
    long room = Long.MAX_VALUE;

    private WeightsServer started() {
        try {
            return new WeightsServer(made.weights);
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    @BeforeEach
    void setUp() {
        folders = new PerceptHome(folder.resolve("home"), folder.resolve("cache"));
    }

    @AfterEach
    void tearDown() {
        server.close();
    }

    ModelInstaller installer(boolean pinned) throws IOException {
        return installer(made.write(folder.resolve("catalogue"), pinned), Map.of());
    }

    ModelInstaller installer(Catalogue catalogue, Map<String, String> environment) {
        Surroundings surroundings = new Surroundings(environment, path -> room, 1, Duration.ofMillis(500));
        return new ModelInstaller(catalogue, folders, surroundings);
    }

    void install(boolean pinned) throws IOException {
        installer(pinned).install("tiny", server.address(), InstallProgress.NONE);
    }

    void assertInstalled() throws IOException {
        assertThat(folders.models().resolve("tiny.onnx")).hasBinaryContent(made.model(true));
        assertThat(Backbone.open("tiny", folders).name()).isEqualTo("tiny");
        assertThat(names(folders.models())).containsExactly("tiny.licence.txt", "tiny.onnx", "tiny.sha256");
        assertThat(folders.models().resolve("tiny.licence.txt"))
                .content()
                .contains("Licence: BSD-3-Clause", "Copyright nobody", "Redistribution and use", "/some/net/resolve/");
    }

    void assertNothingInstalled() throws IOException {
        assertThat(names(folders.models())).isEmpty();
        assertThat(folders.installedModels()).isEmpty();
    }

    static List<String> names(Path folder) throws IOException {
        if (!Files.exists(folder)) {
            return List.of();
        }
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(file -> file.getFileName().toString()).sorted().toList();
        }
    }

    void assertRefused(boolean pinned, String... said) throws IOException {
        assertThatThrownBy(() -> install(pinned))
                .isInstanceOf(ModelException.class)
                .hasMessageContainingAll(said);
        assertNothingInstalled();
    }
}
