package dev.percept.server;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.jspecify.annotations.Nullable;

/** A tab of a {@link Browser}: what a user does to a page and sees of it. */
final class Tab {
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final int SHIFT = 8;

    private final Browser browser;
    private final String session;
    private int chosen;
    private int requestsBefore;
    private @Nullable URI origin;

    Tab(Browser browser, String session) throws Exception {
        this.browser = browser;
        this.session = session;
        for (String domain : List.of("Page", "Runtime", "Network", "Log", "Accessibility")) {
            call(domain + ".enable", Map.of());
        }
    }

    JsonObject call(String method, Map<String, ?> parameters) throws Exception {
        return browser.call(session, method, parameters);
    }

    /** Makes the window this large, in CSS pixels; a phone's is touched, and has more pixels for each. */
    Tab resize(int width, int height, boolean phone) throws Exception {
        call(
                "Emulation.setDeviceMetricsOverride",
                Map.of("width", width, "height", height, "deviceScaleFactor", phone ? 2 : 1, "mobile", phone));
        call("Emulation.setTouchEmulationEnabled", Map.of("enabled", phone));
        return this;
    }

    Tab prefer(String colourScheme) throws Exception {
        call(
                "Emulation.setEmulatedMedia",
                Map.of("features", List.of(Map.of("name", "prefers-color-scheme", "value", colourScheme))));
        return this;
    }

    Tab open(URI address) throws Exception {
        requestsBefore = browser.events(session, "Network.requestWillBeSent").size();
        origin = address;
        call("Page.navigate", Map.of("url", address.toString()));
        await("document.readyState === 'complete' && location.href.startsWith('" + address + "')");
        return this;
    }

    /** The value of a JavaScript expression. */
    JsonElement evaluate(String expression) throws Exception {
        JsonObject answer =
                call("Runtime.evaluate", Map.of("expression", expression, "returnByValue", true, "awaitPromise", true));
        assertThat(answer.has("exceptionDetails"))
                .as(expression + ": " + answer)
                .isFalse();
        JsonElement value = answer.getAsJsonObject("result").get("value");
        return value == null ? JsonNull.INSTANCE : value;
    }

    boolean is(String condition) throws Exception {
        return evaluate("Boolean(" + condition + ")").getAsBoolean();
    }

    /** Waits until a JavaScript expression is true, and fails if it doesn't become so. */
    void await(String condition) throws Exception {
        long end = System.nanoTime() + PATIENCE.toNanos();
        while (!is(condition)) {
            assertThat(System.nanoTime())
                    .as("still not so: " + condition + "\n" + evaluate("document.body.innerText"))
                    .isLessThan(end);
            Thread.sleep(50);
        }
    }

    void awaitShown(String selector) throws Exception {
        await("document.querySelector('" + selector + "')?.checkVisibility({visibilityProperty: true})");
    }

    /** The text of an element, as it is seen. */
    String text(String selector) throws Exception {
        return evaluate("document.querySelector('" + selector + "').innerText").getAsString();
    }

    /** Drops files of the file manager in the middle of an element. */
    void drop(String selector, Path... files) throws Exception {
        JsonElement at = evaluate("(() => { const e = document.querySelector('" + selector
                + "'); e.scrollIntoView({block: 'center', behavior: 'instant'}); const b = e.getBoundingClientRect();"
                + " return {x: b.x + b.width / 2, y: b.y + b.height / 2}; })()");
        List<String> paths = Arrays.stream(files)
                // A page can't read what has .. in its path.
                .map(file -> file.toAbsolutePath().normalize().toString())
                .toList();
        for (String type : List.of("dragEnter", "dragOver", "drop")) {
            call(
                    "Input.dispatchDragEvent",
                    Map.of(
                            "type",
                            type,
                            "x",
                            at.getAsJsonObject().get("x"),
                            "y",
                            at.getAsJsonObject().get("y"),
                            "data",
                            Map.of("items", List.of(), "files", paths, "dragOperationsMask", 1)));
        }
    }

    /** Chooses a file in the dialog that the page has asked for. */
    void chooseIn(Path file) throws Exception {
        long end = System.nanoTime() + PATIENCE.toNanos();
        while (browser.events(session, "Page.fileChooserOpened").size() == chosen) {
            assertThat(System.nanoTime()).as("no file chooser was opened").isLessThan(end);
            Thread.sleep(50);
        }
        JsonObject opened = browser.events(session, "Page.fileChooserOpened").get(chosen++);
        call(
                "DOM.setFileInputFiles",
                Map.of("files", List.of(file.toString()), "backendNodeId", opened.get("backendNodeId")));
    }

