package dev.percept.server;

import static dev.percept.server.Meanwhile.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.gson.JsonObject;
import dev.percept.Device;
import dev.percept.LossOptions;
import dev.percept.ModelException;
import dev.percept.PerceptualLoss;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Starting, admitting, refusing, draining, stopping. */
@Timeout(60)
class LifecycleTest {
    private static final ServerConfig CONFIG = ServerConfig.defaults()
            .withAddress("127.0.0.1", 0)
            .withModel("nlpd", LossOptions.defaults().withDevice(Device.CPU));

    @Test
    void readyNamesModelAndProvider() throws Exception {
        try (PerceptServer server = PerceptServer.start(CONFIG)) {
            Client client = new Client(server.address());

            HttpResponse<String> ready = client.get("/health/ready");
            assertThat(ready.statusCode()).isEqualTo(200);
            assertThat(ready.headers().firstValue("Content-Type")).contains("application/json;charset=utf-8");
            assertThat(ready.body())
                    .isEqualTo("{\"status\":\"ready\",\"model\":\"nlpd\",\"provider\":\"cpu\",\"precision\":\"fp32\","
                            + "\"models\":[{\"name\":\"nlpd\",\"provider\":\"cpu\",\"precision\":\"fp32\"}]}");
            assertThat(client.get("/health/live").body()).isEqualTo("{\"status\":\"live\"}");
        }
    }

    @Test
    void notReadyWhileTheModelIsLoaded() throws Exception {
        int port = freePort();
        CountDownLatch load = new CountDownLatch(1);
        CompletableFuture<PerceptServer> starting =
                Meanwhile.start(() -> PerceptServer.start(CONFIG.withAddress("127.0.0.1", port), () -> {
                    awaitUnchecked(load);
                    return CONFIG.load();
                }));
        Client client = new Client(URI.create("http://127.0.0.1:" + port));
        await("listening", () -> isLive(client));

        HttpResponse<String> ready = client.get("/health/ready");
        // The model isn't known yet; all else is.
        assertThat(client.get("/metrics").body()).contains("jvm_").doesNotContain("model=");
        JsonObject problem = Client.problem(ready, 503, "not-ready");
        assertThat(problem.get("detail").getAsString()).startsWith("starting");
        assertThat(ready.headers().firstValue("Retry-After")).contains("1");
        assertThat(client.send(client.request("/health/ready").method("HEAD", BodyPublishers.noBody()))
                        .statusCode())
                .isEqualTo(503);
        Client.problem(client.score(Form.good()), 503, "not-ready");

        load.countDown();
        try (PerceptServer server = starting.get()) {
            assertThat(client.get("/health/ready").statusCode()).isEqualTo(200);
            assertThat(server.address().getPort()).isEqualTo(port);
        }
    }

