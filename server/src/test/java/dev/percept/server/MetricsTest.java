package dev.percept.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.percept.Device;
import dev.percept.LossOptions;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** {@code GET /metrics}; what it says of the device is in {@link DeviceStateTest}. */
class MetricsTest {
    /** A line of Prometheus's text format, version 0.0.4: a comment, or a name, labels and a number. */
    private static final Pattern LINE = Pattern.compile(
            "# (HELP|TYPE) [a-z_]+ .+|[a-z_]+(\\{([a-z_]+=\"[^\"\\\\]*\",?)*})? (-?[0-9.]+(E-?[0-9]+)?|NaN|[+-]Inf)");

    private PerceptServer server;
    private Client client;

    @BeforeEach
    void start() throws Exception {
        server = PerceptServer.start(ServerConfig.defaults()
                .withAddress("127.0.0.1", 0)
                .withModel("nlpd", LossOptions.defaults().withDevice(Device.CPU)));
        client = new Client(server.address());
    }

    @AfterEach
    void stop() {
        server.close();
    }

    private List<String> lines() throws Exception {
        return client.get("/metrics").body().lines().toList();
    }

    private double value(String name) throws Exception {
        List<String> found =
                lines().stream().filter(line -> line.startsWith(name + " ")).toList();
        assertThat(found).as(name).hasSize(1);
        return Double.parseDouble(found.get(0).substring(name.length() + 1));
    }

    @Test
    void isPrometheusText() throws Exception {
        HttpResponse<String> response = client.get("/metrics");
        assertThat(response.statusCode()).isEqualTo(200);
        assertThat(response.headers().firstValue("Content-Type")).contains("text/plain; version=0.0.4; charset=utf-8");
        assertThat(response.headers().firstValue("X-Request-Id")).isPresent();
        assertThat(response.body()).endsWith("\n");
        assertThat(lines()).isNotEmpty().allMatch(line -> LINE.matcher(line).matches());
    }

    @Test
    void countsAndTimesRequestsByOutcome() throws Exception {
        assertThat(value("percept_score_seconds_count{outcome=\"scored\"}")).isZero();

        client.score(Form.good());
        client.score(Form.good());
        client.score(new Form());
        client.score(new Form().file("reference", "r.png", new byte[9]).file("candidate", "c.png", new byte[9]));
        client.get("/v1/score");

        assertThat(value("percept_score_seconds_count{outcome=\"scored\"}")).isEqualTo(2);
        assertThat(value("percept_score_seconds_sum{outcome=\"scored\"}")).isPositive();
        assertThat(value("percept_score_seconds_count{outcome=\"bad-form\"}")).isEqualTo(1);
        assertThat(value("percept_score_seconds_count{outcome=\"image\"}")).isEqualTo(1);
        assertThat(lines().stream().filter(line -> line.startsWith("percept_score_seconds_count")))
                .hasSize(3);
    }

    @Test
    void countsProblemsOfAnyKind() throws Exception {
        client.score(new Form());
        client.get("/v1/score");
        client.get("/nothing");
        client.get("/nothing");

        assertThat(value("percept_problems_total{type=\"bad-form\"}")).isEqualTo(1);
        assertThat(value("percept_problems_total{type=\"wrong-method\"}")).isEqualTo(1);
        assertThat(value("percept_problems_total{type=\"not-found\"}")).isEqualTo(2);
    }

    @Test
    void countsReferencesThatWereComputedAndThoseThatWereKept() throws Exception {
        assertThat(value("percept_references_total{model=\"nlpd\",result=\"miss\"}"))
                .isZero();
        assertThat(value("percept_reference_cache_bytes{model=\"nlpd\"}")).isZero();
        client.score(Form.good());
        client.score(Form.good());
        client.score(Form.good());
        assertThat(value("percept_references_total{model=\"nlpd\",result=\"miss\"}"))
                .isEqualTo(1);
        assertThat(value("percept_references_total{model=\"nlpd\",result=\"hit\"}"))
                .isEqualTo(2);
        assertThat(value("percept_reference_cache_bytes{model=\"nlpd\"}")).isPositive();
    }

    @Test
    void tellsOfTheJvm() throws Exception {
        assertThat(lines())
                .anyMatch(line -> line.startsWith("jvm_memory_used_bytes{area=\"heap\""))
                .anyMatch(line -> line.startsWith("jvm_gc_"))
                .anyMatch(line -> line.startsWith("jvm_threads_live_threads "));
    }

    @Test
    void answersWhileTheServerIsStopping() throws Exception {
        try (HalfSent accepted = new HalfSent(server.address())) {
            Meanwhile.await("admitted", () -> server.admitted() == 1);
            Thread stopper = new Thread(server::close);
            stopper.start();
            Meanwhile.await("stopping", () -> client.get("/health/ready").statusCode() != 200);
            assertThat(value("percept_device_lost{model=\"nlpd\"}")).isZero();
            accepted.sendRest();
            stopper.join();
        }
    }
}
