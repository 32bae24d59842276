package dev.percept.models;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonParser;
import dev.percept.PerceptHome;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
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

    /** VGG19 and VGG16: perceptual, content and style. */
    @Test
    void everyModelOfTheCatalogue() throws IOException {
        Catalogue catalogue = Catalogue.read(MADE.resolve("catalogue.json"));
        assertThat(catalogue.models())
                .extracting(CatalogueModel::name)
                .containsExactlyInAnyOrderElementsOf(exports().keySet())
                .containsAll(Catalogue.builtIn().models().stream()
                        .map(CatalogueModel::name)
                        .toList());
        ModelInstaller installer = installer(catalogue);
        for (CatalogueModel model : catalogue.models()) {
            boolean large = model.weights().repository().contains("vgg19");
            Path installed = installer.installFrom(model.name(), file(large ? "vgg19" : "vgg16"));
            assertIsTheExport(model.name(), installed);
            installer.verify(model.name());
            installer.remove(model.name());
        }
    }

    @Test
    void byRangesAndWholeOverTheNetwork() throws IOException {
        byte[] weights = Files.readAllBytes(file("vgg19"));
        try (WeightsServer server = new WeightsServer(weights)) {
            Catalogue pinned = Catalogue.read(MADE.resolve("catalogue.json"));
            server.cuts.addAll(List.of(1_000_000, 1, 5_000_000, 65_536, 1_000, 7, 10_000_000, 1, 300_000, 2_000_000));
            Path model = installer(pinned).install("vgg19", server.address(), InstallProgress.NONE);
            assertIsTheExport("vgg19", model);
            assertThat(server.ranges).hasSizeGreaterThan(10).allMatch(range -> range.startsWith("bytes="));
            installer(pinned).remove("vgg19");

            server.ranges.clear();
            server.knowsRanges = false;
            installer(pinned).install("vgg19", server.address(), InstallProgress.NONE);
            assertIsTheExport("vgg19", model);
            assertThat(server.ranges).last().isEqualTo("null");
        }
    }

    private static Path file(String network) {
        return MADE.resolve(network + ".safetensors");
    }

    private static Map<String, String> exports() throws IOException {
        Map<String, String> exports = new HashMap<>();
        JsonParser.parseString(Files.readString(MADE.resolve("exports.json")))
                .getAsJsonObject()
                .entrySet()
                .forEach(entry -> exports.put(entry.getKey(), entry.getValue().getAsString()));
        return exports;
    }

    private static void assertIsTheExport(String name, Path model) throws IOException {
        assertThat(TensorBytes.sha256(model)).as(name).isEqualTo(exports().get(name));
    }

    private ModelInstaller installer(Catalogue catalogue) {
        PerceptHome folders = new PerceptHome(folder.resolve("home"), folder.resolve("cache"));
        Surroundings real = Surroundings.real();
        return new ModelInstaller(
                catalogue, folders, new Surroundings(Map.of(), real.disk(), 1, Duration.ofSeconds(30)));
    }
}
