package dev.percept.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import dev.percept.Device;
import dev.percept.LossOptions;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the page does, in Chromium. */
class PageIT {
    private static final ServerConfig CONFIG = ServerConfig.defaults()
            .withAddress("127.0.0.1", 0)
            .withModel("nlpd", LossOptions.defaults().withDevice(Device.CPU));

    @TempDir
    static Path folder = Path.of("");

    private static Path reference;
    private static Path near;
    private static Path far;
    private static PerceptServer server;
    private static @Nullable Browser browser;

    private Tab tab;

    @BeforeAll
    static void start() throws Exception {
        reference = TestPictures.draw(folder.resolve("reference.png"), -1, -1);
        near = TestPictures.draw(folder.resolve("near.png"), 200, 100);
        far = Files.copy(Form.samplePath("noise-20"), folder.resolve("far.png"));
        server = start(ServerLimits.defaults());
        browser = Browser.startIfThere();
    }

    private static PerceptServer start(ServerLimits limits) throws Exception {
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

    private static JsonObject scored(Path candidate) throws Exception {
        Form form = new Form()
                .file("reference", "reference.png", Files.readAllBytes(reference))
                .file("candidate", candidate.getFileName().toString(), Files.readAllBytes(candidate));
        return Client.json(new Client(server.address()).score(form))
                .getAsJsonArray("results")
                .get(0)
                .getAsJsonObject();
    }

    private double total() throws Exception {
        return tab.evaluate("Number(document.querySelector('#total').title)").getAsDouble();
    }

    @Test
    void scoresTwoPicturesThatAreDroppedTogether() throws Exception {
        tab.drop("header", reference, near);
        tab.awaitShown("#result");

        JsonObject expected = scored(near);
        assertThat(total()).isEqualTo(expected.get("total").getAsDouble());
        JsonArray shown = tab.evaluate(
                        "[...document.querySelectorAll('#layers tr')].map(row => ({name: row.cells[0].innerText,"
                                + "value: Number(row.cells[2].title.split(' ')[1]), weight: Number(row.cells[3].title),"
                                + "added: Number(row.cells[4].title),"
                                + "bar: row.querySelector('.bar span').getBoundingClientRect().width"
                                + " / row.querySelector('.bar').getBoundingClientRect().width}))")
                .getAsJsonArray();
        JsonArray layers = expected.getAsJsonArray("layers");
        assertThat(shown).hasSameSizeAs(layers);
        double largest = 0;
        double sum = 0;
        for (JsonElement row : shown) {
            largest = Math.max(largest, number(row, "added"));
            sum += number(row, "added");
        }
        for (int i = 0; i < layers.size(); i++) {
            JsonElement row = shown.get(i);
            assertThat(row.getAsJsonObject().get("name"))
                    .isEqualTo(layers.get(i).getAsJsonObject().get("name"));
            assertThat(number(row, "value")).isEqualTo(number(layers.get(i), "value"));
            assertThat(number(row, "weight")).isEqualTo(number(layers.get(i), "weight"));
            assertThat(number(row, "bar")).isCloseTo(number(row, "added") / largest, within(0.01));
        }
        assertThat(sum).isCloseTo(total(), within(1e-9));
        assertThat(tab.text("#provenance")).contains("nlpd", "cpu", "fp32", "320 × 240");
        assertThat(tab.text("#service")).isEqualTo("nlpd on cpu, fp32");
        assertThat(tab.text("#spoken")).isEqualTo("Score " + tab.text("#total") + ": near.png against reference.png");
    }

    private static double number(JsonElement object, String name) {
        return object.getAsJsonObject().get(name).getAsDouble();
    }

    @Test
    void equalPicturesAreTheSame() throws Exception {
        tab.drop("#reference", reference);
        tab.drop("#candidate", reference);
        tab.awaitShown("#result");

        assertThat(tab.text("#total")).isEqualTo("0");
        assertThat(tab.text("#verdict-about")).isEqualTo("To this model the two are the same.");
        // Two files of one name are told apart.
        assertThat(tab.text("#candidate .about")).startsWith("2-reference.png");
    }

    @Test
    void worksByKeyboardAlone() throws Exception {
        assertThat(tabTo("#reference input")).isEqualTo(1);
        chooseByKeyboard(reference);
        tab.awaitShown("#reference .remove");
        tabTo("#candidate input");
        chooseByKeyboard(near);
        tab.awaitShown("#result");

        tabTo("#sides input");
        tab.press("ArrowRight");
        assertThat(tab.text("#sides :checked + span")).isEqualTo("Reference | candidate");
        tabTo("#swipe");
        tab.press("ArrowRight");
        tab.press("ArrowRight");
        assertThat(swipe()).isEqualTo("52% reference, 48% candidate");
        tab.press("PageDown");
        tab.press("ArrowLeft");
        assertThat(swipe()).isEqualTo("41% reference, 59% candidate");
        tab.press("Home");
        assertThat(swipe()).isEqualTo("0% reference, 100% candidate");
        tab.press("End");
        assertThat(swipe()).isEqualTo("100% reference, 0% candidate");

        // And all the way back, and another candidate in place of the first.
        tab.pressShift("Tab");
        assertThat(tab.is("document.activeElement.name === 'sides'")).isTrue();
        tab.evaluate("document.querySelector('#candidate .remove').focus()");
        tab.press("Space");
        tab.await("document.querySelector('#result').hidden");
        assertThat(tab.is("document.activeElement.matches('#candidate input')")).isTrue();
    }

    /** Presses Tab until something has the focus, which must be seen each time; returns how often that was. */
    private int tabTo(String selector) throws Exception {
        for (int i = 1; i < 30; i++) {
            tab.press("Tab");
            assertThat(tab.is("[document.activeElement, document.activeElement.closest('label, .stage')].some("
                            + "e => e && getComputedStyle(e).outlineStyle === 'solid')"))
                    .as("visible focus of " + tab.evaluate("document.activeElement.outerHTML"))
                    .isTrue();
            if (tab.is("document.activeElement.matches('" + selector + "')")) {
                return i;
            }
        }
        throw new AssertionError("Tab does not lead to " + selector);
    }

    private void chooseByKeyboard(Path file) throws Exception {
        tab.call("Page.setInterceptFileChooserDialog", Map.of("enabled", true));
        tab.press("Space");
        tab.chooseIn(file);
    }

    private String swipe() throws Exception {
        String spoken = tab.evaluate("document.querySelector('#swipe').getAttribute('aria-valuetext')")
                .getAsString();
        // What is seen is what is said.
        String seen = tab.evaluate("document.querySelector('.handle').getBoundingClientRect().x + 1"
                        + " - document.querySelector('#stage').getBoundingClientRect().x")
                .getAsString();
        double width =
                tab.evaluate("document.querySelector('#stage').clientWidth").getAsDouble();
        assertThat(100 * Double.parseDouble(seen) / width)
                .isCloseTo(Double.parseDouble(spoken.replaceFirst("%.*", "")), within(0.5));
        return spoken;
    }

    @Test
    void showsWhereTheyDiffer() throws Exception {
        tab.drop("header", reference, near);
        tab.awaitShown("#legend");
        assertThat(tab.text("#stage .tag.right")).isEqualTo("heat map");
        assertLightestInTheSquare();
        String ofAllLayers = heatmap();
        assertThat(tab.evaluate("document.querySelector('#save-heatmap').href").getAsString())
                .isEqualTo(ofAllLayers);

        tab.evaluate("(() => { const layer = document.querySelector('#layer'); layer.value = 'luma2';"
                + "layer.dispatchEvent(new Event('change', {bubbles: true})); })()");
        tab.await("document.querySelector('.side.right img').src && document.querySelector('.side.right img').src !== '"
                + ofAllLayers + "'");
        assertLightestInTheSquare();
        assertThat(tab.requests()).contains(tab.origin().resolve("/v1/heatmap?layer=luma2"));

        tab.click("#sides [value=\"reference candidate\"]");
        assertThat(tab.is("document.querySelector('#legend').checkVisibility()"))
                .isFalse();
    }

    private String heatmap() throws Exception {
        return tab.evaluate("document.querySelector('.side.right img').src").getAsString();
    }

    /** By what is on the screen: the lightest pixel of the map, scaled to the stage, lies where the pictures differ. */
    private void assertLightestInTheSquare() throws Exception {
        JsonObject lightest = tab.evaluate(
                        "(async () => { const image = document.querySelector('.side.right img');"
                                + "await image.decode();"
                                + "const canvas = new OffscreenCanvas(image.naturalWidth, image.naturalHeight);"
                                + "const context = canvas.getContext('2d'); context.drawImage(image, 0, 0);"
                                + "const {data} = context.getImageData(0, 0, canvas.width, 240);"
                                + "let at = 0; for (let i = 0; i < data.length; i += 4)"
                                + " if (data[i] + data[i + 1] + data[i + 2] > data[at] + data[at + 1] + data[at + 2]) at = i;"
                                + "const scale = image.getBoundingClientRect().width / image.naturalWidth"
                                + " / document.querySelector('#stage').clientWidth * 320;"
                                + "return {x: at / 4 % canvas.width * scale, y: Math.floor(at / 4 / canvas.width) * scale}; })()")
                .getAsJsonObject();
        assertThat(number(lightest, "x")).isBetween(200.0, 232.0);
        assertThat(number(lightest, "y")).isBetween(100.0, 132.0);
    }

    @Test
    void swipesByPointer() throws Exception {
        tab.drop("header", reference, near);
        tab.awaitShown("#result");
        tab.drag("#stage", 0.5, 0.25);

        assertThat(swipe()).startsWith("25% ");
        assertThat(
                        tab.is(
                                "getComputedStyle(document.querySelector('.side.right')).clipPath === 'inset(0px 0px 0px 25%)'"))
                .isTrue();
    }

    @Test
    void listsSeveralCandidates() throws Exception {
        Path broken = TestPictures.cut(folder.resolve("<b>cut<b>.png"), near);
        tab.drop("#reference", Form.samplePath("reference"));
        tab.drop("#candidate", Form.samplePath("noise-20"), broken, Form.samplePath("blur-1"));
        tab.awaitShown("#candidates");

        List<String> names = new ArrayList<>();
        tab.evaluate("[...document.querySelectorAll('#candidates .name')].map(name => name.innerText)")
                .getAsJsonArray()
                .forEach(name -> names.add(name.getAsString()));
        assertThat(names).containsExactly("blur-1.png", "noise-20.png", "<b>cut<b>.png");
        assertThat(tab.text("#candidates .error")).contains("damaged");
        double best = total();
        tab.click("#candidates label:nth-of-type(2) input");
        assertThat(total()).isGreaterThan(best);
        // Once the picture is there.
        tab.await("document.querySelector('#candidate .about').innerText.startsWith('noise-20.png')");
    }

    @Test
    void takesWhatIsPasted() throws Exception {
        tab.drop("#candidate", near);
        String png = Base64.getEncoder().encodeToString(Files.readAllBytes(reference));
        tab.evaluate(
                "(() => { const data = new DataTransfer();"
                        + "data.items.add(new File([Uint8Array.from(atob('" + png
                        + "'), c => c.charCodeAt(0))], 'image.png',"
                        + " {type: 'image/png'}));"
                        + "document.body.dispatchEvent(new ClipboardEvent('paste', {clipboardData: data, bubbles: true})); })()");
        tab.awaitShown("#result");

        assertThat(tab.text("#reference .about")).startsWith("image.png");
        assertThat(total()).isEqualTo(scored(near).get("total").getAsDouble());
    }

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
        tab.drop("header", Form.samplePath("reference"), far);
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
                while (small.admitted() == 0) {
                    Thread.sleep(10);
                }
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
