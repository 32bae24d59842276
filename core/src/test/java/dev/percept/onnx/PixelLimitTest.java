package dev.percept.onnx;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class PixelLimitTest {
    private final PixelLimit limit = new PixelLimit();

    @Test
    void thereIsNoneUntilSomethingDidNotFit() {
        limit.fitted();
        assertThat(limit.pixels()).isEqualTo(Long.MAX_VALUE);
    }

    @Test
    void itIsWhatFittedAndIsTriedAgainAfterManyGoodRuns() {
        limit.onlyFitted(1000);
        for (int i = 0; i < 255; i++) {
            limit.fitted();
        }
        assertThat(limit.pixels()).isEqualTo(1000);
        limit.fitted();
        assertThat(limit.pixels()).isEqualTo(2000);
        limit.onlyFitted(1000);
        limit.fitted();
        assertThat(limit.pixels()).isEqualTo(1000);
    }
}
