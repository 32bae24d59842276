package dev.percept.onnx;

import dev.percept.Evaluation;
import dev.percept.image.Pixels;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Chooses how pairs are evaluated: as a whole, in windows, in two stages, or where they differ. Thread-safe. */
final class PartsChoice {
    /**
     * What is inside a graph where that isn't known: this counts as many channels of floats at full resolution as VGG has, in and
     * out.
     */
    private static final double BYTES_INSIDE = 2.0 * 64 * Float.BYTES;

    /** What ONNX Runtime's allocator takes for a byte of values, as measured. */
    private static final double ALLOCATED = 1.5;

    private static final double INPUT_BYTES = 2.0 * Pixels.CHANNELS * Float.BYTES;

    /** Regions must be cheaper by so much, since what is outside of them is not looked at. */
    private static final double WORTHWHILE = 0.9;

    private final @Nullable Windows windows;
    private final @Nullable String refusal;
    private final double bytesPerPixel;
    private final StageChoice stages;

    /** How the pairs of a model can be evaluated. */
    PartsChoice(BackboneModel model) {
        this.stages = new StageChoice(model);
        LocalGraph local = model.graph().local();
        Windows possible = null;
        String why = local == null ? "it has several inputs" : local.refusal(model.input(), model.layers());
        double inside = local == null ? 0 : local.bytesPerPixel();
        if (local != null && why == null) {
            try {
                possible =
                        new Windows(local.fields(model.layers()), model.input().size());
            } catch (ArithmeticException e) {
                why = "its layers' strides have no common multiple in reach";
            }
        }
        this.windows = possible;
        this.refusal = why;
        // The reference's features are held while the candidate's are computed.
        double counted = inside == 0 ? BYTES_INSIDE : inside;
        this.bytesPerPixel = possible == null ? counted * ALLOCATED + INPUT_BYTES : bytes(counted, possible);
    }

    /**
     * Bytes that evaluating a graph takes for each pixel, or cell, of its input.
     *
     * @param inside as {@link LocalGraph#bytesPerPixel} counts them
     * @param windows for what the graph gives
     */
    static double bytes(double inside, Windows windows) {
        return inside * ALLOCATED + windows.featureBytesPerPixel() + INPUT_BYTES;
    }

    /** What divides pictures, or null if that isn't exact for this model. */
    @Nullable
    Windows windows() {
        return windows;
    }

    /** Bytes that evaluating takes for each pixel, roughly. */
    double bytesPerPixel() {
        return bytesPerPixel;
    }

    /**
     * The parts of a pair to evaluate.
     *
     * @param reference of the candidate's size and depth, but other than it: equal pictures don't get here
     * @param memoryBytes that evaluating a part may take, roughly
     * @param wholeRuns how many pictures must be evaluated if it is done as a whole
     */
    Parts of(Pixels reference, Pixels candidate, long memoryBytes, double wholeRuns) {
        return of(reference, candidate, memoryBytes, wholeRuns, true);
    }

    /** As {@link #of}, for two pictures of which neither is known, and never in two stages. */
    Parts inOneStage(Pixels reference, Pixels candidate, long memoryBytes) {
        return of(reference, candidate, memoryBytes, 2, false);
    }

    private Parts of(Pixels reference, Pixels candidate, long memoryBytes, double wholeRuns, boolean mayTakeTwoStages) {
        long most = (long) (memoryBytes / bytesPerPixel);
        Extent size = Extent.of(candidate);
        if (windows == null) {
            return size.area() <= most ? Parts.WHOLE : new Parts(Evaluation.WHOLE, List.of(), refusal);
        }
        if (!windows.fit(size)) {
            return Parts.WHOLE;
        }
        List<Window> all = windows.divided(windows.whole(size), most, size);
        StagePlan plan = all.size() == 1 || !mayTakeTwoStages ? null : stages.plan(size, memoryBytes);
        StagePlan staged = plan != null && plan.cost() < Windows.cost(all) ? plan : null;
        double cost = staged == null ? (double) Windows.cost(all) : staged.cost();
        List<Window> changed = new ArrayList<>();
        for (Window region : windows.changed(reference, candidate)) {
            changed.addAll(windows.divided(region, most, size));
        }
        double runs = all.size() == 1 ? wholeRuns : 2;
        if (!changed.isEmpty() && 2.0 * Windows.cost(changed) <= WORTHWHILE * runs * cost) {
            return new Parts(Evaluation.CHANGED_REGIONS, changed, null);
        }
        if (all.size() == 1) {
            return Parts.WHOLE;
        }
        return staged == null ? new Parts(Evaluation.WINDOWS, all, null) : Parts.of(staged);
    }
}
