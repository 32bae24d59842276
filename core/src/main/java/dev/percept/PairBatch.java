package dev.percept;

import dev.percept.image.Pixels;
import java.util.ArrayList;
import java.util.List;

/**
 * Pairs of one size that are compared in one run.
 *
 * @param indices of the pairs among all of the call
 * @param references of the pairs
 * @param candidates of the pairs
 */
record PairBatch(List<Integer> indices, List<Pixels> references, List<Pixels> candidates) {
    PairBatch() {
        this(new ArrayList<>(), new ArrayList<>(), new ArrayList<>());
    }

    static PairBatch of(int index, Pixels reference, Pixels candidate) {
        return new PairBatch(List.of(index), List.of(reference), List.of(candidate));
    }

    void add(int index, Pixels reference, Pixels candidate) {
        indices.add(index);
        references.add(reference);
        candidates.add(candidate);
    }

    int size() {
        return indices.size();
    }

    long bytes() {
        return 2L * candidates.size() * candidates.get(0).rgb().length;
    }

    PairBatch part(int from, int to) {
        return new PairBatch(indices.subList(from, to), references.subList(from, to), candidates.subList(from, to));
    }
}
