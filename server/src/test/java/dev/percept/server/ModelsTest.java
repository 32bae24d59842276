// SPDX-License-Identifier: Apache-2.0
package dev.percept.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import dev.percept.Device;
import dev.percept.LossOptions;
import dev.percept.WatchedModel;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Several models, and which of them a request gets. */
class ModelsTest {
    private static final LossOptions OPTIONS = LossOptions.defaults().withDevice(Device.CPU);

    private final WatchedModel first = new WatchedModel();
    private final WatchedModel second = new WatchedModel();
    private PerceptServer server;
    private Client client;

    @BeforeEach
    void start() throws Exception {
        ServerConfig config = ServerConfig.defaults()
                .withAddress("127.0.0.1", 0)
                .withModels(List.of(ServerModel.of("nlpd"), ServerModel.of("second=nlpd")), OPTIONS);
        server = PerceptServer.start(config, model -> (model.alias() == null ? first : second).load(OPTIONS), () -> {});
        client = new Client(server.address());
    }

    @AfterEach
    void stop() {
        server.close();
    }

    private static Form choosing(Form form, String model) {
        return form.text(
                "--" + Form.BOUNDARY + "\r\nContent-Disposition: form-data; name=\"model\"\r\n\r\n" + model + "\r\n");
    }

    private static Form image() {
        return new Form().file("image", "a.png", Form.sample("reference"));
    }

    @Test
    void theFirstIsTheDefault() throws Exception {
        assertThat(client.score(Form.good()).statusCode()).isEqualTo(200);
        assertThat(first.runs()).hasSize(1);
        assertThat(second.runs()).isEmpty();
    }

    @Test
    void aRequestChoosesByFieldOrQuery() throws Exception {
        for (HttpResponse<String> answer : List.of(
                client.score(choosing(Form.good(), "second")), client.post("/v1/score?model=second", Form.good()))) {
            assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
            assertThat(answer.body()).contains("\"name\": \"nlpd\"");
        }
        assertThat(second.runs()).hasSize(2);
        assertThat(client.score(choosing(Form.good(), "nlpd")).statusCode()).isEqualTo(200);
        assertThat(first.runs()).hasSize(1);
        for (String path : List.of("/v1/heatmap?model=second", "/v1/heatmap")) {
            Form form = path.contains("?") ? Form.good() : choosing(Form.good(), "second");
            assertThat(client.post(path, form).statusCode()).isEqualTo(200);
        }
        assertThat(client.post("/v1/features?model=second", image()).statusCode())
                .isEqualTo(200);
        assertThat(first.runs()).isEmpty();
        assertThat(client.get("/metrics").body())
                .contains(
                        "percept_run_seconds_count{model=\"nlpd\"} 1\n",
                        "percept_batch_pairs_count{model=\"second\"} 5\n",
                        "percept_device_info{model=\"nlpd\",",
                        "percept_device_info{model=\"second\",",
                        "percept_device_lost{model=\"second\"} 0.0\n",
                        "percept_references_total{model=\"second\",result=\"miss\"}");
    }

    @ParameterizedTest
    @ValueSource(strings = {"/v1/score", "/v1/heatmap", "/v1/features"})
    void whatIsNotThereIsRefused(String path) throws Exception {
        Form form = path.endsWith("features") ? image() : Form.good();
        HttpResponse<String> byQuery = client.post(path + "?model=third", form);
        HttpResponse<String> byField = client.post(path, choosing(form, "third\r\n"));
        for (HttpResponse<String> answer : List.of(byQuery, byField)) {
            assertThat(Client.problem(answer, 404, "unknown-model")
                            .get("detail")
                            .getAsString())
                    .isEqualTo("There is no model 'third'; there are nlpd, second.");
        }
        assertThat(server.admitted()).isZero();
    }

    @Test
    void oneIsChosenOnce() throws Exception {
        for (String path : List.of("/v1/score?model=nlpd", "/v1/heatmap?model=nlpd")) {
            Client.problem(client.post(path, choosing(Form.good(), "second")), 400, "bad-form");
        }
        Client.problem(client.post("/v1/score?model=nlpd&model=second", Form.good()), 400, "bad-form");
        Client.problem(client.score(choosing(choosing(Form.good(), "nlpd"), "nlpd")), 400, "bad-form");
    }

    @Test
    void aReferenceIsForAllOfThem() throws Exception {
        HttpResponse<String> put = client.send(client.request("/v1/references?model=second")
                .header("Content-Type", "image/png")
                .PUT(BodyPublishers.ofByteArray(Form.sample("reference"))));
        String id = Client.json(put).get("id").getAsString();
        for (String model : List.of("nlpd", "second")) {
            Form form = new Form().file("candidate", "blur-1.png", Form.sample("blur-1"));
            HttpResponse<String> answer = client.post(
                    "/v1/score?model=" + model, form.file("reference_id", null, id.getBytes(StandardCharsets.UTF_8)));
            assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        }
        Client.problem(
                client.send(client.request("/v1/references?model=third")
                        .header("Content-Type", "image/png")
                        .PUT(BodyPublishers.ofByteArray(Form.sample("reference")))),
                404,
                "unknown-model");
    }

    @Test
    void allAreDescribed() throws Exception {
        List<JsonObject> models = StreamSupport.stream(
                        Client.json(client.get("/v1/models"))
                                .getAsJsonArray("models")
                                .spliterator(),
                        false)
                .map(JsonElement::getAsJsonObject)
                .toList();
        assertThat(models).extracting(model -> model.get("name").getAsString()).containsExactly("nlpd", "second");
        assertThat(models)
                .extracting(model -> model.get("default").getAsBoolean())
                .containsExactly(true, false);
        assertThat(client.get("/health/ready").body())
                .isEqualTo("{\"status\":\"ready\",\"model\":\"nlpd\",\"provider\":\"cpu\",\"precision\":\"fp32\","
                        + "\"models\":[{\"name\":\"nlpd\",\"provider\":\"cpu\",\"precision\":\"fp32\"},"
                        + "{\"name\":\"second\",\"provider\":\"cpu\",\"precision\":\"fp32\"}]}");
    }

    @Test
    void twoOfOneNameAreRefused() {
        ServerConfig config = ServerConfig.defaults().withAddress("127.0.0.1", 0);
        ServerModel nlpd = ServerModel.of("nlpd");
        for (List<ServerModel> twice : List.of(
                List.of(nlpd, nlpd), List.of(ServerModel.of("nlpd=no-such-model"), ServerModel.of("nlpd=nlpd")))) {
            assertThatThrownBy(() -> PerceptServer.start(config.withModels(twice, OPTIONS)))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("two models are called nlpd");
        }
        assertThatThrownBy(() -> config.withModels(List.of(), OPTIONS)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void anAliasStandsBeforeTheFile() {
        assertThat(ServerModel.of(" a=b=c.onnx ")).isEqualTo(new ServerModel("a", "b=c.onnx"));
        assertThat(ServerModel.of("models/a=b.onnx")).isEqualTo(new ServerModel(null, "models/a=b.onnx"));
        assertThat(ServerModel.of("nlpd")).isEqualTo(new ServerModel(null, "nlpd"));
        assertThatThrownBy(() -> ServerModel.of(" ")).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new ServerModel("a b", "nlpd")).isInstanceOf(IllegalArgumentException.class);
    }
}
