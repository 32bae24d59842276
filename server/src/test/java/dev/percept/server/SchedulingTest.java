package dev.percept.server;

import static dev.percept.server.Meanwhile.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.google.gson.JsonObject;
import dev.percept.ImageSource;
import dev.percept.PerceptualLoss;
import dev.percept.ScoreResult;
import dev.percept.WatchedModel;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What runs together, in which order, and what comes too late to be run: on a model that is held up meanwhile. */
@Timeout(60)
class SchedulingTest {
    private static final List<String> NAMES = List.of("blur-1", "blur-3", "contrast", "hue-30");

    private final WatchedModel model = new WatchedModel();
    private PerceptServer server;
    private Client client;

    @BeforeEach
    void start() throws Exception {
        server = started(ServerLimits.defaults());
        client = new Client(server.address());
        warmUp();
    }

    private void restart(ServerLimits limits) throws Exception {
        server.close();
        server = started(limits);
        client = new Client(server.address());
        warmUp();
    }

    private PerceptServer started(ServerLimits limits) throws ListenException {
        return PerceptServer.start(
                ServerConfig.defaults().withAddress("127.0.0.1", 0).withLimits(limits.withConcurrency(1)), model::load);
    }

    /** Before something ran, nobody knows how many fit into a run. */
    private void warmUp() throws Exception {
        assertThat(client.score(Form.good()).statusCode()).isEqualTo(200);
        model.runs();
    }

    @AfterEach
    void stop() {
        model.letGo();
        server.close();
    }

    private CompletableFuture<HttpResponse<String>> send(Form form, String... headers) {
        return Meanwhile.start(() -> {
            var request = client.scoring(form.bytes());
            return client.send(headers.length == 0 ? request : request.headers(headers));
        });
    }

    /** From now on the model is busy with this request. */
    private CompletableFuture<HttpResponse<String>> busy() throws Exception {
        model.hold();
        CompletableFuture<HttpResponse<String>> first = send(Form.good());
        await("the first runs", model::isWaiting);
        return first;
    }

    private static Form pair(String reference, String candidate) {
        return new Form()
                .file("reference", reference, Form.sample(reference))
                .file("candidate", candidate, Form.sample(candidate));
    }

    private static double total(HttpResponse<String> response) {
        assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
        JsonObject result =
                Client.json(response).getAsJsonArray("results").get(0).getAsJsonObject();
        return result.get("total").getAsDouble();
    }

    @Test
    void twoBatchesRunAtOnceButOneOfAModelThatKeepsAllProcessorsBusy() throws Exception {
        server.close();
        server = PerceptServer.start(ServerConfig.defaults().withAddress("127.0.0.1", 0), model::load);
        client = new Client(server.address());
        warmUp();

        CompletableFuture<HttpResponse<String>> first = busy();
        CompletableFuture<HttpResponse<String>> second = send(pair("blur-1", "contrast"));
        await("both run", () -> model.waiting() == 2);
        // Three microseconds and more for each pixel, of each of at least one processor.
        Thread.sleep(1000);
        model.letGo();
        assertThat(first.get().statusCode()).isEqualTo(200);
        assertThat(second.get().statusCode()).isEqualTo(200);

        first = busy();
        second = send(pair("blur-1", "contrast"));
        await("both are decoded", () -> client.series("percept_decode_seconds_count") == 5);
        Thread.sleep(200);
        assertThat(model.waiting()).isEqualTo(1);
        model.letGo();
        assertThat(first.get().statusCode()).isEqualTo(200);
        assertThat(second.get().statusCode()).isEqualTo(200);
    }

    @Test
    void requestsThatWaitRunTogetherAndScoreAsAlone() throws Exception {
        CompletableFuture<HttpResponse<String>> first = busy();
        List<CompletableFuture<HttpResponse<String>>> others = new ArrayList<>();
        for (String name : NAMES) {
            others.add(send(pair(name, "noise-20")));
        }
        await("all decoded", () -> client.series("percept_decode_seconds_count") == 2 + NAMES.size());
        model.letGo();

        assertThat(first.get().statusCode()).isEqualTo(200);
        CompletableFuture.allOf(others.toArray(CompletableFuture[]::new)).get();
        // The very first, the one that held the model up, and all others.
        assertThat(client.series("percept_batch_pairs_count{model=\"nlpd\"}")).isEqualTo(3);
        PerceptualLoss loss = server.loss();
        for (int i = 0; i < NAMES.size(); i++) {
            double alone = loss.score(Form.samplePath(NAMES.get(i)), Form.samplePath("noise-20"))
                    .total();
            assertThat(total(others.get(i).get())).isCloseTo(alone, within(1e-6 * alone));
        }
    }

