// SPDX-License-Identifier: Apache-2.0
package dev.percept.onnx;

import dev.percept.onnx.WindowAxis.Span;
import java.util.List;

/** What is evaluated of a picture in two stages, in order. Immutable. */
public final class StagePlan {
    private final GraphSplit split;
    private final List<Band> bands;
    private final double cost;

    /**
     * A part of the second stage, and what the first must do before.
     *
     * @param windows of the picture, for the rows of the value that no band before had; none where there are no such rows
     * @param rows of the value that the second stage takes, and the core of these
     */
    record Band(List<Window> windows, Span rows) {}

    /** @param cost in pixels of the whole graph */
    StagePlan(GraphSplit split, List<Band> bands, double cost) {
        this.split = split;
        this.bands = List.copyOf(bands);
        this.cost = cost;
    }

    GraphSplit split() {
        return split;
    }

    List<Band> bands() {
        return bands;
    }

    /** As {@link Windows#cost} counts it. */
    double cost() {
        return cost;
    }

    @Override
    public String toString() {
        return "StagePlan[split at " + split.value() + ", " + bands + "]";
    }
}
