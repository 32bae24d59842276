package dev.percept.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.withinPercentage;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import com.networknt.schema.InputFormat;
import com.networknt.schema.Schema;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import dev.percept.Device;
import dev.percept.LossOptions;
import dev.percept.PerceptualLoss;
import dev.percept.ScoreReport;
import dev.percept.ScoreResult;
import java.io.ByteArrayInputStream;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What {@code POST /v1/score} answers to pictures. */
class ScoreEndpointTest {
    private static PerceptServer server;
    private static Client client;
    private static Schema schema;

    @BeforeAll
    static void start() throws Exception {
        server = PerceptServer.start(ServerConfig.defaults()
                .withAddress("127.0.0.1", 0)
                .withModel("nlpd", LossOptions.defaults().withDevice(Device.CPU)));
        client = new Client(server.address());
        schema = SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12)
                .getSchema(Files.readString(Path.of("..", "docs", "schema", "score-1.schema.json")));
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    private static JsonArray results(HttpResponse<String> response) {
        assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
        assertThat(response.headers().firstValue("Content-Type")).contains("application/json;charset=utf-8");
        assertThat(schema.validate(response.body(), InputFormat.JSON)).isEmpty();
        return Client.json(response).getAsJsonArray("results");
    }

    @Test
    void answersTheReportOfTheLibrary() throws Exception {
        HttpResponse<String> response =
                client.score(Form.good().file("candidate", "hue-30.png", Form.sample("hue-30")));

        results(response);
        PerceptualLoss loss = server.loss();
        List<ScoreResult> expected =
                loss.score(Form.samplePath("reference"), List.of(Form.samplePath("blur-1"), Form.samplePath("hue-30")));
        String report = ScoreReport.toJson(loss.backbone(), expected).replace(Path.of("..", "samples") + "/", "");
        assertThat(response.body()).isEqualTo(report);
    }

    @Test
    void equalPicturesScoreZero() throws Exception {
        JsonArray results = results(client.score(new Form()
                .file("candidate", "same.png", Form.sample("reference"))
                .file("reference", "reference.png", Form.sample("reference"))));

        assertThat(results).hasSize(1);
        assertThat(results.get(0).getAsJsonObject().get("total").getAsDouble()).isZero();
    }

    @Test
    void namesPartsThatHaveNoFileName() throws Exception {
        JsonArray results = results(client.score(new Form()
                .file("reference", null, Form.sample("reference"))
                .file("candidate", null, Form.sample("blur-1"))
                .file("candidate", "C:\\pictures\\grün.png", Form.sample("blur-3"))
                .file("candidate", "../../etc/", Form.sample("reference"))));

        assertThat(results)
                .extracting(result -> name(result.getAsJsonObject(), "candidate"))
                .containsExactly("candidate-1", "grün.png", "candidate-3");
        assertThat(results)
                .extracting(result -> name(result.getAsJsonObject(), "reference"))
                .containsOnly("reference");
    }

    private static String name(JsonObject result, String field) {
        return result.get(field).getAsString();
    }

    @Test
    void oneBadCandidateAmongSeveralIsAResult() throws Exception {
        HttpResponse<String> response = client.score(new Form()
                .file("reference", "reference.png", Form.sample("reference"))
                .file("candidate", "notes.txt", "not a picture".getBytes(StandardCharsets.UTF_8))
                .file("candidate", "cut.png", Arrays.copyOf(Form.sample("blur-1"), 5000))
                .file("candidate", "empty.png", new byte[0])
                .file("candidate", "blur-1.png", Form.sample("blur-1")));

        JsonArray results = results(response);
        assertThat(results).hasSize(4);
        for (int i = 0; i < 3; i++) {
            assertThat(results.get(i).getAsJsonObject().keySet()).containsExactly("reference", "candidate", "error");
        }
        assertThat(name(results.get(0).getAsJsonObject(), "error")).startsWith("notes.txt: it is not a");
        assertThat(results.get(3).getAsJsonObject().get("total").getAsDouble()).isPositive();
        Client.assertTellsNothing(response.body());
    }

    @Test
    void badReferenceIsAProblem() throws Exception {
        JsonObject problem = Client.problem(
                client.score(new Form()
                        .file("reference", "/srv/cut.png", Arrays.copyOf(Form.sample("reference"), 3000))
                        .file("candidate", "a.png", Form.sample("blur-1"))
                        .file("candidate", "b.png", Form.sample("blur-3"))),
                422,
                "image");

        assertThat(name(problem, "detail")).startsWith("cut.png: it is a damaged");
    }

    @Test
    void badOnlyCandidateIsAProblem() throws Exception {
        JsonObject problem = Client.problem(
                client.score(new Form()
                        .file("reference", "reference.png", Form.sample("reference"))
                        .file("candidate", null, new byte[] {1, 2, 3})),
                422,
                "image");

        assertThat(name(problem, "detail")).startsWith("candidate-1: it is not a");
    }

    @Test
    void damagedPicturesTellNothing() throws Exception {
        byte[] picture = Form.sample("reference");
        for (int cut : new int[] {8, 20, 33, 40, 60, 100}) {
            Client.problem(
                    client.score(new Form()
                            .file("reference", "r.png", Arrays.copyOf(picture, cut))
                            .file("candidate", "c.png", picture)),
                    422,
                    "image");
        }
    }

    @Test
    void chunkedBodiesAreRead() throws Exception {
        byte[] body = Form.good().bytes();
        HttpResponse<String> response = client.send(client.request("/v1/score")
                .header("Content-Type", Form.CONTENT_TYPE)
                .POST(BodyPublishers.ofInputStream(() -> new ByteArrayInputStream(body))));

        assertThat(results(response)).hasSize(1);
    }

    @Test
    void manyAtOnceScoreAsOne() throws Exception {
        List<String> names = List.of("blur-1", "blur-3", "contrast", "hue-30", "jpeg-10", "noise-20", "shift-2");
        ExecutorService clients = Executors.newFixedThreadPool(8);
        try {
            List<Future<Double>> totals = new ArrayList<>();
            for (int i = 0; i < 5 * names.size(); i++) {
                String name = names.get(i % names.size());
                totals.add(clients.submit(() -> total(name)));
            }
            for (int i = 0; i < totals.size(); i++) {
                double expected = server.loss()
                        .score(Form.samplePath("reference"), Form.samplePath(names.get(i % names.size())))
                        .total();
                // Which run together is chance, and costs the last bits.
                assertThat(totals.get(i).get()).isCloseTo(expected, withinPercentage(1e-4));
            }
        } finally {
            clients.shutdown();
        }
    }

    private static double total(String name) throws Exception {
        JsonArray results = results(client.score(new Form()
                .file("reference", "reference.png", Form.sample("reference"))
                .file("candidate", "candidate.png", Form.sample(name))));
        return results.get(0).getAsJsonObject().get("total").getAsDouble();
    }
}
