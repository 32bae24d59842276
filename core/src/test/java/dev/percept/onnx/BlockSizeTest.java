package dev.percept.onnx;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class BlockSizeTest {
    @ParameterizedTest
    @ValueSource(ints = {8, 16})
    void blocksAreRecognised(int block) {
        float[] blocked = blocked(block);
        assertThat(BlockSize.blockOf(blocked)).isEqualTo(block);
        blocked[5]++;
        assertThat(BlockSize.blockOf(blocked)).isZero();
    }

    @Test
    void whatIsUnexpectedIsNotUsed() {
        assertThat(BlockSize.blockOf(blocked(1))).isZero();
        assertThat(BlockSize.blockOf(blocked(32))).isZero();
    }

    @Test
    void thisProcessorHasOneOfThemOrNone() {
        assertThat(BlockSize.get()).isIn(0, 8, 16);
    }

    /** 32 channels of two places, numbered in order, as blocks of some channels. */
    private static float[] blocked(int block) {
        float[] blocked = new float[64];
        for (int channel = 0; channel < 32; channel++) {
            for (int place = 0; place < 2; place++) {
                blocked[(channel / block * 2 + place) * block + channel % block] = channel * 2 + place;
            }
        }
        return blocked;
    }
}
