// SPDX-License-Identifier: Apache-2.0
package dev.percept.server;

import static dev.percept.server.Meanwhile.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.google.gson.JsonObject;
import dev.percept.Backbone;
import dev.percept.Device;
import dev.percept.LossOptions;
import dev.percept.ModelException;
import dev.percept.PerceptualLoss;
import dev.percept.WatchedModel;
import java.io.InputStream;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Models that are loaded anew while requests are scored. */
@Timeout(120)
class ReloadTest {
    private static final String KEY = "a-key-0123456789";
    private static final LossOptions OPTIONS = LossOptions.defaults().withDevice(Device.CPU);
    private static final ServerConfig CONFIG = ServerConfig.defaults()
            .withAddress("127.0.0.1", 0)
            .withModel("nlpd", OPTIONS)
            .withSecurity(ServerSecurity.defaults().withKeys(List.of(ApiKey.of("alice", KEY))));

    @TempDir
    Path folder = Path.of("");

    private final WatchedModel old = new WatchedModel();
    private final WatchedModel next = new WatchedModel();
    private volatile Supplier<PerceptualLoss> source = old::load;
    private PerceptServer server;
    private Client client;

    private void start(ServerConfig config, PerceptServer.Loader loader) throws Exception {
        server = PerceptServer.start(config, loader, () -> {});
        client = new Client(server.address());
    }

    @BeforeEach
    void start() throws Exception {
        start(CONFIG, model -> source.get());
        source = next::load;
    }

    @AfterEach
    void stop() {
        old.letGo();
        server.close();
    }

    private HttpResponse<String> send(HttpRequest.Builder request) throws Exception {
        return client.send(request.header("Authorization", "Bearer " + KEY));
    }

    private HttpResponse<String> score() throws Exception {
        return send(client.scoring(Form.good().bytes()));
    }

    private HttpResponse<String> reload() throws Exception {
        return send(client.request("/v1/models/nlpd/reload").POST(BodyPublishers.noBody()));
    }

    private void assertScoredBy(WatchedModel model) throws Exception {
        model.runs();
        assertThat(score().statusCode()).isEqualTo(200);
        assertThat(model.runs()).hasSize(1);
    }