    /** Presses the mouse's button somewhere along an element's width, and lets it go elsewhere along it. */
    void drag(String selector, double from, double to) throws Exception {
        JsonObject box = evaluate("(() => { const e = document.querySelector('" + selector
                        + "'); e.scrollIntoView({block: 'center', behavior: 'instant'});"
                        + " return e.getBoundingClientRect().toJSON(); })()")
                .getAsJsonObject();
        double y = box.get("y").getAsDouble() + box.get("height").getAsDouble() / 2;
        for (String type : List.of("mousePressed", "mouseMoved", "mouseReleased")) {
            double share = type.equals("mousePressed") ? from : to;
            call(
                    "Input.dispatchMouseEvent",
                    Map.of(
                            "type",
                            type,
                            "x",
                            box.get("x").getAsDouble()
                                    + share * box.get("width").getAsDouble(),
                            "y",
                            y,
                            "button",
                            "left",
                            "buttons",
                            1,
                            "clickCount",
                            1));
        }
    }

    /** Presses and lets go a key by its name, such as Tab, ArrowRight, Enter or Space. */
    void press(String key) throws Exception {
        press(key, 0);
    }

    void pressShift(String key) throws Exception {
        press(key, SHIFT);
    }

    private void press(String key, int modifiers) throws Exception {
        int code =
                switch (key) {
                    case "Tab" -> 9;
                    case "Enter" -> 13;
                    case "Space" -> 32;
                    case "PageUp" -> 33;
                    case "PageDown" -> 34;
                    case "End" -> 35;
                    case "Home" -> 36;
                    case "ArrowLeft" -> 37;
                    case "ArrowUp" -> 38;
                    case "ArrowRight" -> 39;
                    case "ArrowDown" -> 40;
                    default -> throw new IllegalArgumentException(key);
                };
        String text = key.equals("Enter") ? "\r" : key.equals("Space") ? " " : "";
        Map<String, Object> parameters = Map.of(
                "key",
                key.equals("Space") ? " " : key,
                "code",
                key,
                "windowsVirtualKeyCode",
                code,
                "modifiers",
                modifiers,
                "text",
                text,
                "type",
                text.isEmpty() ? "rawKeyDown" : "keyDown");
        call("Input.dispatchKeyEvent", parameters);
        call(
                "Input.dispatchKeyEvent",
                Map.of("type", "keyUp", "key", parameters.get("key"), "code", key, "windowsVirtualKeyCode", code));
    }

    /** Types a text into what has the focus. */
    void type(String text) throws Exception {
        call("Input.insertText", Map.of("text", text));
    }

    void click(String selector) throws Exception {
        evaluate("document.querySelector('" + selector + "').click()");
    }

    /** Takes a picture of the whole page, as a JPEG or a PNG by the file's name. */
    void screenshot(Path file) throws Exception {
        boolean jpeg = file.toString().endsWith(".jpg");
        JsonObject size = call("Page.getLayoutMetrics", Map.of()).getAsJsonObject("cssContentSize");
        JsonObject picture = call(
                "Page.captureScreenshot",
                Map.of(
                        "format",
                        jpeg ? "jpeg" : "png",
                        "captureBeyondViewport",
                        true,
                        "clip",
                        Map.of("x", 0, "y", 0, "scale", 1, "width", size.get("width"), "height", size.get("height"))));
        Files.createDirectories(file.getParent());
        Files.write(file, Base64.getDecoder().decode(picture.get("data").getAsString()));
    }

    /** The address that was opened last. */
    URI origin() {
        return Objects.requireNonNull(origin);
    }

    /** The addresses of all requests that the page has made since it was opened. */
    List<URI> requests() {
        return browser.events(session, "Network.requestWillBeSent").stream()
                .skip(requestsBefore)
                .map(event ->
                        URI.create(event.getAsJsonObject("request").get("url").getAsString()))
                .toList();
    }

    /** Whatever is in the console, and exceptions, but not that a request was answered with an error. */
    List<String> complaints() {
        Stream<JsonObject> log = browser.events(session, "Log.entryAdded").stream()
                .filter(event -> !event.getAsJsonObject("entry")
                        .get("source")
                        .getAsString()
                        .equals("network"));
        Stream<JsonObject> thrown = browser.events(session, "Runtime.exceptionThrown").stream();
        Stream<JsonObject> written = browser.events(session, "Runtime.consoleAPICalled").stream();
        return Stream.of(log, thrown, written)
                .flatMap(all -> all)
                .map(JsonObject::toString)
                .toList();
    }

    /** All that can have the focus, as the browser tells assistive technology: role and name. */
    List<String> controls() throws Exception {
        return StreamSupport.stream(
                        call("Accessibility.getFullAXTree", Map.of())
                                .getAsJsonArray("nodes")
                                .spliterator(),
                        false)
                .map(JsonElement::getAsJsonObject)
                .filter(node -> !node.get("ignored").getAsBoolean() && isFocusable(node))
                .map(node -> value(node, "role") + ": " + value(node, "name"))
                .filter(control -> !control.startsWith("RootWebArea"))
                .toList();
    }

    private static boolean isFocusable(JsonObject node) {
        return node.has("properties")
                && StreamSupport.stream(node.getAsJsonArray("properties").spliterator(), false)
                        .anyMatch(property -> property.getAsJsonObject()
                                .get("name")
                                .getAsString()
                                .equals("focusable"));
    }

    private static String value(JsonObject node, String property) {
        JsonObject holder = node.getAsJsonObject(property);
        return holder == null || !holder.has("value") ? "" : holder.get("value").getAsString();
    }
}
