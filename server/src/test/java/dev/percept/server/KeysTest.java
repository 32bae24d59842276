package dev.percept.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.percept.Device;
import dev.percept.LossOptions;
import java.net.Socket;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Who has a key is let in, nobody else, and keys are read strictly. */
class KeysTest {
    private static final String ALICE = "alice-0123456789";
    private static final String BOB = "bob-0123456789ab";
    /** By sha256sum. */
    private static final String BOB_SHA256 = "8f08f60b1118a1be1c437b1e26e44381d906686c8d984d5c3e37993576c896d6";

    private static final ServerConfig CONFIG = ServerConfig.defaults()
            .withAddress("127.0.0.1", 0)
            .withModel("nlpd", LossOptions.defaults().withDevice(Device.CPU))
            .withSecurity(ServerSecurity.defaults()
                    .withKeys(List.of(ApiKey.of("alice", ALICE), ApiKey.ofSha256("bob", BOB_SHA256))));

    private static PerceptServer server;
    private static Client client;

    @BeforeAll
    static void start() throws Exception {
        server = PerceptServer.start(CONFIG);
        client = new Client(server.address());
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    private static HttpRequest.Builder scoring() {
        return client.scoring(Form.good().bytes());
    }

    private static void assertRefused(HttpResponse<String> response, String challenge) {
        Client.problem(response, 401, "unauthorized");
        assertThat(response.headers().firstValue("WWW-Authenticate")).contains(challenge);
    }

    @ParameterizedTest
    @ValueSource(strings = {"Bearer " + ALICE, "bearer " + BOB, "BEARER  " + ALICE})
    void eachKeyIsGood(String authorization) throws Exception {
        assertThat(client.send(scoring().header("Authorization", authorization)).statusCode())
                .isEqualTo(200);
    }

    @ParameterizedTest
    @ValueSource(strings = {"/v1/score", "/v1/models", "/metrics"})
    void nothingIsAnsweredWithoutAKey(String path) throws Exception {
        HttpRequest.Builder request = path.equals("/v1/score") ? scoring() : client.request(path);
        assertRefused(client.send(request), "Bearer realm=\"percept\"");
        request.setHeader("Authorization", "Basic " + ALICE);
        assertRefused(client.send(request), "Bearer realm=\"percept\"");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                " ",
                "alice-0123456788",
                "alice-012345678",
                "alice-01234567890",
                "ALICE-0123456789",
                BOB_SHA256
            })
    void otherKeysAreRefused(String key) throws Exception {
        assertRefused(
                client.send(scoring().header("Authorization", "Bearer " + key)),
                key.isBlank() ? "Bearer realm=\"percept\"" : "Bearer realm=\"percept\", error=\"invalid_token\"");
    }

    @ParameterizedTest
    @ValueSource(strings = {"/health/live", "/health/ready", "/openapi.yaml"})
    void theseAreOpen(String path) throws Exception {
        assertThat(client.get(path).statusCode()).isEqualTo(200);
    }

    /** What isn't there needs no key to be told so. */
    @Test
    void unknownRoutes() throws Exception {
        Client.problem(client.get("/nothing"), 404, "not-found");
    }

    @Test
    void refusedBeforeTheBodyIsRead() throws Exception {
        try (Socket socket =
                new Socket(server.address().getHost(), server.address().getPort())) {
            socket.setSoTimeout(10_000);
            socket.getOutputStream()
                    .write(("POST /v1/score HTTP/1.1\r\nHost: localhost\r\nContent-Type: " + Form.CONTENT_TYPE
                                    + "\r\nContent-Length: 1000000\r\n\r\n")
                            .getBytes(StandardCharsets.US_ASCII));
            byte[] answer = new byte[12];
            assertThat(socket.getInputStream().readNBytes(answer, 0, 12)).isEqualTo(12);
            assertThat(answer).asString(StandardCharsets.US_ASCII).isEqualTo("HTTP/1.1 401");
        }
        assertThat(server.admitted()).isZero();
    }

    @Test
    void withKeysOtherMachinesMayReachIt() throws Exception {
        try (PerceptServer remote = PerceptServer.start(CONFIG.withAddress("0.0.0.0", 0))) {
            assertThat(remote.address().toString()).startsWith("http://0.0.0.0:");
        }
    }

    @Test
    void filesOfKeys(@TempDir Path folder) throws Exception {
        Path file = folder.resolve("keys");
        Files.writeString(
                file, "# who\n\n alice:" + ALICE + "\nbob:sha256=" + BOB_SHA256.toUpperCase(Locale.ROOT) + "\n");

        assertThat(KeyFile.read(file)).extracting(ApiKey::name).containsExactly("alice", "bob");
        assertThat(KeyFile.read(file).get(1).matches(ApiKey.digest(BOB))).isTrue();
        assertThat(KeyFile.read(file).get(0).matches(ApiKey.digest(BOB))).isFalse();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "secret-secret-secret",
                "alice:secret",
                "al ice:secret-secret-secret",
                ":secret-secret-secret",
                "alice:secret secret secret",
                "alice:sha256=secretsecretsecret",
                "alice:geheim-geheim-gehöim-secret"
            })
    void badLinesAreNamedButNotShown(String line, @TempDir Path folder) throws Exception {
        Path file = folder.resolve("keys");
        Files.writeString(file, "# who\n" + line + "\n");

        assertThatThrownBy(() -> KeyFile.read(file))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith(file + ", line 2: ")
                .message()
                .doesNotContain("secret");
    }

    @Test
    void filesWithoutKeys(@TempDir Path folder) throws Exception {
        Path empty = Files.writeString(folder.resolve("empty"), "# nobody\n");

        assertThatThrownBy(() -> KeyFile.read(empty)).hasMessageContaining("has no keys");
        assertThatThrownBy(() -> KeyFile.read(folder.resolve("absent"))).hasMessageContaining("can't be read");
    }

    @Test
    @DisabledOnOs(OS.WINDOWS)
    void filesThatOthersCanReadAreNoticed(@TempDir Path folder) throws Exception {
        Path file = Files.writeString(folder.resolve("keys"), "");
        for (String mode : List.of("rw-------", "r--------")) {
            Files.setPosixFilePermissions(file, PosixFilePermissions.fromString(mode));
            assertThat(KeyFile.isOpenToOthers(file)).as(mode).isFalse();
        }
        for (String mode : List.of("rw-r-----", "rw----r--", "rw--w----")) {
            Files.setPosixFilePermissions(file, PosixFilePermissions.fromString(mode));
            assertThat(KeyFile.isOpenToOthers(file)).as(mode).isTrue();
        }
    }

    @Test
    void keysAreNotShown() {
        assertThat(CONFIG.toString()).contains("alice").doesNotContain(ALICE, BOB, BOB_SHA256);
    }
}
