package dev.percept.onnx;

import dev.percept.Evaluation;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The parts of a pair to evaluate.
 *
 * @param evaluation what they are
 * @param windows with disjoint cores; outside of these, features are the same. None where pictures are evaluated as a whole, in
 *     two stages, or not at all.
 * @param remark why a picture that is above the memory budget is evaluated as a whole, or null
 * @param stages what is evaluated where it is done in two stages, or null
 */
public record Parts(
        Evaluation evaluation,
        List<Window> windows,
        @Nullable String remark,
        @Nullable StagePlan stages) {
    /** Both pictures as a whole. */
    public static final Parts WHOLE = new Parts(Evaluation.WHOLE, List.of(), null);

    /** Nothing of two pictures that are the same to the last bit. */
    public static final Parts IDENTICAL = new Parts(Evaluation.IDENTICAL, List.of(), null);

    /** Parts in one stage. */
    Parts(Evaluation evaluation, List<Window> windows, @Nullable String remark) {
        this(evaluation, windows, remark, null);
    }

    /** Both pictures in two stages. */
    static Parts of(StagePlan stages) {
        return new Parts(Evaluation.TWO_STAGES, List.of(), null, stages);
    }

    public Parts {
        windows = List.copyOf(windows);
    }

    /** Whether pictures are evaluated as a whole. */
    public boolean isWhole() {
        return evaluation == Evaluation.WHOLE;
    }
}
