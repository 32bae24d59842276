package dev.percept.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.net.Socket;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Requests that are refused, each with its status and problem details. */
class RefusalTest {
    private static final int MAX_BODY = 1 << 20;
    private static final byte[] TINY = {1};

    private static PerceptServer server;
    private static Client client;

    @BeforeAll
    static void start() throws Exception {
        server = PerceptServer.start(ServerConfig.defaults()
                .withAddress("127.0.0.1", 0)
                .withLimits(
                        ServerLimits.defaults().withMaxBodyBytes(MAX_BODY).withReceiveTimeout(Duration.ofSeconds(1))));
        client = new Client(server.address());
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    private static String detail(HttpResponse<String> response, int status, String type) {
        return Client.problem(response, status, type).get("detail").getAsString();
    }

    @Test
    void missingFields() throws Exception {
        assertThat(detail(client.score(new Form().file("candidate", "c", TINY)), 400, "bad-form"))
                .contains("reference is missing");
        assertThat(detail(client.score(new Form().file("reference", "r", TINY)), 400, "bad-form"))
                .contains("no field candidate");
        assertThat(detail(client.score(new Form()), 400, "bad-form")).contains("reference is missing");
    }

    @Test
    void duplicateReference() throws Exception {
        Form form = Form.good().file("reference", "r", TINY);

        assertThat(detail(client.score(form), 400, "bad-form")).contains("more than one field reference");
    }

    @Test
    void unknownFieldsAreNamed() throws Exception {
        Form form = Form.good().file("layers", null, TINY).file("sum\u202Eming", null, TINY);

        assertThat(detail(client.score(form), 400, "bad-form"))
                .isEqualTo(
                        "There is no field 'layers', 'summing'; the fields are reference, reference_id, candidate and model.");
    }

    @Test
    void tooManyParts() throws Exception {
        Form form = new Form().file("reference", "r", TINY);
        for (int i = 0; i <= 101; i++) {
            form.file("candidate", "c", TINY);
        }

        assertThat(detail(client.score(form), 400, "bad-form")).contains("more than 101 parts");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"", "nothing like a form", "------percept-test\r\nno header", "------percept-test\r\n\r\nno end"
            })
    void malformedBodies(String body) throws Exception {
        HttpResponse<String> response = client.send(client.scoring(body.getBytes(StandardCharsets.UTF_8)));

        Client.problem(response, 400, "bad-form");
    }

