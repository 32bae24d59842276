package dev.percept;

import dev.percept.image.Pixels;
import dev.percept.onnx.Parts;
import java.util.ArrayList;
import java.util.List;

/**
 * Comparisons of pictures of one size and depth that are run at once.
 *
 * @param comparisons what they are for
 * @param references one for each
 * @param candidates one for each
 */
record PairBatch(List<Comparison> comparisons, List<Pixels> references, List<Pixels> candidates) {
    /**
     * What a row of a batch is for.
     *
     * @param index of the pair among all of the call
     * @param background 0, or 1 for the second view of transparent pictures
     * @param pair the pictures
     * @param parts of them that are evaluated
     */
    record Comparison(int index, int background, DecodedPair pair, Parts parts) {}

    PairBatch() {
        this(new ArrayList<>(), new ArrayList<>(), new ArrayList<>());
    }

    static PairBatch of(Comparison comparison, Pixels reference, Pixels candidate) {
        return new PairBatch(List.of(comparison), List.of(reference), List.of(candidate));
    }

    void add(Comparison comparison, Pixels reference, Pixels candidate) {
        comparisons.add(comparison);
        references.add(reference);
        candidates.add(candidate);
    }

    int size() {
        return comparisons.size();
    }

    long bytes() {
        return 2L * candidates.size() * candidates.get(0).bytes();
    }

    PairBatch part(int from, int to) {
        return new PairBatch(comparisons.subList(from, to), references.subList(from, to), candidates.subList(from, to));
    }
}
