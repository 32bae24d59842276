package dev.percept;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;

class LossOptionsTest {
    private static final List<LayerSpec> LAYERS = List.of(
            new LayerSpec("a", "a", 1, Distance.MSE, FeatureLayout.NCHW, 3),
            new LayerSpec("b", "b", 2, Distance.RMS, FeatureLayout.NCHW, 3));

    @Test
    void defaultsTakeTheSpecAsItIs() {
        assertThat(LossOptions.defaults().apply(LAYERS)).isEqualTo(LAYERS);
        assertThat(LossOptions.defaults().device()).isEqualTo(Device.AUTO);
    }

    @Test
    void layersAreSelectedInTheCallersOrder() {
        assertThat(LossOptions.defaults().withLayers(List.of("b", "a")).apply(LAYERS))
                .extracting(LayerSpec::name)
                .containsExactly("b", "a");
    }

    @Test
    void weightsAndDistancesTakeTheSpecsPlace() {
        LossOptions options = LossOptions.defaults().withWeight("a", 5).withDistance("b", Distance.MAE);
        assertThat(options.apply(LAYERS)).extracting(LayerSpec::weight).containsExactly(5.0, 2.0);
        assertThat(options.apply(LAYERS)).extracting(LayerSpec::distance).containsExactly(Distance.MSE, Distance.MAE);
    }

    @Test
    void namesThatNoLayerHasAreErrors() {
        LossOptions defaults = LossOptions.defaults();
        for (LossOptions options : List.of(
                defaults.withLayers(List.of("c")),
                defaults.withWeight("c", 1),
                defaults.withDistance("c", Distance.MSE))) {
            assertThatThrownBy(() -> options.apply(LAYERS))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("the model has no layer 'c': it has a, b");
        }
        assertThatThrownBy(() -> defaults.withLayers(List.of("a", "a")).apply(LAYERS))
                .hasMessageContaining("twice");
    }

    @Test
    void valuesOutOfRangeAreErrors() {
        LossOptions defaults = LossOptions.defaults();
        assertThatThrownBy(() -> defaults.withThreads(100_000)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> defaults.withThreads(0)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> defaults.withBatchBytes(0)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> defaults.withWeight("a", Double.NaN)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> defaults.withLayers(List.of())).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void whatTheModelOrTheGpuCannotDoIsRefusedWhenItIsLoaded() {
        LossOptions options = LossOptions.defaults().withDevice(Device.CPU);
        Backbone nlpd = Backbone.embedded();
        assertThatThrownBy(() -> PerceptualLoss.load(nlpd, options.withPrecision(Precision.FP16)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("nlpd is in fp32");
        for (CudaOptions cuda : List.of(
                CudaOptions.defaults().withTensorRt(true),
                CudaOptions.defaults().withNhwc(true))) {
            assertThatThrownBy(() -> PerceptualLoss.load(nlpd, options.withCuda(cuda)))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("tf32");
            PerceptualLoss.load(nlpd, options.withCuda(cuda).withPrecision(Precision.TF32))
                    .close();
        }
    }
}
