package dev.percept.server;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.Gson;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.File;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Assumptions;

/**
 * Chromium without a window, spoken to in its own DevTools protocol over a WebSocket (ADR 27). A {@link Tab} is what the tests use.
 */
final class Browser {
    /** What Debian and Ubuntu, Chrome's packages and others call it. */
    private static final List<String> NAMES = List.of("chromium", "chromium-browser", "google-chrome", "chrome");

    private static final Gson JSON = new Gson();
    private static final Duration START = Duration.ofSeconds(60);
    private static final Duration ANSWER = Duration.ofSeconds(60);

    private final Process process;
    private final WebSocket socket;
    private final AtomicInteger lastId = new AtomicInteger();
    private final Map<Integer, CompletableFuture<JsonObject>> waiting;
    private final List<JsonObject> events;

    private Browser(
            Process process,
            WebSocket socket,
            Map<Integer, CompletableFuture<JsonObject>> waiting,
            List<JsonObject> events) {
        this.process = process;
        this.socket = socket;
        this.waiting = waiting;
        this.events = events;
    }

    /** The first Chromium or Chrome in PATH. */
    static Optional<Path> find() {
        return Stream.of(System.getenv().getOrDefault("PATH", "").split(File.pathSeparator))
                .flatMap(folder -> NAMES.stream().map(name -> Path.of(folder, name)))
                .filter(Files::isExecutable)
                .findFirst();
    }

    /** A browser, or null where none is in PATH, as may be so anywhere but in CI. */
    static @Nullable Browser startIfThere() throws Exception {
        Optional<Path> program = find();
        if (Boolean.parseBoolean(System.getenv("CI"))) {
            assertThat(program).as("in CI there is a Chromium in PATH").isPresent();
        }
        return program.isEmpty()
                ? null
                : start(program.get(), Files.createTempDirectory(Path.of("target"), "chromium-"));
    }

    /** That browser; without it a test is skipped. */
    static Browser required(@Nullable Browser browser) {
        Assumptions.assumeTrue(browser != null, "no Chromium in PATH, to try the page in");
        return Objects.requireNonNull(browser);
    }

    /**
     * Starts a browser.
     *
     * @param profile an empty folder, where it keeps what it must
     */
    static Browser start(Path program, Path profile) throws Exception {
        List<String> command = new ArrayList<>(List.of(
                program.toString(),
                "--headless=new",
                "--remote-debugging-port=0",
                "--user-data-dir=" + profile,
                "--no-first-run",
                "--disable-gpu",
                "--disable-dev-shm-usage",
                "--disable-background-networking",
                "--disable-component-update",
                "--hide-scrollbars"));
        if (System.getProperty("user.name").equals("root")) {
            command.add("--no-sandbox");
        }
        Process process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(profile.resolve("output.txt").toFile())
                .start();
        try {
            Map<Integer, CompletableFuture<JsonObject>> waiting = new ConcurrentHashMap<>();
            List<JsonObject> events = new CopyOnWriteArrayList<>();
            WebSocket socket = HttpClient.newHttpClient()
                    .newWebSocketBuilder()
                    .buildAsync(address(process, profile), new Incoming(waiting, events))
                    .get(START.toSeconds(), TimeUnit.SECONDS);
            return new Browser(process, socket, waiting, events);
        } catch (Exception | Error e) {
            process.destroyForcibly();
            throw e;
        }
    }

    /** Where it listens: it chooses a port, and writes it into a file, which may be there before its two lines are. */
    private static URI address(Process process, Path profile) throws Exception {
        Path file = profile.resolve("DevToolsActivePort");
        long end = System.nanoTime() + START.toNanos();
        while (System.nanoTime() < end && process.isAlive()) {
            List<String> lines = Files.exists(file) ? Files.readAllLines(file) : List.of();
            if (lines.size() == 2) {
                return URI.create("ws://127.0.0.1:" + lines.get(0) + lines.get(1));
            }
            Thread.sleep(50);
        }
        throw new IOException("Chromium did not start: " + Files.readString(profile.resolve("output.txt")));
    }

    /** A tab with nothing of other tabs': its own storage and cache. */
    Tab open() throws Exception {
        JsonObject context = call("", "Target.createBrowserContext", Map.of());
        JsonObject target = call(
                "",
                "Target.createTarget",
                Map.of("url", "about:blank", "browserContextId", text(context, "browserContextId")));
        JsonObject session =
                call("", "Target.attachToTarget", Map.of("targetId", text(target, "targetId"), "flatten", true));
        return new Tab(this, text(session, "sessionId"));
    }

    private static String text(JsonObject object, String name) {
        return object.get(name).getAsString();
    }

    /**
     * Calls a method of the protocol and waits for what it returns.
     *
     * @param session of a tab, or "" for the browser itself
     */
    JsonObject call(String session, String method, Map<String, ?> parameters) throws Exception {
        int id = lastId.incrementAndGet();
        JsonObject message = new JsonObject();
        message.addProperty("id", id);
        message.addProperty("method", method);
        message.add("params", JSON.toJsonTree(parameters));
        if (!session.isEmpty()) {
            message.addProperty("sessionId", session);
        }
        CompletableFuture<JsonObject> answer = new CompletableFuture<>();
        waiting.put(id, answer);
        socket.sendText(message.toString(), true).get(ANSWER.toSeconds(), TimeUnit.SECONDS);
        JsonObject answered;
        try {
            answered = answer.get(ANSWER.toSeconds(), TimeUnit.SECONDS);
        } catch (TimeoutException e) {
            throw new IOException(method + " was not answered within " + ANSWER.toSeconds() + " s", e);
        }
        if (answered.has("error")) {
            throw new IOException(method + ": " + answered.get("error"));
        }
        return answered.getAsJsonObject("result");
    }

    /** The parameters of all events so far of a tab that have this name, in order. */
    List<JsonObject> events(String session, String method) {
        return events.stream()
                .filter(event -> event.get("method").getAsString().equals(method))
                .filter(event -> event.has("sessionId")
                        && event.get("sessionId").getAsString().equals(session))
                .map(event -> event.getAsJsonObject("params"))
                .toList();
    }

    void close() throws Exception {
        try {
            call("", "Browser.close", Map.of());
        } finally {
            if (!process.waitFor(10, TimeUnit.SECONDS)) {
                process.destroyForcibly().waitFor();
            }
        }
    }

    /** Sorts what comes in: answers to those that wait for them, events to the list. */
    private static final class Incoming implements WebSocket.Listener {
        private final Map<Integer, CompletableFuture<JsonObject>> waiting;
        private final List<JsonObject> events;
        private final StringBuilder message = new StringBuilder();

        Incoming(Map<Integer, CompletableFuture<JsonObject>> waiting, List<JsonObject> events) {
            this.waiting = waiting;
            this.events = events;
        }

        @Override
        public CompletionStage<?> onText(WebSocket socket, CharSequence part, boolean last) {
            message.append(part);
            if (last) {
                JsonObject whole = JsonParser.parseString(message.toString()).getAsJsonObject();
                message.setLength(0);
                if (whole.has("id")) {
                    waiting.remove(whole.get("id").getAsInt()).complete(whole);
                } else {
                    events.add(whole);
                }
            }
            socket.request(1);
            return CompletableFuture.completedFuture(null);
        }
    }
}
