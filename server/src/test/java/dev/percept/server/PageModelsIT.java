package dev.percept.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.percept.Device;
import dev.percept.LossOptions;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The page of a service that has several models, in Chromium. */
class PageModelsIT {
    private static final List<ServerModel> MODELS = List.of(ServerModel.of("nlpd"), ServerModel.of("second=nlpd"));

    @Test
    void scoresWithTheModelThatIsChosen(@TempDir Path folder) throws Exception {
        Path reference = TestPictures.draw(folder.resolve("reference.png"), -1, -1);
        Path candidate = TestPictures.draw(folder.resolve("candidate.png"), 200, 100);
        ServerConfig config = ServerConfig.defaults()
                .withAddress("127.0.0.1", 0)
                .withModels(MODELS, LossOptions.defaults().withDevice(Device.CPU));
        Browser browser = Browser.required(Browser.startIfThere());
        try (PerceptServer server = PerceptServer.start(config)) {
            Tab tab = browser.open().resize(1280, 900, false).open(server.address());
            tab.await("document.querySelector('#service.ready')");
            tab.awaitShown("#models");
            assertThat(tab.evaluate("[...document.querySelector('#model').options].map(o => o.value).join()")
                            .getAsString())
                    .isEqualTo("nlpd,second");

            tab.drop("header", reference, candidate);
            tab.awaitShown("#result");
            assertThat(asked(tab)).isNotEmpty().allMatch(query -> query.contains("model=nlpd"));

            int before = asked(tab).size();
            tab.evaluate("(() => { const choice = document.querySelector('#model'); choice.value = 'second';"
                    + " choice.dispatchEvent(new Event('change')); })()");
            Meanwhile.await("asked", () -> asked(tab).size() >= before + 2);
            assertThat(asked(tab).subList(before, asked(tab).size()))
                    .hasSize(2)
                    .allMatch(query -> query.contains("model=second"));
            assertThat(tab.complaints()).isEmpty();
        } finally {
            browser.close();
        }
    }

    /** The queries of what was computed for the page. */
    private static List<String> asked(Tab tab) {
        return tab.requests().stream()
                .filter(address -> String.valueOf(address.getPath()).startsWith("/v1/"))
                .map(address -> String.valueOf(address.getQuery()))
                .toList();
    }
}
