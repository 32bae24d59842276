package dev.percept.onnx;

import static org.assertj.core.api.Assertions.assertThat;

import ai.onnxruntime.OrtException;
import org.junit.jupiter.api.Test;

/** {@link WindowsTest} with more networks and larger pictures. */
class WindowsIT {
    private static final int NETWORKS = Integer.getInteger("percept.windows.networks", 60);
    private static final long FIRST = Long.getLong("percept.windows.first", 1000);

    @Test
    void windowsAddUpToTheWhole() throws Exception {
        int windows = 0;
        int regions = 0;
        int stages = 0;
        int bands = 0;
        int refused = 0;
        for (long seed = FIRST; seed < FIRST + NETWORKS; seed++) {
            try (WindowTrial trial = new WindowTrial(RandomBackbone.model(seed), seed)) {
                trial.run(4, 32, 500);
                trial.run(1, 500, 1500);
                windows += trial.windows();
                regions += trial.regions();
                stages += trial.stages();
                bands += trial.bands();
            } catch (OrtException e) {
                // Its optimiser fails on some networks that begin with pads, whoever runs them.
                assertThat(e).hasMessageContaining("Invalid model. Node input");
                refused++;
            }
        }
        assertThat(windows).isGreaterThan(NETWORKS / 2);
        assertThat(regions).isGreaterThan(NETWORKS / 2);
        assertThat(stages).isGreaterThan(NETWORKS / 2);
        assertThat(bands).isGreaterThan(NETWORKS / 4);
        assertThat(refused).isLessThanOrEqualTo(NETWORKS / 10);
    }
}
