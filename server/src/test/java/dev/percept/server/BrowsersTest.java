package dev.percept.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.percept.Device;
import dev.percept.LossOptions;
import java.net.InetAddress;
import java.net.Socket;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What pages of other origins may do through somebody's browser. */
class BrowsersTest {
    private static final String FRIEND = "https://pictures.example";
    private static final ServerConfig CONFIG = ServerConfig.defaults()
            .withAddress("127.0.0.1", 0)
            .withModel("nlpd", LossOptions.defaults().withDevice(Device.CPU));

    private static PerceptServer server;
    private static Client client;

    @BeforeAll
    static void start() throws Exception {
        server = PerceptServer.start(
                CONFIG.withSecurity(ServerSecurity.defaults().withCorsOrigins(List.of(FRIEND))));
        client = new Client(server.address());
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    private static HttpRequest.Builder scoring() {
        return client.scoring(Form.good().bytes());
    }

    private static void assertNoCors(HttpResponse<String> response) {
        assertThat(response.headers().map().keySet()).noneMatch(name -> name.startsWith("access-control-"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"https://evil.example", "null", "http://pictures.example", "https://pictures.example:444"})
    void otherOriginsAreRefused(String origin) throws Exception {
        HttpResponse<String> refused = client.send(scoring().header("Origin", origin));
        Client.problem(refused, 403, "cross-origin");
        assertNoCors(refused);
        HttpResponse<String> read = client.send(client.request("/v1/models").header("Origin", origin));
        // The browser keeps it from the page.
        assertThat(read.statusCode()).isEqualTo(200);
        assertNoCors(read);
    }

    @ParameterizedTest
    @CsvSource({"cross-site, 403", "same-site, 403", "same-origin, 200", "none, 200"})
    void browsersSayWhatTheySendFor(String site, int status) throws Exception {
        assertThat(client.send(scoring().header("Sec-Fetch-Site", site)).statusCode())
                .isEqualTo(status);
    }

    @Test
    void theOwnOriginIsServed() throws Exception {
        String own = server.address().toString();
        assertThat(client.send(scoring().header("Origin", own)).statusCode()).isEqualTo(200);
    }

    @Test
    void namedOriginsAreServed() throws Exception {
        HttpResponse<String> scored =
                client.send(scoring().header("Origin", FRIEND).header("Sec-Fetch-Site", "cross-site"));
        assertThat(scored.statusCode()).isEqualTo(200);
        assertThat(scored.headers().firstValue("Access-Control-Allow-Origin")).contains(FRIEND);
        assertThat(scored.headers().firstValue("Vary")).contains("Origin");
        HttpResponse<String> wrong =
                client.send(client.request("/nothing").header("Origin", FRIEND).GET());
        assertThat(wrong.headers().firstValue("Access-Control-Allow-Origin")).contains(FRIEND);
    }

    private static HttpResponse<String> ask(String origin) throws Exception {
        return client.send(client.request("/v1/score")
                .method("OPTIONS", BodyPublishers.noBody())
                .header("Origin", origin)
                .header("Access-Control-Request-Method", "POST"));
    }

    @Test
    void namedOriginsMayAsk() throws Exception {
        HttpResponse<String> may = ask(FRIEND);
        assertThat(may.statusCode()).isEqualTo(204);
        assertThat(may.headers().firstValue("Access-Control-Allow-Methods").orElse(""))
                .contains("POST");
        assertThat(may.headers().firstValue("Access-Control-Allow-Headers").orElse(""))
                .contains("Authorization");
        assertNoCors(ask("https://evil.example"));
    }

    private static String answerTo(PerceptServer asked, String host) throws Exception {
        try (Socket socket =
                new Socket(InetAddress.getLoopbackAddress(), asked.address().getPort())) {
            socket.setSoTimeout(10_000);
            socket.getOutputStream()
                    .write(("GET /v1/models HTTP/1.1\r\nHost: " + host + "\r\nConnection: close\r\n\r\n")
                            .getBytes(StandardCharsets.US_ASCII));
            return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    @Test
    void namesThatPointToThisMachineAreNotItsOwn() throws Exception {
        for (String own : List.of("localhost", "LOCALHOST:1", "127.0.0.1", "127.0.0.1:80", "[::1]:8080", "10.0.0.1")) {
            assertThat(answerTo(server, own)).as(own).startsWith("HTTP/1.1 200 ");
        }
        for (String other :
                List.of("evil.example", "evil.example:80", "localhost.evil.example", "127.0.0.1.evil.example")) {
            assertThat(answerTo(server, other))
                    .as(other)
                    .startsWith("HTTP/1.1 421 ")
                    .contains("urn:percept:problem:wrong-host");
        }
    }

    /** A page that knows no key can do nothing, and others come by names that the server can't know. */
    @Test
    void withKeysOrForOthersAnyNameWillDo() throws Exception {
        ServerSecurity keys = ServerSecurity.defaults().withKeys(List.of(ApiKey.of("a", "aaaaaaaaaaaaaaaa")));
        for (ServerConfig config : List.of(CONFIG.withSecurity(keys), CONFIG.withAllowRemote(true))) {
            try (PerceptServer open = PerceptServer.start(config)) {
                assertThat(answerTo(open, "percept.example")).matches("(?s)HTTP/1\\.1 (200|401) .*");
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"pictures.example", "*", "https://pictures.example/", "https://", "https://a b", ""})
    void originsAreSchemeAndHost(String origin) {
        assertThatThrownBy(() -> ServerSecurity.defaults().withCorsOrigins(List.of(origin)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("is no origin");
    }
}
