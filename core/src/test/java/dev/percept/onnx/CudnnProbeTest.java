package dev.percept.onnx;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class CudnnProbeTest {
    @Test
    void theProbeIsAModelThatRuns() {
        assertThat(CudnnProbe.works(Execution.CPU)).isTrue();
    }

    @Test
    void itFailsWhereThereIsNoCuda() {
        assertThat(CudnnProbe.works(new Execution(0, null))).isFalse();
    }
}