    @Test
    void noBoundary() throws Exception {
        HttpResponse<String> response = client.send(client.request("/v1/score")
                .header("Content-Type", "multipart/form-data")
                .POST(BodyPublishers.ofByteArray(Form.good().bytes())));

        assertThat(detail(response, 400, "bad-form")).contains("boundary");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "application/json",
                "image/png",
                "multipart/mixed; boundary=x",
                "application/x-www-form-urlencoded"
            })
    void wrongContentTypes(String type) throws Exception {
        HttpResponse<String> response = client.send(
                client.request("/v1/score").header("Content-Type", type).POST(BodyPublishers.ofString("a=b")));

        Client.problem(response, 415, "wrong-content-type");
    }

    @Test
    void noContentType() throws Exception {
        Client.problem(
                client.send(client.request("/v1/score").POST(BodyPublishers.noBody())), 415, "wrong-content-type");
    }

    @RepeatedTest(20)
    void tooLargeByItsLength() throws Exception {
        byte[] body = new Form().file("reference", "r", new byte[16 * MAX_BODY]).bytes();

        assertThat(detail(client.send(client.scoring(body)), 413, "too-large")).contains("1048576 bytes");
    }

    @Test
    void aClientThatAsksFirstIsNotInvited() throws Exception {
        String answer = raw("POST /v1/score HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\nContent-Type: "
                + Form.CONTENT_TYPE + "\r\nContent-Length: 99999999\r\n\r\n");

        assertThat(answer).startsWith("HTTP/1.1 413 ").doesNotContain("100 Continue");
    }

    @RepeatedTest(20)
    void tooLargeWithoutALength() throws Exception {
        byte[] body = new Form().file("reference", "r", new byte[16 * MAX_BODY]).bytes();
        HttpResponse<String> response = client.send(client.request("/v1/score")
                .header("Content-Type", Form.CONTENT_TYPE)
                .POST(BodyPublishers.ofInputStream(() -> new ByteArrayInputStream(body))));

        Client.problem(response, 413, "too-large");
    }

    @Test
    void tooSlow() throws Exception {
        try (HalfSent slow = new HalfSent(server.address())) {
            Thread.sleep(1200);
            slow.sendRest();

            assertThat(slow.answer()).startsWith("HTTP/1.1 408 ").contains("urn:percept:problem:too-slow");
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/index.html",
                "/v1",
                "/v1/scores",
                "/health",
                "/metrics/x",
                "/v1/score/..%2f..%2fetc/passwd",
                "/%00"
            })
    void unknownRoutes(String path) throws Exception {
        HttpResponse<String> response = client.get(path);

        assertThat(response.statusCode()).isIn(400, 404);
        Client.problem(response, response.statusCode(), response.statusCode() == 404 ? "not-found" : "bad-request");
    }

    @ParameterizedTest
    @CsvSource({
        "GET, /v1/score, POST",
        "PUT, /v1/score, POST",
        "DELETE, /v1/score, POST",
        "OPTIONS, /v1/score, POST",
        "POST, /health/live, GET",
        "POST, /metrics, GET",
        "POST, /health/ready, 'GET, HEAD'"
    })
    void wrongMethods(String method, String path, String allowed) throws Exception {
        HttpResponse<String> response = client.send(client.request(path).method(method, BodyPublishers.noBody()));

        Client.problem(response, 405, "wrong-method");
        assertThat(response.headers().firstValue("Allow").orElse("").split(", "))
                .containsExactlyInAnyOrder(allowed.split(", "));
    }

    @ParameterizedTest
    @ValueSource(strings = {"abc", "A-b_9.Z", "0123456789012345678901234567890123456789012345678901234567890123"})
    void goodRequestIdsAreKept(String id) throws Exception {
        HttpResponse<String> response = client.send(client.request("/nothing").header("X-Request-Id", id));

        assertThat(response.headers().firstValue("X-Request-Id")).contains(id);
        Client.problem(response, 404, "not-found");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "a b", "<script>", "01234567890123456789012345678901234567890123456789012345678901234"})
    void otherRequestIdsAreReplaced(String id) throws Exception {
        HttpResponse<String> response =
                client.send(client.request("/health/live").header("X-Request-Id", id));

        assertThat(response.headers().firstValue("X-Request-Id").orElse(""))
                .matches("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "NONSENSE\r\n\r\n",
                "GET /v1/score HTTP/9.9\r\nHost: localhost\r\n\r\n",
                "GET /%zz HTTP/1.1\r\nHost: localhost\r\n\r\n",
                "POST /v1/score HTTP/1.1\r\nHost: localhost\r\nContent-Length: x\r\n\r\n",
                "POST /v1/score HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
                "GET /health/live HTTP/1.1\r\n\r\n"
            })
    void malformedRequests(String request) throws Exception {
        assertThat(raw(request))
                .matches("(?s)HTTP/1\\.1 (400|505) .*application/problem\\+json.*bad-request.*|"
                        + "(?s)HTTP/1\\.1 505 .*internal.*");
    }

    /** Jetty closes the connection then. A client that isn't told sends its next request into nothing. */
    @Test
    void theEndOfAConnectionIsAnnounced() throws Exception {
        assertThat(raw("GET /%00 HTTP/1.1\r\nHost: localhost\r\n\r\n"))
                .startsWith("HTTP/1.1 400 ")
                .contains("\r\nConnection: close\r\n");
    }

    @Test
    void longHeaders() throws Exception {
        assertThat(raw("GET / HTTP/1.1\r\nHost: localhost\r\nX-Long: " + "x".repeat(20_000) + "\r\n\r\n"))
                .startsWith("HTTP/1.1 431 ")
                .contains("application/problem+json", "X-Request-Id: ");
    }

    private static String raw(String request) throws Exception {
        return raw(server, request);
    }

    static String raw(PerceptServer server, String request) throws Exception {
        try (Socket socket =
                new Socket(server.address().getHost(), server.address().getPort())) {
            socket.setSoTimeout(10_000);
            socket.getOutputStream().write(request.getBytes(StandardCharsets.ISO_8859_1));
            socket.shutdownOutput();
            String answer = new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            Client.assertTellsNothing(answer);
            return answer;
        }
    }
}
