package dev.percept.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What the page says when something is amiss, or takes long. */
class PageProblemsIT extends PageInBrowser {
    @Test
    void saysWhichPictureCannotBeRead() throws Exception {
        Path broken = TestPictures.cut(folder.resolve("broken.png"), reference);
        tab.drop("header", broken, near);
        tab.awaitShown("#problem");

        assertThat(tab.text("#problem h2")).isEqualTo("A picture can't be scored");
        assertThat(tab.text("#problem .detail")).startsWith("broken.png: it is a damaged");
        assertThat(tab.text("#problem code")).hasSize(36);
        assertThat(tab.is("document.querySelector('#problem button').hidden")).isTrue();
        assertThat(tab.is("document.querySelector('#reference.bad [aria-invalid]')"))
                .isTrue();
        assertThat(tab.is("document.querySelector('#candidate.bad')")).isFalse();

        tab.drop("#reference", reference);
        tab.awaitShown("#result");
        assertThat(tab.is("document.querySelector('#problem').hidden && !document.querySelector('.bad')"))
                .isTrue();
    }

    @Test
    void saysWhichFileIsGone() throws Exception {
        Path gone = Files.copy(reference, folder.resolve("gone.png"));
        tab.drop("#reference", gone);
        tab.awaitShown("#reference .remove");
        Files.delete(gone);
        tab.drop("#candidate", near);
        tab.awaitShown("#problem");

        assertThat(tab.text("#problem")).contains("can’t be read", "gone.png: the file was changed, moved or deleted");
        assertThat(tab.is("document.querySelector('#reference.bad')")).isTrue();
    }

    @Test
    void showsHowFarALargePictureIs() throws Exception {
        tab.call(
                "Network.emulateNetworkConditions",
                Map.of("offline", false, "latency", 0, "downloadThroughput", -1, "uploadThroughput", 50_000));
        tab.drop("header", Form.samplePath("reference"), Form.samplePath("noise-20"));
        tab.awaitShown("#work");
        tab.await("document.querySelector('#bar').value > 0.1 && document.querySelector('#bar').value < 1");
        assertThat(tab.text("#work-text")).matches("Uploading, \\d+%");

        tab.click("#cancel");
        assertThat(tab.is("document.querySelector('#work').hidden")).isTrue();
        assertThat(tab.text("#problem h2")).isEqualTo("Cancelled");
    }

    @Test
    void offersToTryAgainWhenTheServerIsBusy() throws Exception {
        try (PerceptServer small = start(ServerLimits.defaults().withQueuePixels(1))) {
            tab.open(small.address());
            try (HalfSent other = new HalfSent(small.address())) {
                Meanwhile.await("admitted", () -> small.admitted() == 1);
                tab.drop("header", reference, near);
                tab.awaitShown("#problem button");
                assertThat(tab.text("#problem h2")).isEqualTo("The server is busy");
                assertThat(tab.text("#problem .detail")).endsWith("The service asks to wait 1 s.");
                other.sendRest();
                other.answer();
            }
            tab.click("#problem button");
            tab.awaitShown("#result");
            assertThat(total()).isEqualTo(scored(near).get("total").getAsDouble());
        }
    }

    @Test
    void asksForAKeyAndKeepsItInTheTab() throws Exception {
        String key = "a-key-of-16-signs-or-more";
        ServerSecurity security = ServerSecurity.defaults().withKeys(List.of(ApiKey.of("page", key)));
        try (PerceptServer locked = PerceptServer.start(CONFIG.withSecurity(security))) {
            tab.open(locked.address());
            tab.drop("header", reference, near);
            tab.awaitShown("#key");
            assertThat(tab.text("#key h2")).isEqualTo("This server asks for a key");
            tab.type("not the key of this server");
            tab.press("Enter");
            tab.await("document.querySelector('#key h2').innerText === 'The server refuses this key'");
            tab.awaitShown("#key");
            tab.type(key);
            tab.press("Enter");
            tab.awaitShown("#result");

            assertThat(total()).isEqualTo(scored(near).get("total").getAsDouble());
            assertThat(tab.is("Object.values(sessionStorage).join() === '" + key + "'"))
                    .isTrue();
            assertThat(tab.is("localStorage.length === 0 && document.cookie === ''"))
                    .isTrue();
            tab.click("#forget-key");
            assertThat(tab.is("sessionStorage.length === 0")).isTrue();
        }
    }

    @Test
    void saysThatTheServiceIsGone() throws Exception {
        try (PerceptServer other = start(ServerLimits.defaults())) {
            tab.open(other.address());
            tab.await("document.querySelector('#service.ready')");
        }
        tab.drop("header", reference, near);
        tab.awaitShown("#problem button");

        assertThat(tab.text("#problem h2")).isEqualTo("The service can’t be reached");
        assertThat(tab.text("#reference .about")).startsWith("reference.png");
    }
}
