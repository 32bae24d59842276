package dev.percept.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What the page does with pictures. */
class PageIT extends PageInBrowser {
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

    /** Its picture hasn't been decoded yet, which takes a while if it is large. */
    @Test
    void showsNothingOfTheLastCandidateBesideTheScoreOfAnother() throws Exception {
        tab.drop("#reference", Form.samplePath("reference"));
        tab.drop("#candidate", Form.samplePath("noise-20"), Form.samplePath("blur-1"), Form.samplePath("blur-3"));
        tab.awaitShown("#legend");

        assertThat(tab.is("(() => { document.querySelector('#candidates label:nth-of-type(3) input').click();"
                        + " return document.querySelector('#legend').hidden"
                        + " && [...document.querySelectorAll('#stage .side img')].every(image => image.hidden); })()"))
                .isTrue();
        tab.await("document.querySelector('#candidate .about').innerText.startsWith('blur-3.png')");
        tab.awaitShown("#legend");
        assertThat(tab.is("[...document.querySelectorAll('#stage .side img')].some(image => image.hidden)"))
                .isFalse();
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
}
