package dev.percept.server;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import dev.percept.Device;
import dev.percept.LossOptions;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/** The page in Chromium, one tab for each test; whatever is done there, it must not complain nor ask another server. */
abstract class PageInBrowser {
    static final ServerConfig CONFIG = ServerConfig.defaults()
            .withAddress("127.0.0.1", 0)
            .withModel("nlpd", LossOptions.defaults().withDevice(Device.CPU));

    @TempDir
    static Path folder = Path.of("");

    /** A picture. */
    static Path reference;
    /** The same but for a small square. */
    static Path near;

    static PerceptServer server;
    private static @Nullable Browser browser;

    Tab tab;

    @BeforeAll
    static void start() throws Exception {
        reference = TestPictures.draw(folder.resolve("reference.png"), -1, -1);
        near = TestPictures.draw(folder.resolve("near.png"), 200, 100);
        server = start(ServerLimits.defaults());
        browser = Browser.startIfThere();
    }

    static PerceptServer start(ServerLimits limits) throws Exception {
        return PerceptServer.start(CONFIG.withLimits(limits));
    }

    @AfterAll
    static void stop() throws Exception {
        server.close();
        if (browser != null) {
            browser.close();
        }
    }

    @BeforeEach
    void open() throws Exception {
        tab = Browser.required(browser).open().resize(1280, 900, false).open(server.address());
    }

    @AfterEach
    void nothingIsAmiss() {
        if (tab == null) {
            return;
        }
        assertThat(tab.complaints()).isEmpty();
        assertThat(tab.requests()).allSatisfy(address -> {
            URI http = address.getScheme().equals("blob") ? URI.create(address.getSchemeSpecificPart()) : address;
            assertThat(http.getHost()).isEqualTo("127.0.0.1");
            assertThat(http.getPort()).isEqualTo(tab.origin().getPort());
        });
    }

    /** What the service answers for the reference and a candidate. */
    static JsonObject scored(Path candidate) throws Exception {
        Form form = new Form()
                .file("reference", "reference.png", Files.readAllBytes(reference))
                .file("candidate", candidate.getFileName().toString(), Files.readAllBytes(candidate));
        return Client.json(new Client(server.address()).score(form))
                .getAsJsonArray("results")
                .get(0)
                .getAsJsonObject();
    }

    /** The score that the page shows. */
    double total() throws Exception {
        return tab.evaluate("Number(document.querySelector('#total').title)").getAsDouble();
    }
}
