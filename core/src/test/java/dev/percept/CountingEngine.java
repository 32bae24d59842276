package dev.percept;

import dev.percept.image.Pixels;
import dev.percept.onnx.Differences;
import dev.percept.onnx.Engine;
import dev.percept.onnx.Engines;
import dev.percept.onnx.FeatureBatch;
import dev.percept.onnx.Parts;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** The CPU's engine, and what it was asked for. For one thread. */
final class CountingEngine implements Engine {
    private final Engine cpu;

    /** For each call that took references, how many. */
    final List<Integer> references = new ArrayList<>();
    /** For each batch that was compared, how many candidates. */
    final List<Integer> compared = new ArrayList<>();
    /** Pairs that were compared in parts. */
    int inParts;
    /** Pairs that were compared place by place. */
    int differences;
    /** What happens while a batch is compared. */
    Runnable whileComparing = () -> {};

    private CountingEngine(Engine cpu) {
        this.cpu = cpu;
    }

    /** A loss on such engines; those that it opens are added to a list. */
    static PerceptualLoss load(Backbone backbone, LossOptions options, List<CountingEngine> opened) {
        return new BackboneLoss(backbone, options.withDevice(Device.CPU), (model, device, settings, bytes) -> {
            Engines.Lease lease = Engines.open(model, device, settings, bytes);
            CountingEngine engine = new CountingEngine(lease.engine());
            opened.add(engine);
            return new Engines.Lease(engine, null, lease.release());
        });
    }

    /** Whether anything ran. */
    boolean isIdle() {
        return references.isEmpty() && compared.isEmpty() && inParts == 0 && differences == 0;
    }

    @Override
    public FeatureBatch features(List<Pixels> pictures) {
        return cpu.features(pictures);
    }

    @Override
    public References references(List<Pixels> pictures) {
        references.add(pictures.size());
        return cpu.references(pictures);
    }

    @Override
    public @Nullable References known(Pixels reference) {
        return cpu.known(reference);
    }

    @Override
    public ReferenceCacheUse cacheUse() {
        return cpu.cacheUse();
    }

    @Override
    public CompletableFuture<Sums> compare(References taken, List<Pixels> candidates) {
        compared.add(candidates.size());
        whileComparing.run();
        return cpu.compare(taken, candidates);
    }

    @Override
    public Parts parts(Pixels reference, Pixels candidate, long memoryBytes, double wholeRuns) {
        return cpu.parts(reference, candidate, memoryBytes, wholeRuns);
    }

    @Override
    public Sums compare(Pixels reference, Pixels candidate, Parts parts) {
        inParts++;
        return cpu.compare(reference, candidate, parts);
    }

    @Override
    public Differences differences(Pixels reference, Pixels candidate, long memoryBytes) {
        differences++;
        return cpu.differences(reference, candidate, memoryBytes);
    }

    @Override
    public int rows(Pixels size, int taken) {
        return cpu.rows(size, taken);
    }

    @Override
    public int decodeAhead() {
        return cpu.decodeAhead();
    }

    @Override
    public String provider() {
        return cpu.provider();
    }

    @Override
    public Precision precision() {
        return cpu.precision();
    }

    @Override
    public @Nullable String lost() {
        return cpu.lost();
    }

    @Override
    public void close() {
        throw new IllegalStateException("its lease is closed instead");
    }
}
