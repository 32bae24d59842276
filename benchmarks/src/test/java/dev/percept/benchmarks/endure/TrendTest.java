package dev.percept.benchmarks.endure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.Random;
import java.util.function.DoubleUnaryOperator;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class TrendTest {
    private static final double ALLOWED = 16;

    /** An hour's samples, one a minute. */
    private static Trend hour(DoubleUnaryOperator mib) {
        return Trend.of(IntStream.rangeClosed(0, 60)
                .mapToObj(minute -> new Trend.Sample(minute / 60.0, mib.applyAsDouble(minute / 60.0)))
                .toList());
    }

    @Test
    void aStraightLineHasItsSlope() {
        Trend trend = hour(time -> 700 + 24 * time);

        assertThat(trend.slope()).isCloseTo(24, within(1e-9));
        assertThat(trend.span()).isCloseTo(0.75, within(1e-9));
        assertThat(trend.growth()).isCloseTo(18, within(1e-9));
        assertThat(trend.isFlat(ALLOWED)).isFalse();
    }

    @Test
    void noiseIsFlat() {
        Random random = new Random(1);
        assertThat(hour(time -> 700 + 8 * random.nextGaussian()).isFlat(ALLOWED))
                .isTrue();
    }

    @Test
    void aLeakIsSeenThroughNoise() {
        Random random = new Random(2);
        assertThat(hour(time -> 700 + 40 * time + 8 * random.nextGaussian()).isFlat(ALLOWED))
                .isFalse();
    }

    @Test
    void warmingUpIsNoLeak() {
        Trend trend = hour(time -> 500 + 200 * Math.min(1, time / 0.2));
        assertThat(trend.slope()).isCloseTo(0, within(1e-9));
        assertThat(trend.isFlat(ALLOWED)).isTrue();
    }

    @Test
    void oneOutlierIsNoLeak() {
        assertThat(hour(time -> time == 1 ? 800 : 700).isFlat(ALLOWED)).isTrue();
    }

    @Test
    void memoryThatIsGivenBackIsFlat() {
        assertThat(hour(time -> 900 - 100 * time).isFlat(ALLOWED)).isTrue();
    }

    @Test
    void tooFewTellNothing() {
        Trend.Sample one = new Trend.Sample(0, 1);
        assertThatThrownBy(() -> Trend.of(List.of())).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> Trend.of(List.of(one, one, one))).isInstanceOf(IllegalArgumentException.class);
    }
}
