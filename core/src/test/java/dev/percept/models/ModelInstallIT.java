package dev.percept.models;

import static org.assertj.core.api.Assertions.assertThat;

import dev.percept.PerceptHome;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is installed is what {@code percept export} writes of the same weights, byte for byte. */
class ModelInstallIT {
    /** Written by the export tools' tests, oracle/make_catalogue.py. */
    private static final Path MADE = Path.of("..", "export-tools", "target", "catalogue");

    @TempDir
    Path folder = Path.of("");

    @BeforeEach
    void requireCatalogue() {
        Assumptions.assumeTrue(
                Files.exists(MADE.resolve("catalogue.json")),
                "no catalogue: run mvn verify from the root, with Python");
    }

    @Test
    void ofAFile() throws IOException {
        ModelInstaller installer = installer(Catalogue.read(MADE.resolve("catalogue.json")));
        for (String name : new String[] {"vgg19", "style-basicsr"}) {
            Path model = installer.installFrom(name, MADE.resolve("model.safetensors"));
            assertThat(Files.mismatch(model, MADE.resolve(name + ".onnx"))).isEqualTo(-1);
        }
        installer.verify("vgg19");
    }

    @Test
    void byRangesAndWholeOverTheNetwork() throws IOException {
        byte[] weights = Files.readAllBytes(MADE.resolve("model.safetensors"));
        try (WeightsServer server = new WeightsServer(weights)) {
            Catalogue pinned = Catalogue.read(MADE.resolve("catalogue.json"));
            server.cuts.add(1_000_000);
            Path model = installer(pinned).install("vgg19", server.address(), InstallProgress.NONE);
            assertThat(Files.mismatch(model, MADE.resolve("vgg19.onnx"))).isEqualTo(-1);
            assertThat(server.ranges).allMatch(range -> range.startsWith("bytes="));
            installer(pinned).remove("vgg19");

            server.ranges.clear();
            server.knowsRanges = false;
            installer(pinned).install("vgg19", server.address(), InstallProgress.NONE);
            assertThat(Files.mismatch(model, MADE.resolve("vgg19.onnx"))).isEqualTo(-1);
            assertThat(server.ranges).last().isEqualTo("null");
        }
    }

    private ModelInstaller installer(Catalogue catalogue) {
        PerceptHome folders = new PerceptHome(folder.resolve("home"), folder.resolve("cache"));
        Surroundings real = Surroundings.real();
        return new ModelInstaller(
                catalogue, folders, new Surroundings(Map.of(), real.disk(), 1, Duration.ofSeconds(30)));
    }
}
