package dev.percept.server;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class SaturationTest {
    private static final int PIXELS = 224 * 224;
    private static final long VGG19 = 410_000_000;
    private static final long NLPD = 6_500_000;

    private final Saturation two = new Saturation(2);

    @Test
    void aModelThatTakesLongForAPixelOnTheCpuKeepsItBusy() {
        assertThat(two.of("vgg19")).isFalse();
        two.ran("vgg19", PIXELS, VGG19, true);
        assertThat(two.of("vgg19")).isTrue();
        two.ran("nlpd", PIXELS, 2 * NLPD, true);
        assertThat(two.of("nlpd")).isFalse();
        two.ran("elsewhere", PIXELS, VGG19, false);
        assertThat(two.of("elsewhere")).isFalse();
    }

    @Test
    void moreProcessorsTakeLessTime() {
        Saturation sixteen = new Saturation(16);
        sixteen.ran("vgg19", PIXELS, VGG19 / 8, true);
        assertThat(sixteen.of("vgg19")).isTrue();
    }

    @Test
    void theLastBatchCounts() {
        two.ran("nlpd", PIXELS, 100 * NLPD, true);
        assertThat(two.of("nlpd")).isTrue();
        two.ran("nlpd", 8 * PIXELS, 8 * NLPD, true);
        assertThat(two.of("nlpd")).isFalse();
    }
}