    @Test
    void candidatesOfOneRequestScoreAsTheLibraryDoes() throws Exception {
        restart(ServerLimits.defaults().withBatch(3, Duration.ZERO));
        Form form = new Form().file("reference", "r", Form.sample("reference"));
        List<ImageSource> candidates = new ArrayList<>();
        for (String name : NAMES) {
            form.file("candidate", name, Form.sample(name));
            candidates.add(ImageSource.of(Form.samplePath(name)));
        }
        HttpResponse<String> response = client.score(form);
        List<ScoreResult> expected = server.loss().score(ImageSource.of(Form.samplePath("reference")), candidates);
        for (int i = 0; i < NAMES.size(); i++) {
            JsonObject result =
                    Client.json(response).getAsJsonArray("results").get(i).getAsJsonObject();
            assertThat(result.get("candidate").getAsString()).isEqualTo(NAMES.get(i));
            double total = expected.get(i).orElseThrow().total();
            assertThat(result.get("total").getAsDouble()).isCloseTo(total, within(1e-6 * total));
        }
    }

    @Test
    void aLongRequestDoesNotHoldUpAShortOne() throws Exception {
        restart(ServerLimits.defaults().withBatch(2, Duration.ZERO));
        CompletableFuture<HttpResponse<String>> first = busy();
        Form form = new Form().file("reference", "r", Form.sample("reference"));
        for (int i = 0; i < 40; i++) {
            form.file("candidate", "c" + i, Form.sample(NAMES.get(i % NAMES.size())));
        }
        CompletableFuture<HttpResponse<String>> longer = send(form);
        await("both admitted", () -> server.admitted() == 2);
        CompletableFuture<HttpResponse<String>> shorter = send(pair("blur-1", "noise-20"));
        await("all admitted", () -> server.admitted() == 3);
        CompletableFuture<Boolean> longerWasDone = shorter.thenApply(response -> longer.isDone());
        model.letGo();

        assertThat(first.get().statusCode()).isEqualTo(200);
        assertThat(total(shorter.get())).isPositive();
        assertThat(longerWasDone.get()).isFalse();
        assertThat(Client.json(longer.get()).getAsJsonArray("results")).hasSize(40);
    }

    @Test
    void whatIsTooLateIsAnsweredAndNeverRun() throws Exception {
        CompletableFuture<HttpResponse<String>> first = busy();
        HttpResponse<String> late =
                send(pair("blur-1", "noise-20"), "Percept-Timeout-Ms", "100").get();
        Client.problem(late, 504, "deadline");
        CompletableFuture<HttpResponse<String>> inTime =
                send(pair("blur-3", "noise-20"), "Percept-Timeout-Ms", "3600000");
        await("admitted", () -> server.admitted() == 2);
        model.letGo();

        assertThat(first.get().statusCode()).isEqualTo(200);
        assertThat(total(inTime.get())).isPositive();
        assertThat(model.runs()).containsExactly(1, 1);
        assertThat(client.series("percept_score_seconds_count{outcome=\"deadline\"}"))
                .isEqualTo(1);
    }

    @ParameterizedTest
    @ValueSource(strings = {"0", "-1", "1.5", "1e3", "3600001", "99999999999999999999", "soon", ""})
    void malformedTimeouts(String value) throws Exception {
        assertThat(Client.problem(send(Form.good(), "Percept-Timeout-Ms", value).get(), 400, "bad-request")
                        .get("detail")
                        .getAsString())
                .contains("Percept-Timeout-Ms", "3600000");
    }

    @Test
    void healthAnswersWhileTheQueueIsFullAndTheRefusalSaysWhenToComeBack() throws Exception {
        int size = Form.good().bytes().length;
        restart(ServerLimits.defaults().withQueuePixels(4L * size));
        CompletableFuture<HttpResponse<String>> first = busy();
        List<CompletableFuture<HttpResponse<String>>> all = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            all.add(send(Form.good()));
        }
        await("refused", () -> client.series("percept_score_seconds_count{outcome=\"busy\"}") > 50);
        assertThat(client.get("/health/ready").statusCode()).isEqualTo(200);
        model.letGo();

        int scored = 0;
        for (CompletableFuture<HttpResponse<String>> each : all) {
            HttpResponse<String> response = each.get();
            if (response.statusCode() == 503) {
                Client.problem(response, 503, "busy");
                assertThat(response.headers().firstValue("Retry-After").orElse(""))
                        .matches("[1-9][0-9]*");
            } else {
                assertThat(total(response)).isPositive();
                scored++;
            }
        }
        assertThat(scored).isBetween(1, 49);
        assertThat(first.get().statusCode()).isEqualTo(200);
        await("nothing is left", () -> server.admitted() == 0);
        assertThat(client.series("percept_queue_pixels")).isZero();
        assertThat(client.series("percept_queue_bytes")).isZero();
        assertThat(client.series("percept_decoded_pixels")).isZero();
    }

    @Test
    void badPicturesCostNoRun() throws Exception {
        Form form = Form.good().file("candidate", "bad", new byte[] {1, 2}).file("candidate", "empty", new byte[0]);
        assertThat(Client.json(client.score(form)).getAsJsonArray("results")).hasSize(3);
        Client.problem(
                client.score(new Form().file("reference", "bad", new byte[9]).file("candidate", "c", new byte[9])),
                422,
                "image");
        assertThat(model.runs()).containsExactly(1);
        assertThat(client.series("percept_decoded_pixels")).isZero();
    }
}
