package dev.percept.server;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import javax.net.ssl.SSLContext;

/** Sends requests to a server under test. Whatever it answers must stand in its OpenAPI document. */
final class Client {
    private static final HttpClient HTTP =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    private final URI address;
    private final HttpClient http;

    Client(URI address) {
        this(address, HTTP);
    }

    /** One that trusts a server's certificate. */
    Client(URI address, SSLContext trusting) {
        this(
                address,
                HttpClient.newBuilder()
                        .version(HttpClient.Version.HTTP_1_1)
                        .sslContext(trusting)
                        .build());
    }

    private Client(URI address, HttpClient http) {
        this.address = address;
        this.http = http;
    }

    HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(address.resolve(path)).timeout(Duration.ofSeconds(30));
    }

    HttpResponse<String> send(HttpRequest.Builder request) throws IOException, InterruptedException {
        HttpResponse<String> response = http.send(request.build(), BodyHandlers.ofString(StandardCharsets.UTF_8));
        Contract.check(response);
        return response;
    }

    HttpResponse<String> get(String path) throws IOException, InterruptedException {
        return send(request(path));
    }

    /** As {@link #send}, for a body that isn't text. */
    HttpResponse<byte[]> bytes(HttpRequest.Builder request) throws IOException, InterruptedException {
        HttpResponse<byte[]> response = http.send(request.build(), BodyHandlers.ofByteArray());
        Contract.check(response);
        return response;
    }

    HttpResponse<String> post(String path, Form form) throws IOException, InterruptedException {
        return send(posting(path, form));
    }

    HttpRequest.Builder posting(String path, Form form) {
        return request(path).header("Content-Type", Form.CONTENT_TYPE).POST(BodyPublishers.ofByteArray(form.bytes()));
    }

    HttpResponse<String> score(Form form) throws IOException, InterruptedException {
        return send(scoring(form.bytes()));
    }

    HttpRequest.Builder scoring(byte[] body) {
        return request("/v1/score").header("Content-Type", Form.CONTENT_TYPE).POST(BodyPublishers.ofByteArray(body));
    }

    /** The value of a series of the metrics, as {@code name} or {@code name{label="value"}}; 0 if there is none. */
    long series(String name) throws IOException, InterruptedException {
        return get("/metrics")
                .body()
                .lines()
                .filter(line -> line.startsWith(name + " "))
                .mapToLong(line -> (long) Double.parseDouble(line.substring(name.length() + 1)))
                .sum();
    }

    static JsonObject json(HttpResponse<String> response) {
        return JsonParser.parseString(response.body()).getAsJsonObject();
    }

    /** Checks that an answer is a problem of this status and type, complete, and says nothing about the server's insides. */
    static JsonObject problem(HttpResponse<String> response, int status, String type) {
        assertThat(response.statusCode()).as(response.body()).isEqualTo(status);
        assertThat(response.headers().firstValue("Content-Type")).contains("application/problem+json");
        JsonObject problem = json(response);
        assertThat(problem.keySet()).containsExactly("type", "title", "status", "detail", "instance", "request_id");
        assertThat(problem.get("type").getAsString()).isEqualTo("urn:percept:problem:" + type);
        assertThat(problem.get("status").getAsInt()).isEqualTo(status);
        String id = problem.get("request_id").getAsString();
        assertThat(response.headers().firstValue("X-Request-Id")).contains(id);
        assertThat(problem.get("instance").getAsString()).isEqualTo("urn:percept:request:" + id);
        assertTellsNothing(response.body());
        return problem;
    }

    static void assertTellsNothing(String body) {
        assertThat(body)
                .doesNotContain("Exception", "java.", "javax.", "jetty", "javalin", ".java:", "\tat ")
                .doesNotContain(System.getProperty("user.home"), System.getProperty("user.dir"), "/tmp");
    }
}
