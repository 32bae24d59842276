package dev.percept.server;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import dev.percept.Device;
import dev.percept.FakeGpu;
import dev.percept.LossOptions;
import java.net.http.HttpResponse;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What health, scoring and metrics say of the device, also when it fails while they are asked. */
class DeviceStateTest {
    private static final String LOST = "CUDA failure 700: an illegal memory access was encountered";

    private static final ServerConfig CONFIG = ServerConfig.defaults().withAddress("127.0.0.1", 0);

    private final FakeGpu gpu = new FakeGpu();

    private PerceptServer start(Device device) throws ListenException {
        return PerceptServer.start(CONFIG, () -> gpu.load(device));
    }

    private static JsonObject ready(Client client) throws Exception {
        HttpResponse<String> ready = client.get("/health/ready");
        assertThat(ready.statusCode()).as(ready.body()).isEqualTo(200);
        Client.assertTellsNothing(ready.body());
        return Client.json(ready);
    }

    private static String text(JsonObject object, String field) {
        return object.get(field).getAsString();
    }

    private static List<String> metrics(Client client) throws Exception {
        return client.get("/metrics")
                .body()
                .lines()
                .filter(line -> line.startsWith("percept_device_"))
                .toList();
    }

    private static String info(String requested, String provider) {
        return "percept_device_info{model=\"nlpd\",precision=\"fp32\",provider=\"" + provider + "\",requested=\""
                + requested + "\"} 1";
    }

    /** The tests' ONNX Runtime has no CUDA. */
    @Test
    void autoWithoutAGpuSaysWhy() throws Exception {
        try (PerceptServer server = PerceptServer.start(
                CONFIG.withModel("nlpd", LossOptions.defaults().withDevice(Device.AUTO)))) {
            Client client = new Client(server.address());
            JsonObject ready = ready(client);
            assertThat(ready.keySet())
                    .containsExactly("status", "model", "provider", "precision", "fallback", "models");
            assertThat(text(ready, "provider")).isEqualTo("cpu");
            assertThat(text(ready, "fallback")).contains("without CUDA");
            assertThat(metrics(client))
                    .containsExactlyInAnyOrder(
                            info("auto", "cpu"),
                            "percept_device_fallback{model=\"nlpd\"} 1.0",
                            "percept_device_lost{model=\"nlpd\"} 0.0");
        }
    }

    @Test
    void theCpuIsNoFallbackWhereItWasAskedFor() throws Exception {
        try (PerceptServer server = PerceptServer.start(
                CONFIG.withModel("nlpd", LossOptions.defaults().withDevice(Device.CPU)))) {
            Client client = new Client(server.address());
            assertThat(ready(client).keySet()).containsExactly("status", "model", "provider", "precision", "models");
            assertThat(metrics(client))
                    .containsExactlyInAnyOrder(
                            info("cpu", "cpu"),
                            "percept_device_fallback{model=\"nlpd\"} 0.0",
                            "percept_device_lost{model=\"nlpd\"} 0.0");
        }
    }

    @Test
    void autoLeavesAGpuThatIsLostAndSaysSoFromThenOn() throws Exception {
        try (PerceptServer server = start(Device.AUTO)) {
            Client client = new Client(server.address());
            assertThat(client.score(Form.good()).body()).contains("\"provider\": \"cuda:0\"");
            assertThat(text(ready(client), "provider")).isEqualTo("cuda:0");
            assertThat(metrics(client)).contains(info("auto", "cuda:0"), "percept_device_fallback{model=\"nlpd\"} 0.0");

            gpu.lose(LOST);
            HttpResponse<String> scored = client.score(Form.good());
            assertThat(scored.statusCode()).isEqualTo(200);
            assertThat(scored.body()).contains("\"provider\": \"cpu\"", "\"fallback\": \"" + LOST + "\"");

            JsonObject ready = ready(client);
            assertThat(text(ready, "provider")).isEqualTo("cpu");
            assertThat(text(ready, "fallback")).isEqualTo(LOST);
            assertThat(metrics(client))
                    .containsExactlyInAnyOrder(
                            info("auto", "cpu"),
                            "percept_device_fallback{model=\"nlpd\"} 1.0",
                            "percept_device_lost{model=\"nlpd\"} 0.0");
        }
    }

    private static void assertLost(HttpResponse<String> response) {
        assertThat(text(Client.problem(response, 503, "device-lost"), "detail"))
                .isEqualTo(LOST + "; the server has to be started again");
        // Coming back later is of no use.
        assertThat(response.headers().firstValue("Retry-After")).isEmpty();
    }

    @Test
    void whoAskedForAGpuIsToldThatItIsLost() throws Exception {
        try (PerceptServer server = start(new Device.Cuda(0))) {
            Client client = new Client(server.address());
            assertThat(client.score(Form.good()).statusCode()).isEqualTo(200);
            assertThat(metrics(client)).contains("percept_device_lost{model=\"nlpd\"} 0.0");

            gpu.lose(LOST.replace(" an", "\nan"));
            // It is noticed under the first, also if that has several candidates.
            assertLost(client.score(Form.good().file("candidate", "hue-30.png", Form.sample("hue-30"))));
            assertLost(client.score(Form.good()));
            assertLost(client.get("/health/ready"));
            assertThat(client.get("/health/live").statusCode()).isEqualTo(200);
            assertThat(metrics(client))
                    .containsExactlyInAnyOrder(
                            info("cuda", "cuda:0"),
                            "percept_device_fallback{model=\"nlpd\"} 0.0",
                            "percept_device_lost{model=\"nlpd\"} 1.0");
            assertThat(client.get("/metrics").body())
                    .contains("percept_score_seconds_count{outcome=\"device-lost\"} 2\n");
        }
    }

    @Test
    void aDeviceThatFailsWithoutBeingLostFailsOneRequest() throws Exception {
        try (PerceptServer server = start(new Device.Cuda(0))) {
            Client client = new Client(server.address());
            gpu.fail("its memory is too small to run the model /srv/vgg19.onnx");
            HttpResponse<String> failed = client.score(Form.good());
            Client.problem(failed, 500, "device");
            assertThat(failed.body()).doesNotContain("/srv");

            HttpResponse<String> several =
                    client.score(Form.good().file("candidate", "hue-30.png", Form.sample("hue-30")));
            assertThat(several.statusCode()).isEqualTo(500);
            assertThat(ready(client).get("status").getAsString()).isEqualTo("ready");
        }
    }
}
