package dev.percept.onnx;

import static org.assertj.core.api.Assertions.assertThat;

import dev.percept.CudaOptions;
import dev.percept.Device;
import dev.percept.Distance;
import dev.percept.FeatureLayout;
import dev.percept.InputSpec;
import dev.percept.LayerSpec;
import dev.percept.Precision;
import dev.percept.image.Pixels;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class EnginesTest {
    private static final SessionSettings SETTINGS = new SessionSettings(1, Precision.FP32, CudaOptions.defaults());
    private static final long BUDGET = 1 << 20;

    @Test
    void twoLoadsOfOneModelShareAnEngine() throws Exception {
        Engines.Lease first = open(model("a", 1, Distance.RMS), SETTINGS);
        Engines.Lease second = open(model("a", 0.5, Distance.MSE), SETTINGS);
        try (first;
                second) {
            assertThat(second.engine()).isSameAs(first.engine());
        }
        try (Engines.Lease later = open(model("a", 1, Distance.RMS), SETTINGS)) {
            assertThat(later.engine()).isNotSameAs(first.engine());
        }
    }

    @Test
    void anEngineRunsUntilItsLastUserHasLetGo() throws Exception {
        Engines.Lease first = open(model("b", 1, Distance.RMS), SETTINGS);
        Engines.Lease second = open(model("b", 1, Distance.RMS), SETTINGS);
        first.close();
        Pixels picture = new Pixels(32, 32, new byte[3 * 32 * 32]);
        try (Engine.References references = second.engine().references(List.of(picture))) {
            Engine.Sums sums =
                    second.engine().compare(references, List.of(picture)).join();
            assertThat(sums.sums()[0][0]).isZero();
        }
        second.close();
    }

    @Test
    void whatDiffersIsNotShared() throws Exception {
        BackboneModel model = model("c", 1, Distance.RMS);
        try (Engines.Lease lease = open(model, SETTINGS);
                Engines.Lease threads = open(model, new SessionSettings(2, Precision.FP32, CudaOptions.defaults()));
                Engines.Lease absolute = open(model("c", 1, Distance.MAE), SETTINGS);
                Engines.Lease other = open(model("d", 1, Distance.RMS), SETTINGS)) {
            assertThat(List.of(threads.engine(), absolute.engine(), other.engine()))
                    .doesNotContain(lease.engine())
                    .doesNotHaveDuplicates();
        }
    }

    @Test
    void whatConcernsGpusOnlyDoesNotKeepLoadsOnTheCpuApart() throws Exception {
        BackboneModel model = model("e", 1, Distance.RMS);
        try (Engines.Lease lease = open(model, SETTINGS);
                Engines.Lease tf32 = open(
                        model,
                        new SessionSettings(
                                1, Precision.TF32, CudaOptions.defaults().withNhwc(true)))) {
            assertThat(tf32.engine()).isSameAs(lease.engine());
            assertThat(tf32.engine().precision()).isEqualTo(Precision.FP32);
        }
    }

    @Test
    void manyThreadsThatLoadAtOnceShareOneEngine() throws Exception {
        BackboneModel model = model("f", 1, Distance.RMS);
        List<CompletableFuture<Engines.Lease>> opening = IntStream.range(0, 8)
                .mapToObj(i -> CompletableFuture.supplyAsync(() -> open(model, SETTINGS)))
                .toList();
        List<Engines.Lease> leases =
                opening.stream().map(CompletableFuture::join).toList();
        assertThat(leases)
                .extracting(Engines.Lease::engine)
                .containsOnly(leases.get(0).engine());
        leases.forEach(Engines.Lease::close);
    }

    private static Engines.Lease open(BackboneModel model, SessionSettings settings) {
        return Engines.open(model, Device.CPU, settings, BUDGET);
    }

    static BackboneModel model(String identity, double weight, Distance distance)
            throws IOException, MalformedModelException {
        byte[] bytes;
        try (InputStream in = LayerSpec.class.getResourceAsStream("models/nlpd.onnx")) {
            bytes = Objects.requireNonNull(in).readAllBytes();
        }
        ModelGraph graph = ModelGraph.read(ByteBuffer.wrap(bytes), null);
        String output = graph.outputs().keySet().iterator().next();
        InputSpec input = new InputSpec(
                graph.inputs().keySet().iterator().next(),
                FeatureLayout.NCHW,
                InputSpec.Type.FLOAT32,
                0,
                1,
                false,
                List.of(0.0, 0.0, 0.0),
                List.of(1.0, 1.0, 1.0),
                null,
                InputSpec.Size.FREE);
        LayerSpec layer = new LayerSpec("band", output, weight, distance, FeatureLayout.NCHW, 1);
        return new BackboneModel("nlpd", null, bytes, null, identity, graph, input, List.of(layer));
    }
}
