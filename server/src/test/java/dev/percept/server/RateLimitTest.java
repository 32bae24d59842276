package dev.percept.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.percept.Device;
import dev.percept.LossOptions;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.List;
import org.junit.jupiter.api.Test;

/** How often a client may come. */
class RateLimitTest {
    private static final long SECOND = 1_000_000_000L;

    @Test
    void asManyAtOnceAndThenAsTimeGoesBy() {
        RateLimiter limiter = new RateLimiter(new RateLimit(2, 3));
        // Close to where nanoTime overflows.
        long now = Long.MAX_VALUE - SECOND;
        for (int i = 0; i < 3; i++) {
            assertThat(limiter.take("a", now)).isZero();
        }
        assertThat(limiter.take("a", now)).isEqualTo(1);
        assertThat(limiter.take("b", now)).isZero();

        assertThat(limiter.take("a", now + SECOND / 2 - 1)).isEqualTo(1);
        assertThat(limiter.take("a", now + SECOND / 2)).isZero();
        assertThat(limiter.take("a", now + SECOND / 2)).isEqualTo(1);
        // What is saved up is at most the burst.
        for (int i = 0; i < 3; i++) {
            assertThat(limiter.take("a", now + 100 * SECOND)).isZero();
        }
        assertThat(limiter.take("a", now + 100 * SECOND)).isEqualTo(1);
    }

    @Test
    void saysAfterHowManySeconds() {
        RateLimiter limiter = new RateLimiter(new RateLimit(0.1, 1));
        assertThat(limiter.take("a", 0)).isZero();

        assertThat(limiter.take("a", 0)).isEqualTo(10);
        assertThat(limiter.take("a", SECOND)).isEqualTo(9);
        assertThat(limiter.take("a", SECOND + 1)).isEqualTo(9);
        assertThat(limiter.take("a", 10 * SECOND)).isZero();
    }

    @Test
    void thousandsOfClientsAreRemembered() {
        RateLimiter limiter = new RateLimiter(new RateLimit(0.001, 1));
        for (int i = 0; i < 10_000; i++) {
            assertThat(limiter.take("client" + i, 0)).isZero();
        }
        assertThat(limiter.take("client0", 0)).isEqualTo(1000);
        // Whoever was seen longest ago makes room.
        assertThat(limiter.take("another", 0)).isZero();
        assertThat(limiter.take("client0", 0)).isEqualTo(1000);
        assertThat(limiter.take("client1", 0)).isZero();
    }

    @Test
    void outOfRange() {
        for (double rate : new double[] {0, -1, 0.0009, 1_000_001, Double.NaN, Double.POSITIVE_INFINITY}) {
            assertThatThrownBy(() -> new RateLimit(rate, 1)).isInstanceOf(IllegalArgumentException.class);
        }
        for (int burst : new int[] {0, -1, 1_000_001}) {
            assertThatThrownBy(() -> new RateLimit(1, burst)).isInstanceOf(IllegalArgumentException.class);
        }
        assertThat(new RateLimiter(new RateLimit(0.001, 1_000_000)).take("a", 0))
                .isZero();
    }

    private static ServerConfig config(ServerSecurity security) {
        return ServerConfig.defaults()
                .withAddress("127.0.0.1", 0)
                .withModel("nlpd", LossOptions.defaults().withDevice(Device.CPU))
                .withSecurity(security.withRate(new RateLimit(0.01, 2)));
    }

    private static void assertTooMany(HttpResponse<String> response) {
        Client.problem(response, 429, "too-many");
        assertThat(Long.parseLong(response.headers().firstValue("Retry-After").orElseThrow()))
                .isBetween(1L, 100L);
    }

    @Test
    void ofAnAddressWhereThereAreNoKeys() throws Exception {
        try (PerceptServer server = PerceptServer.start(config(ServerSecurity.defaults()))) {
            Client client = new Client(server.address());
            assertThat(client.score(Form.good()).statusCode()).isEqualTo(200);
            assertThat(client.get("/v1/models").statusCode()).isEqualTo(200);
            assertTooMany(client.score(Form.good()));
            assertTooMany(client.get("/metrics"));

            assertThat(client.get("/health/ready").statusCode()).isEqualTo(200);
        }
    }

    @Test
    void ofEachKey() throws Exception {
        List<ApiKey> keys = List.of(ApiKey.of("a", "aaaaaaaaaaaaaaaa"), ApiKey.of("b", "bbbbbbbbbbbbbbbb"));
        try (PerceptServer server =
                PerceptServer.start(config(ServerSecurity.defaults().withKeys(keys)))) {
            Client client = new Client(server.address());
            HttpRequest.Builder a = client.request("/v1/models").header("Authorization", "Bearer aaaaaaaaaaaaaaaa");
            HttpRequest.Builder b = client.request("/v1/models").header("Authorization", "Bearer bbbbbbbbbbbbbbbb");
            assertThat(client.send(a).statusCode()).isEqualTo(200);
            assertThat(client.send(a).statusCode()).isEqualTo(200);
            assertTooMany(client.send(a));
            assertThat(client.send(b).statusCode()).isEqualTo(200);
        }
    }
}
