package dev.percept;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.percept.image.Pixels;
import dev.percept.onnx.Differences;
import dev.percept.onnx.Engine;
import dev.percept.onnx.Engines;
import dev.percept.onnx.FeatureBatch;
import dev.percept.samples.Distortions;
import dev.percept.samples.Pictures;
import java.awt.image.BufferedImage;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** What happens when a GPU fails while it is used. The GPU is the CPU, until it fails. */
class GpuFallbackTest {
    private static final String LOST = "the GPU has been lost (CUDA failure 700)";

    private final BufferedImage picture = Pictures.gradient(48, 40);
    private final BufferedImage other = Distortions.noise(picture, 10, 1);
    private final List<FakeGpu> opened = new ArrayList<>();

    @Test
    void autoGoesOnWithTheCpuWhenTheGpuIsLostAndSaysSo() {
        try (PerceptualLoss loss = load(Device.AUTO, 2, true)) {
            Score before = loss.score(picture, other);
            assertThat(before.provenance().execution().provider()).isEqualTo("cuda:0");
            assertThat(loss.execution().fallback()).isNull();
            loss.score(picture, other);

            Score after = loss.score(picture, other);
            assertThat(after.total()).isEqualTo(before.total());
            assertThat(after.provenance().execution().provider()).isEqualTo("cpu");
            assertThat(after.provenance().execution().fallback()).isEqualTo(LOST);
            assertThat(loss.execution().provider()).isEqualTo("cpu");
            assertThat(loss.execution().fallback()).isEqualTo(LOST);
            assertThat(loss.lost()).isNull();
        }
    }

    @Test
    void aLostGpuIsNotAskedAgain() {
        try (PerceptualLoss loss = load(Device.AUTO, 0, true)) {
            loss.score(picture, other);
            int asked = opened.get(0).comparisons;
            loss.score(picture, other);
            loss.features(picture);
            assertThat(opened.get(0).comparisons).isEqualTo(asked);
        }
    }

    @Test
    void heatMapsGoOnWithTheCpuAsWell() {
        try (PerceptualLoss loss = load(Device.AUTO, 1, true)) {
            HeatMaps before = loss.heatMaps(picture, other);
            HeatMaps after = loss.heatMaps(picture, other);
            assertThat(before.score().provenance().execution().provider()).isEqualTo("cuda:0");
            assertThat(after.score().provenance().execution().provider()).isEqualTo("cpu");
            assertThat(after.combined().values()).isEqualTo(before.combined().values());
        }
    }

    @Test
    void cudaThatIsLostIsAnErrorEachTimeAndTheLossSaysSo() {
        try (PerceptualLoss loss = load(new Device.Cuda(0), 1, true)) {
            loss.score(picture, other);
            assertThat(loss.lost()).isNull();
            for (int i = 0; i < 2; i++) {
                assertThatThrownBy(() -> loss.score(picture, other))
                        .isInstanceOf(DeviceException.class)
                        .hasMessageContaining("lost");
            }
            assertThat(loss.lost()).isEqualTo(LOST);
        }
    }

    @Test
    void aBatchThatTheGpuCanNotHoldRunsOnTheCpuAndTheNextOnTheGpuAgain() {
        try (PerceptualLoss loss = load(Device.AUTO, 1, false)) {
            assertThat(loss.score(picture, other).provenance().execution().provider())
                    .isEqualTo("cuda:0");
            Score large = loss.score(picture, other);
            assertThat(large.provenance().execution().provider()).isEqualTo("cpu");
            assertThat(large.provenance().execution().fallback()).contains("too small");
            opened.get(0).good = Integer.MAX_VALUE;
            assertThat(loss.score(picture, other).provenance().execution().provider())
                    .isEqualTo("cuda:0");
            assertThat(loss.execution().provider()).isEqualTo("cuda:0");
        }
    }

    @Test
    void manyPairsSurviveALossInTheirMidst() {
        List<ImagePair> pairs = new ArrayList<>();
        for (int i = 0; i < 9; i++) {
            BufferedImage size = Pictures.gradient(32 + 8 * i, 40);
            pairs.add(new ImagePair(ImageSource.of(size, "r"), ImageSource.of(Distortions.noise(size, 8, i), "c")));
        }
        try (PerceptualLoss loss = load(Device.AUTO, 4, true);
                PerceptualLoss plain = load(Device.CPU, 0, true)) {
            List<ScoreResult> results = loss.score(pairs);
            List<ScoreResult> expected = plain.score(pairs);
            for (int i = 0; i < pairs.size(); i++) {
                assertThat(results.get(i).orElseThrow().layers())
                        .isEqualTo(expected.get(i).orElseThrow().layers());
            }
            assertThat(results)
                    .extracting(result ->
                            result.orElseThrow().provenance().execution().provider())
                    .contains("cuda:0", "cpu");
        }
    }

    @Test
    void everyEngineIsClosedOnce() {
        try (PerceptualLoss loss = load(Device.AUTO, 0, true)) {
            loss.score(picture, other);
        }
        assertThat(opened).extracting(gpu -> gpu.closed).containsOnly(1);
    }

    private PerceptualLoss load(Device device, int good, boolean thenLost) {
        return new BackboneLoss(
                Backbone.embedded(), LossOptions.defaults().withDevice(device), (model, wanted, settings, bytes) -> {
                    Engines.Lease cpu = Engines.open(model, Device.CPU, settings, bytes);
                    if (wanted.equals(Device.CPU)) {
                        return cpu;
                    }
                    FakeGpu gpu = new FakeGpu(cpu.engine(), good, thenLost);
                    opened.add(gpu);
                    return new Engines.Lease(gpu, null, () -> {
                        gpu.closed++;
                        cpu.close();
                    });
                });
    }

    /** Compares so many times, and then fails. */
    private static final class FakeGpu implements Engine {
        private final Engine cpu;
        private final boolean thenLost;
        private int good;
        private int comparisons;
        private int closed;
        private volatile @Nullable String lost;

        private FakeGpu(Engine cpu, int good, boolean thenLost) {
            this.cpu = cpu;
            this.good = good;
            this.thenLost = thenLost;
        }

        @Override
        public FeatureBatch features(List<Pixels> pictures) {
            return cpu.features(pictures);
        }

        @Override
        public References references(List<Pixels> pictures) {
            return cpu.references(pictures);
        }

        @Override
        public CompletableFuture<Sums> compare(References references, List<Pixels> candidates) {
            comparisons++;
            if (comparisons <= good) {
                CompletableFuture<Sums> sums = cpu.compare(references, candidates);
                return CompletableFuture.supplyAsync(sums::join);
            }
            String reason = thenLost ? LOST : "its memory is too small";
            lost = thenLost ? LOST : null;
            return CompletableFuture.failedFuture(new DeviceException("cuda:0", reason, "start again"));
        }

        @Override
        public Differences differences(Pixels reference, Pixels candidate, long memoryBytes) {
            comparisons++;
            if (comparisons <= good) {
                return cpu.differences(reference, candidate, memoryBytes);
            }
            lost = thenLost ? LOST : null;
            throw new DeviceException("cuda:0", thenLost ? LOST : "its memory is too small", "start again");
        }

        @Override
        public int rows(Pixels size, int references) {
            return 4;
        }

        @Override
        public int decodeAhead() {
            return 8;
        }

        @Override
        public String provider() {
            return "cuda:0";
        }

        @Override
        public Precision precision() {
            return Precision.FP32;
        }

        @Override
        public @Nullable String lost() {
            return lost;
        }

        @Override
        public void close() {}
    }
}