    private static void awaitUnchecked(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private static boolean isLive(Client client) throws InterruptedException {
        try {
            return client.get("/health/live").statusCode() == 200;
        } catch (IOException e) {
            return false;
        }
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0)) {
            return socket.getLocalPort();
        }
    }

    @Test
    void requestInFlightIsAnsweredWhileStopping() throws Exception {
        PerceptServer server = PerceptServer.start(CONFIG);
        PerceptualLoss loss = server.loss();
        Client client = new Client(server.address());
        try (HalfSent accepted = new HalfSent(server.address())) {
            await("admitted", () -> server.admitted() == 1);
            CompletableFuture<Void> closing = CompletableFuture.runAsync(server::close);
            await("stopping", () -> client.get("/health/ready").statusCode() == 503);

            HttpResponse<String> ready = client.get("/health/ready");
            assertThat(Client.problem(ready, 503, "not-ready").get("detail").getAsString())
                    .startsWith("stopping");
            Client.problem(client.score(Form.good()), 503, "not-ready");
            assertThat(closing).isNotDone();

            accepted.sendRest();
            assertThat(accepted.answer()).startsWith("HTTP/1.1 200 ").contains("\"total\": ");
            closing.get(10, TimeUnit.SECONDS);
        }
        assertThatThrownBy(() -> loss.score(Form.samplePath("reference"), Form.samplePath("blur-1")))
                .isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> client.get("/health/live")).isInstanceOf(IOException.class);
    }

    @Test
    void whoReadsSlowlyIsAnsweredWhileStopping() throws Exception {
        // Four megabytes: more than the system takes off the server's hands.
        int size = 1024;
        ByteArrayOutputStream picture = new ByteArrayOutputStream();
        ImageIO.write(new BufferedImage(size, size, BufferedImage.TYPE_INT_RGB), "png", picture);
        byte[] body =
                new Form().file("image", "dark.png", picture.toByteArray()).bytes();
        PerceptServer server = PerceptServer.start(CONFIG);
        try (Socket socket = new Socket()) {
            socket.setReceiveBufferSize(64 << 10);
            socket.connect(new InetSocketAddress(
                    InetAddress.getLoopbackAddress(), server.address().getPort()));
            socket.setSoTimeout(30_000);
            String head = "POST /v1/features?layer=luma1 HTTP/1.1\r\nHost: localhost\r\nContent-Type: "
                    + Form.CONTENT_TYPE + "\r\nConnection: close\r\nContent-Length: " + body.length + "\r\n\r\n";
            socket.getOutputStream().write(head.getBytes(StandardCharsets.US_ASCII));
            socket.getOutputStream().write(body);
            InputStream answer = socket.getInputStream();
            String status = new String(answer.readNBytes(12), StandardCharsets.US_ASCII);
            assertThat(status).isEqualTo("HTTP/1.1 200");
            await("computed", () -> server.admitted() == 0);
            CompletableFuture<Void> closing = CompletableFuture.runAsync(server::close);
            // Longer than connections without a request are kept open.
            Thread.sleep(1000);
            assertThat(closing).isNotDone();

            assertThat(answer.readAllBytes().length).isGreaterThan(4 * size * size);
            closing.get(10, TimeUnit.SECONDS);
        }
    }

    @Test
    void stopsThoughAClientNeverFinishes() throws Exception {
        PerceptServer server =
                PerceptServer.start(CONFIG.withLimits(ServerLimits.defaults().withStopTimeout(Duration.ofMillis(300))));
        HalfSent never = new HalfSent(server.address());
        try (never) {
            await("admitted", () -> server.admitted() == 1);
            long start = System.nanoTime();
            server.close();

            assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(5));
        }
    }

    @Test
    void refusesWhatItHasNoPlaceFor() throws Exception {
        // A pixel for each byte, as long as nothing is known: two have room.
        long pixels = 5L * Form.good().bytes().length / 2;
        ServerConfig one = CONFIG.withLimits(ServerLimits.defaults().withQueuePixels(pixels));
        try (PerceptServer server = PerceptServer.start(one);
                HalfSent first = new HalfSent(server.address());
                HalfSent second = new HalfSent(server.address())) {
            Client client = new Client(server.address());
            await("both admitted", () -> server.admitted() == 2);

            HttpResponse<String> refused = client.score(Form.good());
            Client.problem(refused, 503, "busy");
            assertThat(refused.headers().firstValue("Retry-After")).contains("1");
            assertThat(client.get("/health/ready").statusCode()).isEqualTo(200);

            // The one that came later is ready first, and isn't held up by the slow one.
            second.sendRest();
            assertThat(second.answer()).startsWith("HTTP/1.1 200 ");
            assertThat(client.score(Form.good()).statusCode()).isEqualTo(200);
            first.sendRest();
            assertThat(first.answer()).startsWith("HTTP/1.1 200 ");
        }
    }

    @Test
    void aClientThatGoesAwayGivesItsPlaceBack() throws Exception {
        try (PerceptServer server = PerceptServer.start(CONFIG)) {
            for (int i = 0; i < 20; i++) {
                HalfSent gone = new HalfSent(server.address());
                await("admitted", () -> server.admitted() == 1);
                gone.close();
                await("given back", () -> server.admitted() == 0);
            }
            assertThat(new Client(server.address()).score(Form.good()).statusCode())
                    .isEqualTo(200);
        }
    }

    @Test
    void startingAndStoppingLeaksNoThreads() throws Exception {
        cycle();
        Set<Long> before = threads();
        for (int i = 0; i < 3; i++) {
            cycle();
        }
        await("threads gone", () -> before.containsAll(threads()));
    }

    private static void cycle() throws Exception {
        try (PerceptServer server = PerceptServer.start(CONFIG)) {
            assertThat(new Client(server.address()).score(Form.good()).statusCode())
                    .isEqualTo(200);
        }
    }

    private static Set<Long> threads() {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> !thread.getName().startsWith("HttpClient")
                        && !thread.getName().startsWith("ForkJoin"))
                .map(Thread::getId)
                .collect(Collectors.toCollection(TreeSet::new));
    }

    @Test
    void portInUse() throws Exception {
        try (PerceptServer server = PerceptServer.start(CONFIG)) {
            int port = server.address().getPort();

            assertThatThrownBy(() -> PerceptServer.start(CONFIG.withAddress("127.0.0.1", port)))
                    .isInstanceOf(ListenException.class)
                    .hasMessageContaining("127.0.0.1:" + port)
                    .hasMessageContaining("Address already in use");
        }
    }

    @Test
    void addressesThatOthersReachAreRefused() throws Exception {
        for (String host : new String[] {"0.0.0.0", "::"}) {
            assertThatThrownBy(() -> PerceptServer.start(CONFIG.withAddress(host, 0)))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("there are no keys")
                    .hasMessageContaining("--allow-remote");
        }
        try (PerceptServer server =
                PerceptServer.start(CONFIG.withAddress("0.0.0.0", 0).withAllowRemote(true))) {
            assertThat(server.address().toString()).startsWith("http://0.0.0.0:");
        }
    }

    @Test
    void whatCannotBeLoadedLeavesNothingBehind() throws Exception {
        int port = freePort();
        ServerConfig here = CONFIG.withAddress("127.0.0.1", port);
        ServerConfig noModel = here.withModel("absent.onnx", CONFIG.options());
        ServerConfig noLayer = here.withModel("nlpd", CONFIG.options().withLayers(List.of("relu9_9")));

        assertThatThrownBy(() -> PerceptServer.start(noModel)).isInstanceOf(ModelException.class);
        assertThatThrownBy(() -> PerceptServer.start(noLayer)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> PerceptServer.start(here, () -> {
                    throw new IllegalStateException("made up");
                }))
                .hasMessage("made up");
        try (PerceptServer server = PerceptServer.start(CONFIG.withAddress("127.0.0.1", port))) {
            assertThat(server.address().getPort()).isEqualTo(port);
        }
    }
}
