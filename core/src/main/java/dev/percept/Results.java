package dev.percept;

import dev.percept.image.Picture;
import dev.percept.image.Pixels;
import dev.percept.onnx.Engine;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** What becomes of the pairs of one call of {@code score}: their scores, or why they have none. For one thread. */
final class Results {
    /** What results say of kernels where none ran. */
    private static final String NO_KERNELS = "none";

    private final BackboneLoss loss;
    private final List<ImagePair> pairs;
    private final List<@Nullable ScoreResult> results;
    private final @Nullable PrecisionSpec statedPrecision;

    /** @param pairs of the call */
    Results(BackboneLoss loss, List<ImagePair> pairs) {
        this.loss = loss;
        this.pairs = pairs;
        this.results = new ArrayList<>(Collections.nCopies(pairs.size(), null));
        // It was measured with the spec's own layers, weights and distances, and says nothing of others.
        BackboneSpec spec = loss.backbone().spec();
        PrecisionSpec stated = spec.precision();
        this.statedPrecision = stated != null && loss.layers().equals(spec.layers()) ? stated : null;
    }

    /** All, in the order of the pairs, once each has one. */
    List<ScoreResult> complete() {
        List<ScoreResult> complete = new ArrayList<>();
        for (ScoreResult result : results) {
            complete.add(Objects.requireNonNull(result));
        }
        return complete;
    }

    /** Takes what an engine made of a batch. */
    void record(PairBatch batch, Running running, Engine.Sums sums) {
        for (int row = 0; row < batch.size(); row++) {
            PairBatch.Comparison comparison = batch.comparisons().get(row);
            try {
                set(comparison.index(), score(comparison, running, batch, sums, row), null);
            } catch (ModelException e) {
                set(comparison.index(), null, e);
            }
        }
    }

    /**
     * Takes a pair that is the same to the last bit: it scores 0, whatever the model.
     *
     * @param scored one of the pictures, as far as size and depth go
     */
    void identical(PairBatch.Comparison comparison, Running running, Pixels scored) {
        List<LayerScore> parts = loss.layers().stream()
                .map(layer -> new LayerScore(layer.name(), layer.weight(), layer.distance(), 0, layer.channels()))
                .toList();
        set(comparison.index(), new Score(0, parts, provenance(running, comparison, NO_KERNELS, scored)), null);
    }

    /** Notes why a batch has no scores. */
    void fail(PairBatch batch, PerceptException cause) {
        for (PairBatch.Comparison comparison : batch.comparisons()) {
            fail(comparison.index(), cause);
        }
    }

    /** Notes why a pair has no score. */
    void fail(int index, @Nullable PerceptException cause) {
        set(index, null, cause);
    }

    private Score score(PairBatch.Comparison comparison, Running running, PairBatch batch, Engine.Sums sums, int row) {
        List<LayerScore> parts = new ArrayList<>();
        double total = 0;
        for (int i = 0; i < loss.layers().size(); i++) {
            LayerSpec layer = loss.layers().get(i);
            double value = layer.distance().fromSum(sums.sums()[i][row], sums.values()[i]);
            total += layer.weight() * value;
            if (!Double.isFinite(value) || !Double.isFinite(total)) {
                throw loss.notFinite(pairs.get(comparison.index()).candidate().name(), layer);
            }
            parts.add(new LayerScore(layer.name(), layer.weight(), layer.distance(), value, layer.channels()));
        }
        return new Score(
                total,
                parts,
                provenance(
                        running, comparison, sums.kernels(), batch.candidates().get(row)));
    }

    /**
     * What a score came from.
     *
     * @param kernels that ran, or {@code none}
     * @param scored the pixels that were compared, as far as their size and depth go
     */
    private Provenance provenance(Running where, PairBatch.Comparison comparison, String kernels, Pixels scored) {
        Backbone backbone = loss.backbone();
        Picture reference = Objects.requireNonNull(comparison.pair().reference());
        Picture candidate = Objects.requireNonNull(comparison.pair().candidate());
        Alpha background = reference.views().size() == 1 && candidate.views().size() == 1
                ? null
                : comparison.background() == 0 ? Alpha.WHITE : Alpha.BLACK;
        return new Provenance(
                backbone.name(),
                backbone.sha256(),
                backbone.spec().weights(),
                statedPrecision,
                where.execution().withKernels(kernels),
                scored.width(),
                scored.height(),
                scored.isDeep() ? 16 : 8,
                loss.images(),
                background,
                reference.facts(),
                candidate.facts(),
                comparison.parts().evaluation(),
                comparison.parts().remark(),
                Version.percept());
    }

    /** Sets a pair's result; where it has one already, on another background, the worse of the two. */
    private void set(int index, @Nullable Score score, @Nullable PerceptException error) {
        ScoreResult known = results.get(index);
        if (known != null
                && (known.error() != null
                        || (score != null
                                && score.total() <= known.orElseThrow().total()))) {
            return;
        }
        ImagePair pair = pairs.get(index);
        results.set(
                index, new ScoreResult(pair.reference().name(), pair.candidate().name(), score, error));
    }
}
