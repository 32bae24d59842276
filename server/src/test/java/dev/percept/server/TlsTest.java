package dev.percept.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.percept.Device;
import dev.percept.LossOptions;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import javax.net.ssl.SSLHandshakeException;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** HTTPS, and files that it can't be had with. */
class TlsTest {
    private static final ServerConfig CONFIG = ServerConfig.defaults()
            .withAddress("127.0.0.1", 0)
            .withModel("nlpd", LossOptions.defaults().withDevice(Device.CPU));

    @TempDir
    Path folder = Path.of("");

    private static PerceptServer start(TlsFiles files) throws ListenException {
        return PerceptServer.start(CONFIG.withSecurity(ServerSecurity.defaults().withTls(files)));
    }

    @ParameterizedTest
    @ValueSource(strings = {"RSA", "EC", "Ed25519"})
    void scoresOverHttps(String algorithm) throws Exception {
        SelfSigned certificate = SelfSigned.make(folder, algorithm);
        try (PerceptServer server = start(certificate.files())) {
            assertThat(server.address()).hasScheme("https");
            HttpClient client =
                    HttpClient.newBuilder().sslContext(certificate.trusting()).build();
            HttpRequest request = HttpRequest.newBuilder(server.address().resolve("/v1/score"))
                    .header("Content-Type", Form.CONTENT_TYPE)
                    .header("Origin", server.address().toString())
                    .POST(BodyPublishers.ofByteArray(Form.good().bytes()))
                    .build();
            HttpResponse<String> scored = client.send(request, BodyHandlers.ofString());
            assertThat(scored.statusCode()).isEqualTo(200);
            Contract.check(scored);
            assertThat(scored.sslSession().orElseThrow().getProtocol()).isEqualTo("TLSv1.3");
        }
    }

    @Test
    void oldVersionsAndPlainHttpAreNotSpoken() throws Exception {
        SelfSigned certificate = SelfSigned.make(folder, "EC");
        try (PerceptServer server = start(certificate.files())) {
            assertThat(handshake(server, certificate, "TLSv1.2")).isEqualTo("TLSv1.2");
            assertThatThrownBy(() -> handshake(server, certificate, "TLSv1.1"))
                    .isInstanceOf(SSLHandshakeException.class);
            try (Socket plain = new Socket(
                    InetAddress.getLoopbackAddress(), server.address().getPort())) {
                plain.setSoTimeout(10_000);
                plain.getOutputStream()
                        .write("GET /health/live HTTP/1.1\r\nHost: localhost\r\n\r\n"
                                .getBytes(StandardCharsets.US_ASCII));
                assertThat(new String(plain.getInputStream().readAllBytes(), StandardCharsets.ISO_8859_1))
                        .doesNotContain("200", "live");
            }
        }
    }

    private static String handshake(PerceptServer server, SelfSigned certificate, String protocol) throws IOException {
        try (SSLSocket socket = (SSLSocket) certificate
                .trusting()
                .getSocketFactory()
                .createSocket(InetAddress.getLoopbackAddress(), server.address().getPort())) {
            socket.setEnabledProtocols(new String[] {protocol});
            socket.startHandshake();
            return socket.getSession().getProtocol();
        }
    }

    @Test
    void badFilesAreOneClearLine() throws Exception {
        Path first = Files.createDirectory(folder.resolve("first"));
        Path second = Files.createDirectory(folder.resolve("second"));
        TlsFiles good = SelfSigned.make(first, "EC").files();
        TlsFiles other = SelfSigned.make(second, "EC").files();
        TlsFiles rsa = SelfSigned.make(Files.createDirectory(folder.resolve("third")), "RSA")
                .files();
        Path absent = folder.resolve("absent.pem");
        Path text = Files.writeString(folder.resolve("text.pem"), "no PEM");
        Path nonsense = Files.writeString(
                folder.resolve("nonsense.pem"),
                SelfSigned.pem("PRIVATE KEY", new byte[100]) + SelfSigned.pem("CERTIFICATE", new byte[100]));
        Path locked =
                Files.writeString(folder.resolve("locked.pem"), SelfSigned.pem("ENCRYPTED PRIVATE KEY", new byte[100]));

        assertRefused(new TlsFiles(absent, good.key()), absent + " can't be read");
        assertRefused(new TlsFiles(good.certificate(), absent), absent + " can't be read");
        assertRefused(new TlsFiles(text, good.key()), text + " has no certificate");
        assertRefused(new TlsFiles(nonsense, good.key()), nonsense + " has no certificate");
        assertRefused(new TlsFiles(good.key(), good.key()), good.key() + " has no certificate");
        assertRefused(new TlsFiles(good.certificate(), text), text + " has no RSA, EC or EdDSA key");
        assertRefused(new TlsFiles(good.certificate(), nonsense), nonsense + " has no RSA, EC or EdDSA key");
        assertRefused(new TlsFiles(good.certificate(), locked), "openssl pkcs8");
        assertRefused(new TlsFiles(good.certificate(), other.key()), "is not that of the certificate");
        assertRefused(new TlsFiles(good.certificate(), rsa.key()), "is not that of the certificate");
    }

    private static void assertRefused(TlsFiles files, String message) {
        assertThatThrownBy(() -> start(files))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(message)
                .message()
                .doesNotContain("\n");
    }
}