    /** A source that waits for the latch before it loads. */
    private Supplier<PerceptualLoss> slow(CountDownLatch begun, CountDownLatch latch) {
        return () -> {
            begun.countDown();
            try {
                latch.await();
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
            return next.load();
        };
    }

    @Test
    void theOldOneServesUntilTheNewOneIsThere() throws Exception {
        CountDownLatch begun = new CountDownLatch(1);
        CountDownLatch latch = new CountDownLatch(1);
        source = slow(begun, latch);
        CompletableFuture<HttpResponse<String>> reloading = Meanwhile.start(this::reload);
        begun.await();
        assertScoredBy(old);
        Client.problem(reload(), 409, "reload-running");
        assertThat(client.get("/health/ready").statusCode()).isEqualTo(200);
        latch.countDown();

        HttpResponse<String> reloaded = reloading.get();
        assertThat(reloaded.statusCode()).as(reloaded.body()).isEqualTo(200);
        JsonObject model = Client.json(reloaded);
        assertThat(model.get("name").getAsString()).isEqualTo("nlpd");
        assertThat(model.get("default").getAsBoolean()).isTrue();
        Client.assertTellsNothing(reloaded.body());
        assertScoredBy(next);
        await("closed", () -> old.closings() == 1);
        assertThat(next.closings()).isZero();
    }

    @Test
    void whatCanNotBeLoadedChangesNothing() throws Exception {
        for (RuntimeException reason : List.of(
                new ModelException("/srv/vgg.onnx", "it is malformed", "export it again"),
                new IllegalArgumentException("/srv/vgg.onnx isn't in fp16"))) {
            source = () -> {
                throw reason;
            };
            Client.problem(reload(), 422, "bad-model");
            assertScoredBy(old);
        }
        assertThat(old.closings()).isZero();
    }

    @Test
    void whatFailsInItsWarmUpChangesNothing() throws Exception {
        next.fail();
        Client.problem(reload(), 422, "bad-model");
        assertThat(next.closings()).isEqualTo(1);
        WatchedModel overflowing = new WatchedModel();
        overflowing.overflow();
        source = overflowing::load;
        Client.problem(reload(), 422, "bad-model");
        assertThat(overflowing.runs()).isNotEmpty();
        assertThat(overflowing.closings()).isEqualTo(1);
        assertScoredBy(old);
        assertThat(old.closings()).isZero();
    }

    @Test
    void aRequestIsFinishedByTheOneThatItBeganWith() throws Exception {
        old.hold();
        CompletableFuture<HttpResponse<String>> inFlight = Meanwhile.start(this::score);
        await("running", old::isWaiting);
        assertThat(reload().statusCode()).isEqualTo(200);
        assertScoredBy(next);

        WatchedModel third = new WatchedModel();
        source = third::load;
        CompletableFuture<HttpResponse<String>> another = Meanwhile.start(this::reload);
        // Never more than two in memory.
        Thread.sleep(300);
        assertThat(another).isNotDone();
        assertThat(old.closings()).isZero();
        old.letGo();

        assertThat(inFlight.get().statusCode()).isEqualTo(200);
        assertThat(another.get().statusCode()).isEqualTo(200);
        assertScoredBy(third);
        await("closed", () -> next.closings() == 1);
        server.close();
        assertThat(List.of(old.closings(), next.closings(), third.closings())).containsExactly(1, 1, 1);
    }

    /** The file may be another by then. */
    @Test
    void whoAsksMeanwhileIsHeededAfterwardsAndOnce() throws Exception {
        CountDownLatch begun = new CountDownLatch(1);
        CountDownLatch latch = new CountDownLatch(1);
        AtomicInteger loads = new AtomicInteger();
        Supplier<PerceptualLoss> slow = slow(begun, latch);
        source = () -> {
            loads.incrementAndGet();
            return slow.get();
        };
        CompletableFuture<Void> first = CompletableFuture.runAsync(server::reload);
        begun.await();
        CompletableFuture<Void> second = CompletableFuture.runAsync(server::reload);
        CompletableFuture<Void> third = CompletableFuture.runAsync(server::reload);
        CompletableFuture.anyOf(second, third).get();
        assertThat(first).isNotDone();
        latch.countDown();

        CompletableFuture.allOf(first, second, third).get();
        assertThat(loads).hasValue(2);
    }

    @Test
    void stoppingWaitsForWhatIsBeingLoadedAndClosesIt() throws Exception {
        CountDownLatch begun = new CountDownLatch(1);
        CountDownLatch latch = new CountDownLatch(1);
        source = slow(begun, latch);
        CompletableFuture<Void> reloading = CompletableFuture.runAsync(server::reload);
        begun.await();
        CompletableFuture<Void> closing = CompletableFuture.runAsync(server::close);
        await("the old one closed", () -> old.closings() == 1);
        assertThat(closing).isNotDone();
        latch.countDown();

        closing.get();
        reloading.get();
        assertThat(next.closings()).isEqualTo(1);
        assertThat(old.closings()).isEqualTo(1);
        server.reload();
        assertThat(next.closings()).isEqualTo(1);
    }

    @Test
    void onlyWhoHasAKeyReloads() throws Exception {
        Client.problem(
                client.send(client.request("/v1/models/nlpd/reload").POST(BodyPublishers.noBody())),
                401,
                "unauthorized");
        Client.problem(
                send(client.request("/v1/models/other/reload").POST(BodyPublishers.noBody())), 404, "unknown-model");
        server.close();
        start(CONFIG.withSecurity(ServerSecurity.defaults()), model -> old.load());
        assertThat(Client.problem(reload(), 403, "no-keys").get("detail").getAsString())
                .contains("--keys", "SIGHUP");
    }

    /** As an operator should: beside it, then moved. */
    private void put(Path model, byte[] content) throws Exception {
        Path beside = Files.write(folder.resolve("beside"), content);
        Files.move(beside, model, StandardCopyOption.REPLACE_EXISTING);
    }

    @Test
    void filesAreReloadedUnderLoadAndBadOnesNeverGoLive() throws Exception {
        byte[] good;
        try (InputStream in = Backbone.class.getResourceAsStream("models/nlpd.onnx")) {
            good = in.readAllBytes();
        }
        Path file = folder.resolve("model.onnx");
        put(file, good);
        ServerConfig config = CONFIG.withModel(file.toString(), OPTIONS);
        server.close();
        start(config, config::load);
        double expected = total(score());

        AtomicBoolean over = new AtomicBoolean();
        AtomicInteger scored = new AtomicInteger();
        List<CompletableFuture<Void>> clients = IntStream.range(0, 4)
                .mapToObj(i -> Meanwhile.<Void>start(() -> {
                    while (!over.get()) {
                        // Pairs that run together cost the last bits.
                        assertThat(total(score())).isCloseTo(expected, within(1e-6 * expected));
                        scored.incrementAndGet();
                    }
                    return null;
                }))
                .toList();
        byte[] noise = good.clone();
        Arrays.fill(noise, 0, 512, (byte) 0xFF);
        for (int i = 0; i < 20; i++) {
            put(file, good);
            HttpResponse<String> reloaded = reload();
            assertThat(reloaded.statusCode()).as(reloaded.body()).isEqualTo(200);
            put(file, i % 2 == 0 ? noise : Arrays.copyOf(good, good.length * 2 / 3));
            Client.problem(reload(), 422, "bad-model");
        }
        Files.delete(file);
        Client.problem(reload(), 422, "bad-model");
        int before = scored.get();
        await("still scoring", () -> scored.get() > before + 4);
        over.set(true);
        for (CompletableFuture<Void> each : clients) {
            each.get();
        }
        assertThat(send(client.request("/v1/models")).body())
                .contains(Backbone.open("nlpd").sha256());
    }

    private static double total(HttpResponse<String> response) {
        assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
        return Client.json(response)
                .getAsJsonArray("results")
                .get(0)
                .getAsJsonObject()
                .get("total")
                .getAsDouble();
    }
}
