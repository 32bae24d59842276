package dev.percept.server;

import static dev.percept.server.Meanwhile.await;
import static org.assertj.core.api.Assertions.assertThat;

import dev.percept.WatchedModel;
import java.io.IOException;
import java.net.Socket;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import javax.net.SocketFactory;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Clients that close their connection while they could still wait for an answer, and others that only look as if. */
@Timeout(60)
class GoneClientTest {
    /** How it speaks. */
    private enum Speech {
        PLAIN,
        TLS_1_2,
        TLS_1_3
    }

    @TempDir
    Path folder = Path.of("");

    private final WatchedModel model = new WatchedModel();
    private @Nullable PerceptServer started;
    private @Nullable Client connected;
    private SocketFactory sockets = SocketFactory.getDefault();

    private void start(Speech speech) throws Exception {
        ServerConfig config = ServerConfig.defaults()
                .withAddress("127.0.0.1", 0)
                .withLimits(ServerLimits.defaults().withConcurrency(1));
        SSLContext trusting = null;
        if (speech != Speech.PLAIN) {
            SelfSigned certificate = SelfSigned.make(folder, "EC", speech == Speech.TLS_1_2 ? "TLSv1.2" : "TLSv1.3");
            config = config.withSecurity(ServerSecurity.defaults().withTls(certificate.files()));
            trusting = certificate.trusting();
            sockets = trusting.getSocketFactory();
        }
        started = PerceptServer.start(config, model::load);
        connected = trusting == null ? new Client(server().address()) : new Client(server().address(), trusting);
    }

    private PerceptServer server() {
        return Objects.requireNonNull(started);
    }

    private Client client() {
        return Objects.requireNonNull(connected);
    }

    @AfterEach
    void stop() {
        model.letGo();
        server().close();
    }

    /** From now on the model is busy with this request. */
    private CompletableFuture<HttpResponse<String>> busy() throws Exception {
        model.hold();
        CompletableFuture<HttpResponse<String>> first = Meanwhile.start(() -> client().score(Form.good()));
        await("the first runs", model::isWaiting);
        return first;
    }

    private Socket sent(byte[] body) throws IOException {
        Socket socket = sockets.createSocket(
                server().address().getHost(), server().address().getPort());
        socket.setSoTimeout(30_000);
        send(socket, body);
        return socket;
    }

    private static void send(Socket socket, byte[] body) throws IOException {
        String head = "POST /v1/score HTTP/1.1\r\nHost: localhost\r\nContent-Type: " + Form.CONTENT_TYPE
                + "\r\nContent-Length: " + body.length + "\r\n\r\n";
        socket.getOutputStream().write(head.getBytes(StandardCharsets.US_ASCII));
        socket.getOutputStream().write(body);
        socket.getOutputStream().flush();
    }

    @ParameterizedTest
    @EnumSource(Speech.class)
    void itsWorkIsNeverRun(Speech speech) throws Exception {
        start(speech);
        CompletableFuture<HttpResponse<String>> first = busy();
        for (int i = 0; i < 5; i++) {
            Socket gone = sent(Form.good().bytes());
            await("admitted", () -> server().admitted() == 2);
            gone.close();
            await("dropped", () -> server().admitted() == 1);
        }
        model.letGo();

        assertThat(first.get().statusCode()).isEqualTo(200);
        assertThat(client().score(Form.good()).statusCode()).isEqualTo(200);
        assertThat(model.runs()).containsExactly(1, 1);
        assertThat(client().series("percept_score_seconds_count{outcome=\"client-gone\"}"))
                .isEqualTo(5);
        assertThat(client().series("percept_decoded_pixels")).isZero();
    }

    /** What it reads while a client waits may be the next request, which must not get lost. */
    @ParameterizedTest
    @EnumSource(Speech.class)
    void whoSendsItsNextRequestMeanwhileHasNotGone(Speech speech) throws Exception {
        start(speech);
        CompletableFuture<HttpResponse<String>> first = busy();
        byte[] body = Form.good().bytes();
        try (Socket socket = sent(body)) {
            await("admitted", () -> server().admitted() == 2);
            send(socket, body);
            Thread.sleep(200);
            assertThat(server().admitted()).isEqualTo(2);
            model.letGo();

            StringBuilder answers = new StringBuilder();
            byte[] chunk = new byte[8192];
            while (answers.toString().split("\"total\"", -1).length < 3) {
                int count = socket.getInputStream().read(chunk);
                assertThat(count).isPositive();
                answers.append(new String(chunk, 0, count, StandardCharsets.ISO_8859_1));
            }
            assertThat(answers.toString().split("HTTP/1.1 200", -1)).hasSize(3);
        }
        assertThat(first.get().statusCode()).isEqualTo(200);
    }

    /** On one connection, which Jetty reads between watches. */
    @ParameterizedTest
    @EnumSource(Speech.class)
    void whoWaitsForEachAnswerGetsAll(Speech speech) throws Exception {
        start(speech);
        for (int i = 0; i < 50; i++) {
            assertThat(client().score(Form.good()).statusCode()).isEqualTo(200);
        }
        assertThat(client().series("percept_score_seconds_count{outcome=\"scored\"}"))
                .isEqualTo(50);
        assertThat(client().series("percept_score_seconds_count{outcome=\"client-gone\"}"))
                .isZero();
    }
}
