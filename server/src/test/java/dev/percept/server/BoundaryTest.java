package dev.percept.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Limits from both sides: what is just allowed is done, and one more is refused. */
class BoundaryTest {
    private static final int MAX_BODY = 1 << 20;
    /** Jetty's own for a request's header, which is documented. */
    private static final int MAX_HEADER = 8192;

    private static PerceptServer server;
    private static Client client;

    @BeforeAll
    static void start() throws Exception {
        server = PerceptServer.start(ServerConfig.defaults()
                .withAddress("127.0.0.1", 0)
                .withLimits(ServerLimits.defaults().withMaxBodyBytes(MAX_BODY)));
        client = new Client(server.address());
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    @Test
    void oneReferenceAndAHundredCandidates() throws Exception {
        Form form = new Form().file("reference", "r", grey(0));
        for (int i = 0; i < 100; i++) {
            form.file("candidate", "c", grey(i));
        }
        HttpResponse<String> answer = client.score(form);
        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(Client.json(answer).getAsJsonArray("results")).hasSize(100);

        form.file("candidate", "c", grey(100));
        Client.problem(client.score(form), 400, "bad-form");
    }

    @Test
    void theLargestBody() throws Exception {
        // What follows the last boundary is no part's, and may be there.
        byte[] form = Form.good().bytes();
        byte[] body = Arrays.copyOf(form, MAX_BODY);
        Arrays.fill(body, form.length, MAX_BODY, (byte) '\n');
        assertThat(client.send(client.scoring(body)).statusCode()).isEqualTo(200);

        byte[] more = Arrays.copyOf(body, MAX_BODY + 1);
        Client.problem(client.send(client.scoring(more)), 413, "too-large");
    }

    @Test
    void theLongestHeader() throws Exception {
        String head = "GET /health/live HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nX-Long: ";
        int room = MAX_HEADER - head.length() - "\r\n\r\n".length();
        assertThat(RefusalTest.raw(server, head + "x".repeat(room - 1) + "\r\n\r\n"))
                .startsWith("HTTP/1.1 200 ");
        assertThat(RefusalTest.raw(server, head + "x".repeat(room + 1) + "\r\n\r\n"))
                .startsWith("HTTP/1.1 431 ");
    }

    /** One connection more than may be open is served as soon as another ends. */
    @Test
    void connections() throws Exception {
        ServerConfig two = ServerConfig.defaults()
                .withAddress("127.0.0.1", 0)
                .withLimits(ServerLimits.defaults().withConnections(2));
        try (PerceptServer limited = PerceptServer.start(two);
                Socket first = asking(limited);
                Socket second = asking(limited)) {
            assertThat(first.getInputStream().readNBytes(9)).asString().isEqualTo("HTTP/1.1 ");
            assertThat(second.getInputStream().readNBytes(9)).asString().isEqualTo("HTTP/1.1 ");
            try (Socket third = asking(limited)) {
                third.setSoTimeout(300);
                assertThatThrownBy(() -> third.getInputStream().read()).isInstanceOf(SocketTimeoutException.class);
                first.shutdownOutput();
                third.setSoTimeout(10_000);
                assertThat(third.getInputStream().readNBytes(9)).asString().isEqualTo("HTTP/1.1 ");
            }
        }
    }

    private static Socket asking(PerceptServer server) throws IOException {
        Socket socket = new Socket(server.address().getHost(), server.address().getPort());
        socket.setSoTimeout(10_000);
        socket.getOutputStream()
                .write("GET /health/live HTTP/1.1\r\nHost: localhost\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
        return socket;
    }

    /** A picture of 64 × 64 pixels of one shade. */
    private static byte[] grey(int shade) {
        byte[] head = "P5 64 64 255\n".getBytes(StandardCharsets.US_ASCII);
        byte[] picture = Arrays.copyOf(head, head.length + 64 * 64);
        Arrays.fill(picture, head.length, picture.length, (byte) shade);
        return picture;
    }
}
