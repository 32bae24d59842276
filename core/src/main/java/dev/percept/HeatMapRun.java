// SPDX-License-Identifier: Apache-2.0
package dev.percept;

import dev.percept.image.Picture;
import dev.percept.image.Pixels;
import dev.percept.onnx.Differences;
import dev.percept.onnx.Parts;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** One call of {@code heatMaps}. */
final class HeatMapRun {
    private final BackboneLoss loss;
    private final ImagePair pair;
    private final Results results;
    /** For each background, or null where nothing differs. */
    private final List<@Nullable Differences> differences = new ArrayList<>();

    HeatMapRun(BackboneLoss loss, ImagePair pair) {
        this.loss = loss;
        this.pair = pair;
        this.results = new Results(loss, List.of(pair));
    }

    /**
     * Compares the pair.
     *
     * @throws ModelException if no layer has places in the picture
     * @throws PerceptException as for a score
     */
    HeatMaps run() {
        if (loss.layers().stream().noneMatch(layer -> layer.layout().hasPlaces())) {
            throw new ModelException(
                    loss.backbone().name(),
                    "none of its layers has places in the picture (NCHW or NHWC), so that there is no heat map",
                    "choose other layers (--layers), or another model");
        }
        DecodedPair decoded = new PairDecoding(pair, null, loss.preparation()).decode();
        Picture reference = decoded.reference();
        Picture candidate = decoded.candidate();
        if (reference == null || candidate == null) {
            throw Objects.requireNonNull(decoded.error());
        }
        int views = Math.max(reference.views().size(), candidate.views().size());
        for (int background = 0; background < views; background++) {
            differences.add(compare(decoded, background, reference.view(background), candidate.view(background)));
        }
        Score score = results.complete().get(0).orElseThrow();
        return maps(score, differences.get(score.provenance().background() == Alpha.BLACK && views > 1 ? 1 : 0));
    }

    private @Nullable Differences compare(DecodedPair decoded, int background, Pixels reference, Pixels candidate) {
        boolean deep = reference.isDeep() || candidate.isDeep();
        Pixels left = deep ? reference.deep() : reference;
        Pixels right = deep ? candidate.deep() : candidate;
        if (left.sameAs(right)) {
            PairBatch.Comparison comparison = new PairBatch.Comparison(0, background, decoded, Parts.IDENTICAL);
            results.identical(comparison, loss.engines().now(), left);
            return null;
        }
        return loss.engines().call(running -> {
            Differences found = running.engine().differences(left, right, loss.memoryBytes(left));
            PairBatch.Comparison comparison = new PairBatch.Comparison(0, background, decoded, found.parts());
            results.record(PairBatch.of(comparison, left, right), running, found.sums(loss.layers()));
            return found;
        });
    }

    private HeatMaps maps(Score score, @Nullable Differences found) {
        List<HeatMaps.Layer> layers = new ArrayList<>();
        List<String> withoutPlaces = new ArrayList<>();
        for (int i = 0; i < loss.layers().size(); i++) {
            LayerScore part = score.layers().get(i);
            if (loss.layers().get(i).layout().hasPlaces()) {
                Cells cells =
                        found == null ? Cells.NONE : Cells.of(found.layers().get(i), part);
                layers.add(new HeatMaps.Layer(part, cells));
            } else {
                withoutPlaces.add(part.name());
            }
        }
        return new HeatMaps(score, layers, withoutPlaces);
    }
}
