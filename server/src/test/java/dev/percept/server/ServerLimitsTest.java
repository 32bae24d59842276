package dev.percept.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class ServerLimitsTest {
    private static final ServerLimits DEFAULTS = ServerLimits.defaults();

    @Test
    void takesTheLargest() {
        assertThat(DEFAULTS.withAdmission(1000, 10_000).queue()).isEqualTo(10_000);
        assertThat(DEFAULTS.withStopTimeout(Duration.ofDays(1)).stopTimeout()).hasHours(24);
        assertThat(DEFAULTS.withReceiveTimeout(Duration.ofDays(1)).receiveTimeout())
                .hasHours(24);
    }

    @Test
    void refusesWhatWouldOverflow() {
        int most = Integer.MAX_VALUE;
        Duration ages = Duration.ofSeconds(100_000_000_000L);
        assertThatThrownBy(() -> DEFAULTS.withAdmission(most, most))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("concurrency must be 1 to 1000, not 2147483647");
        assertThatThrownBy(() -> DEFAULTS.withAdmission(1, most))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("queue must be 0 to 10000, not 2147483647");
        assertThatThrownBy(() -> DEFAULTS.withStopTimeout(ages))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("stopTimeout must be 0 to 86400 s, not 100000000000 s");
        assertThatThrownBy(() -> DEFAULTS.withReceiveTimeout(ages))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("receiveTimeout");
    }
}
