package dev.percept.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class ServerLimitsTest {
    private static final ServerLimits DEFAULTS = ServerLimits.defaults();

    @Test
    void takesTheLargest() {
        assertThat(DEFAULTS.withConcurrency(64).concurrency()).isEqualTo(64);
        assertThat(DEFAULTS.withBatch(1024, Duration.ofSeconds(1)).batch()).isEqualTo(1024);
        assertThat(DEFAULTS.withQueuePixels(Long.MAX_VALUE / 2).queuePixels()).isPositive();
        assertThat(DEFAULTS.withStopTimeout(Duration.ofDays(1)).stopTimeout()).hasHours(24);
        assertThat(DEFAULTS.withReceiveTimeout(Duration.ofDays(1)).receiveTimeout())
                .hasHours(24);
    }

    @Test
    void refusesWhatWouldOverflow() {
        int most = Integer.MAX_VALUE;
        Duration ages = Duration.ofSeconds(100_000_000_000L);
        assertThatThrownBy(() -> DEFAULTS.withConcurrency(most))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("concurrency must be 1 to 64, not 2147483647");
        assertThatThrownBy(() -> DEFAULTS.withBatch(0, Duration.ZERO))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("batch must be 1 to 1024, not 0");
        assertThatThrownBy(() -> DEFAULTS.withBatch(1, Duration.ofSeconds(2)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("batchDelay must be 0 to 1 s, not 2 s");
        assertThatThrownBy(() -> DEFAULTS.withQueuePixels(Long.MAX_VALUE))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("queuePixels");
        assertThatThrownBy(() -> DEFAULTS.withStopTimeout(ages))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("stopTimeout must be 0 to 86400 s, not 100000000000 s");
        assertThatThrownBy(() -> DEFAULTS.withReceiveTimeout(ages))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("receiveTimeout");
    }
}
