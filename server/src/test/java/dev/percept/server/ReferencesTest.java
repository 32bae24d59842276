package dev.percept.server;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import dev.percept.Device;
import dev.percept.LossOptions;
import dev.percept.ScoreResult;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** References that are sent once and named afterwards. */
class ReferencesTest {
    private static final byte[] REFERENCE = Form.sample("reference");

    private PerceptServer server;
    private Client client;

    private static PerceptServer started(long referenceBytes) throws ListenException {
        return PerceptServer.start(ServerConfig.defaults()
                .withAddress("127.0.0.1", 0)
                .withModel("nlpd", LossOptions.defaults().withDevice(Device.CPU))
                .withLimits(ServerLimits.defaults().withReferenceBytes(referenceBytes)));
    }

    @BeforeEach
    void start() throws Exception {
        server = started(1 << 20);
        client = new Client(server.address());
    }

    @AfterEach
    void stop() {
        server.close();
    }

    private HttpResponse<String> put(byte[] picture, String type) throws Exception {
        return client.send(
                client.request("/v1/references").header("Content-Type", type).PUT(BodyPublishers.ofByteArray(picture)));
    }

    private String put(byte[] picture) throws Exception {
        HttpResponse<String> response = put(picture, "image/png");
        assertThat(response.statusCode()).as(response.body()).isIn(200, 201);
        return Client.json(response).get("id").getAsString();
    }

    private HttpResponse<String> request(String method, String id) throws Exception {
        return client.send(client.request("/v1/references/" + id).method(method, BodyPublishers.noBody()));
    }

    private static Form naming(String id) {
        return new Form()
                .file("reference_id", null, id.getBytes(StandardCharsets.UTF_8))
                .file("candidate", "blur-1.png", Form.sample("blur-1"));
    }

    @Test
    void standsInForTheReferenceOfAHeatMap() throws Exception {
        String id = put(REFERENCE);
        var named = client.bytes(client.posting("/v1/heatmap", naming(id)));
        var sent = client.bytes(client.posting("/v1/heatmap", Form.good()));
        assertThat(named.statusCode()).isEqualTo(200);
        assertThat(named.body()).isEqualTo(sent.body());

        Client.problem(client.post("/v1/heatmap", naming("sha256:" + "0".repeat(64))), 404, "unknown-reference");
        Client.problem(client.post("/v1/heatmap", naming("none")), 400, "bad-form");
        Client.problem(client.post("/v1/heatmap", naming(id).file("reference", "r", REFERENCE)), 400, "bad-form");
    }

    /** As {@code curl -T} sends it. */
    @Test
    void needsNoType() throws Exception {
        var answer = client.send(client.request("/v1/references").PUT(BodyPublishers.ofByteArray(REFERENCE)));
        assertThat(answer.statusCode()).isEqualTo(201);
    }

    @Test
    void isKeptUnderItsDigestAndScoresAsItself() throws Exception {
        HttpResponse<String> first = put(REFERENCE, "application/octet-stream");
        assertThat(first.statusCode()).isEqualTo(201);
        JsonObject kept = Client.json(first);
        String id = kept.get("id").getAsString();
        assertThat(id).isEqualTo(References.id(REFERENCE)).matches("sha256:[0-9a-f]{64}");
        assertThat(kept.get("bytes").getAsInt()).isEqualTo(REFERENCE.length);
        assertThat(first.headers().firstValue("Location")).contains("/v1/references/" + id);
        assertThat(put(REFERENCE, "image/png").statusCode()).isEqualTo(200);
        assertThat(request("HEAD", id).statusCode()).isEqualTo(200);

        for (int i = 0; i < 3; i++) {
            JsonObject result = Client.json(client.score(naming(id)))
                    .getAsJsonArray("results")
                    .get(0)
                    .getAsJsonObject();
            ScoreResult expected = server.loss()
                    .score(Form.samplePath("reference"), List.of(Form.samplePath("blur-1")))
                    .get(0);
            assertThat(result.get("total").getAsDouble())
                    .isEqualTo(expected.orElseThrow().total());
            assertThat(result.get("reference").getAsString()).isEqualTo(id);
            JsonObject facts = result.getAsJsonObject("provenance")
                    .getAsJsonObject("images")
                    .getAsJsonObject("reference");
            assertThat(kept.get("width")).isEqualTo(facts.get("width"));
            assertThat(kept.get("height")).isEqualTo(facts.get("height"));
        }
        assertThat(client.get("/metrics").body()).contains("percept_stored_references 1.0\n");
    }

    @Test
    void whatIsNotKeptIsToBeSentAgain() throws Exception {
        String never = References.id(new byte[0]);
        HttpResponse<String> response = client.score(naming(never));
        assertThat(Client.problem(response, 404, "unknown-reference")
                        .get("detail")
                        .getAsString())
                .contains("send it again with PUT /v1/references");
        assertThat(request("HEAD", never).statusCode()).isEqualTo(404);
        Client.problem(request("DELETE", never), 404, "unknown-reference");

        String id = put(REFERENCE);
        assertThat(request("DELETE", id).statusCode()).isEqualTo(204);
        Client.problem(client.score(naming(id)), 404, "unknown-reference");
        assertThat(server.admitted()).isZero();
    }

    @Test
    void thoseThatWereNotUsedForLongestGoFirst() {
        References references = new References(250);
        for (String id : new String[] {"a", "b"}) {
            assertThat(references.put(new References.Stored(id, new byte[100], 1, 1)))
                    .isTrue();
        }
        References.Stored held = references.get("a");
        references.put(new References.Stored("c", new byte[100], 1, 1));
        assertThat(references.get("b")).isNull();
        references.put(new References.Stored("d", new byte[200], 1, 1));
        assertThat(references.get("a")).isNull();
        assertThat(references.bytes()).isEqualTo(200);
        // Who has one keeps it.
        assertThat(held).isNotNull().extracting(stored -> stored.file().length).isEqualTo(100);
        assertThat(references.put(new References.Stored("d", new byte[200], 1, 1)))
                .isFalse();
        assertThat(references.count()).isEqualTo(1);
    }

    @Test
    void whatIsNoPictureIsNotKept() throws Exception {
        Client.problem(put(new byte[] {1, 2, 3}, "image/png"), 422, "image");
        Client.problem(put(Arrays.copyOf(REFERENCE, 3000), "image/png"), 422, "image");
        Client.problem(put(REFERENCE, "text/plain"), 415, "wrong-content-type");
        assertThat(client.get("/metrics").body()).contains("percept_stored_references 0.0\n");
    }

    @Test
    void whatHasNoRoomIsRefused() throws Exception {
        try (PerceptServer none = started(0)) {
            client = new Client(none.address());
            Client.problem(put(REFERENCE, "image/png"), 413, "too-large");
        }
    }

    @Test
    void aFormNamesOneReference() throws Exception {
        String id = put(REFERENCE);
        byte[] bytes = id.getBytes(StandardCharsets.UTF_8);
        for (Form bad : new Form[] {
            naming(id).file("reference", "r.png", REFERENCE),
            naming(id).file("reference_id", null, bytes),
            naming("sha256:0"),
            new Form().file("candidate", "c.png", REFERENCE)
        }) {
            Client.problem(client.score(bad), 400, "bad-form");
        }
    }
}
