package dev.percept;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.percept.samples.Pictures;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DeviceTest {
    @Test
    void namesReadBackAsTheyAreWritten() {
        for (String name : List.of("auto", "cpu", "cuda", "cuda:1", "cuda:15")) {
            assertThat(Device.of(name)).hasToString(name);
        }
        assertThat(Device.of("cuda:0")).isEqualTo(Device.of("cuda"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "gpu", "CPU", "cuda:", "cuda:-1", "cuda:x", "cuda:1000", "cpu:0"})
    void otherNamesAreErrors(String name) {
        assertThatThrownBy(() -> Device.of(name))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("auto, cpu, cuda or cuda:N");
    }

    /** These tests run on the CPU build of ONNX Runtime, so the reason is known. */
    @Test
    void autoFallsBackToTheCpuAndSaysWhy() {
        try (PerceptualLoss loss = PerceptualLoss.load(Backbone.embedded(), LossOptions.defaults())) {
            var picture = Pictures.gradient(64, 48);
            Provenance.Execution execution =
                    loss.score(picture, picture).provenance().execution();
            assertThat(execution.requested()).isEqualTo(Device.AUTO);
            assertThat(execution.provider()).isEqualTo("cpu");
            assertThat(execution.fallback()).contains("without CUDA");
        }
    }

    @Test
    void theCpuWasNotAFallbackIfItWasAskedFor() {
        try (PerceptualLoss loss =
                PerceptualLoss.load(Backbone.embedded(), LossOptions.defaults().withDevice(Device.CPU))) {
            assertThat(loss.execution().fallback()).isNull();
        }
    }

    @Test
    void cudaIsAnErrorWhereItIsNotThere() {
        LossOptions options = LossOptions.defaults().withDevice(Device.of("cuda"));
        assertThatThrownBy(() -> PerceptualLoss.load(Backbone.embedded(), options))
                .isInstanceOf(DeviceException.class)
                .hasMessageContainingAll("cuda:", "without CUDA", "--device cpu");
    }
}
