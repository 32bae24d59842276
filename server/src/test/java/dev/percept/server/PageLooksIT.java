package dev.percept.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * How the page looks in Chromium: in windows of several widths, light and dark, and to who can't see it. Leaves its screenshots in
 * {@code target/page}, for people to look at; {@code -Dpercept.docs.update=true} puts one into the documentation.
 */
class PageLooksIT {
    private static final Path SCREENSHOTS = Path.of("target", "page");
    private static final Path DOCUMENTED = Path.of("..", "docs", "images", "page.jpg");

    @TempDir
    static Path folder = Path.of("");

    private static PerceptServer server;
    private static @Nullable Browser browser;

    @BeforeAll
    static void start() throws Exception {
        server = PerceptServer.start(ServerConfig.defaults().withAddress("127.0.0.1", 0));
        browser = Browser.startIfThere();
    }

    @AfterAll
    static void stop() throws Exception {
        server.close();
        if (browser != null) {
            browser.close();
        }
    }

    @ParameterizedTest
    @CsvSource({"1280, light", "1280, dark", "390, light", "390, dark", "360, light"})
    void fitsInEveryState(int width, String colourScheme) throws Exception {
        boolean phone = width < 600;
        Tab tab = Browser.required(browser)
                .open()
                .resize(width, phone ? 844 : 900, phone)
                .prefer(colourScheme)
                .open(server.address());
        String name = width + "-" + colourScheme + ".png";

        tab.await("document.querySelector('#service.ready')");
        look(tab, width, "empty-" + name);
        tab.drop("#reference", Form.samplePath("reference"));
        tab.awaitShown("#reference .remove");
        look(tab, width, "one-" + name);
        tab.drop("#candidate", Form.samplePath("blur-3"));
        tab.awaitShown("#legend");
        look(tab, width, "result-" + name);
        if (Boolean.getBoolean("percept.docs.update") && name.equals("1280-light.png")) {
            tab.screenshot(DOCUMENTED);
        }

        Path broken = Files.write(folder.resolve("a-" + "very-".repeat(20) + "long-name.txt"), new byte[] {1});
        tab.drop("#candidate", Form.samplePath("hue-30"), broken, Form.samplePath("jpeg-50"));
        tab.awaitShown("#candidates");
        // Before that the legend is the last one's.
        tab.await("document.querySelector('#spoken').textContent.includes('jpeg-50')");
        tab.awaitShown("#legend");
        look(tab, width, "several-" + name);
        tab.drop("#candidate", broken);
        tab.awaitShown("#problem");
        look(tab, width, "problem-" + name);

        assertThat(isDark(tab)).isEqualTo(colourScheme.equals("dark"));
        assertThat(tab.complaints()).isEmpty();
    }

    /** Nothing is wider than the window, nothing that can be operated is nameless or too small for a finger. */
    private static void look(Tab tab, int width, String screenshot) throws Exception {
        tab.screenshot(SCREENSHOTS.resolve(screenshot));
        assertThat(tab.evaluate("document.documentElement.scrollWidth").getAsInt())
                .as(screenshot)
                .isLessThanOrEqualTo(width);
        assertThat(tab.controls()).as(screenshot).isNotEmpty().noneMatch(control -> control.endsWith(": "));
        // WCAG 2.2, 2.5.8; inputs that are covered by their labels have those labels' size.
        assertThat(tab.evaluate("[...document.querySelectorAll('button, select, label:has(input)')]"
                                + ".filter(e => e.checkVisibility({visibilityProperty: true}))"
                                + ".filter(e => e.getBoundingClientRect().height < 24).map(e => e.outerHTML)")
                        .getAsJsonArray())
                .as(screenshot)
                .isEmpty();
    }

    private static boolean isDark(Tab tab) throws Exception {
        return tab.is("/^rgb\\((\\d|[1-9]\\d), /.test(getComputedStyle(document.body).backgroundColor)");
    }

    /** Text has enough contrast, 4.5 to 1, to its background, in both colour schemes: WCAG 2.2, 1.4.3. */
    @Test
    void canBeRead() throws Exception {
        for (String colourScheme : new String[] {"light", "dark"}) {
            Tab tab = Browser.required(browser).open().prefer(colourScheme).open(server.address());
            for (String ink : new String[] {"--ink", "--quiet", "--accent", "--bad"}) {
                for (String paper : new String[] {"--paper", "--raised", "--track", "--bad-paper"}) {
                    double contrast = tab.evaluate("(() => { const luminance = name => {"
                                    + "const hex = getComputedStyle(document.documentElement).getPropertyValue(name).trim();"
                                    + "const [r, g, b] = [1, 3, 5].map(i => parseInt(hex.slice(i, i + 2), 16) / 255)"
                                    + ".map(c => c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);"
                                    + "return 0.2126 * r + 0.7152 * g + 0.0722 * b + 0.05; };"
                                    + "const [a, b] = [luminance('" + ink + "'), luminance('" + paper + "')];"
                                    + "return Math.max(a, b) / Math.min(a, b); })()")
                            .getAsDouble();
                    assertThat(contrast)
                            .as(ink + " on " + paper + ", " + colourScheme)
                            .isGreaterThanOrEqualTo(4.5);
                }
            }
        }
    }
}
