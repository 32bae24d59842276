package dev.percept.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** How the page's files are served. What the page does is in {@link PageIT}. */
class PageTest {
    private static final Path FOLDER = Path.of("src", "main", "resources", "dev", "percept", "server", "page");

    private static PerceptServer server;
    private static Client client;

    @BeforeAll
    static void start() throws Exception {
        server = PerceptServer.start(ServerConfig.defaults().withAddress("127.0.0.1", 0));
        client = new Client(server.address());
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    private static String header(HttpResponse<String> response, String name) {
        return response.headers().firstValue(name).orElse("");
    }

    @ParameterizedTest
    @CsvSource({
        "/,              index.html, text/html;charset=utf-8",
        "/page/page.css, page.css,   text/css;charset=utf-8",
        "/page/page.js,  page.js,    text/javascript;charset=utf-8",
        "/page/icon.svg, icon.svg,   image/svg+xml",
    })
    void servesItsFiles(String path, String file, String contentType) throws Exception {
        HttpResponse<String> response = client.get(path);

        assertThat(response.statusCode()).isEqualTo(200);
        assertThat(response.body()).isEqualTo(Files.readString(FOLDER.resolve(file)));
        assertThat(header(response, "Content-Type")).isEqualTo(contentType);
    }

    @Test
    void servesAllItsFilesAndNoMore() throws Exception {
        try (Stream<Path> files = Files.list(FOLDER)) {
            for (Path file : files.toList()) {
                String name = file.getFileName().toString();
                int expected = name.equals("index.html") ? 404 : 200;
                assertThat(client.get("/page/" + name).statusCode()).as(name).isEqualTo(expected);
            }
        }
        for (String path : List.of("/page/", "/page/..%2fHttpService.class", "/index.html", "/favicon.ico")) {
            assertThat(client.get(path).statusCode()).as(path).isBetween(400, 404);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"/", "/page/page.js"})
    void runsNothingThatIsNotOurs(String path) throws Exception {
        HttpResponse<String> response = client.get(path);

        assertThat(header(response, "Content-Security-Policy").split("; "))
                .contains("default-src 'none'", "script-src 'self'", "connect-src 'self'", "frame-ancestors 'none'")
                .noneMatch(directive -> directive.contains("unsafe") || directive.contains("*"));
        assertThat(header(response, "X-Content-Type-Options")).isEqualTo("nosniff");
        assertThat(header(response, "Referrer-Policy")).isEqualTo("no-referrer");
    }

    @Test
    void isNotSentAgainToWhoHasIt() throws Exception {
        HttpResponse<String> first = client.get("/page/page.css");
        String etag = header(first, "ETag");
        assertThat(header(first, "Cache-Control")).isEqualTo("no-cache");

        for (String known : List.of(etag, "W/" + etag, "\"other\", " + etag, "*")) {
            HttpResponse<String> again =
                    client.send(client.request("/page/page.css").header("If-None-Match", known));
            assertThat(again.statusCode()).as(known).isEqualTo(304);
            assertThat(again.body()).isEmpty();
            assertThat(header(again, "ETag")).isEqualTo(etag);
        }
        HttpResponse<String> other =
                client.send(client.request("/page/page.css").header("If-None-Match", "\"other\""));
        assertThat(other.statusCode()).isEqualTo(200);
        assertThat(header(client.get("/"), "ETag")).isNotEqualTo(etag);
    }

    @Test
    void isOnlyRead() throws Exception {
        Client.problem(client.send(client.request("/").POST(BodyPublishers.noBody())), 405, "wrong-method");
    }
}
