// SPDX-License-Identifier: Apache-2.0
package dev.percept.onnx;

import dev.percept.ModelException;
import dev.percept.onnx.StagePlan.Band;
import dev.percept.onnx.WindowAxis.Span;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Chooses where a graph is split, and how large the parts are that its halves are evaluated in. Thread-safe. */
final class StageChoice {
    /** Of the memory, what the first stage may take: its halos are small, and so are good windows. */
    private static final double[] FIRST_SHARES = {1 / 2.0, 1 / 4.0, 1 / 8.0};

    /** Bands beyond this number are mostly halo. */
    private static final int MOST_BANDS = 64;

    private final BackboneModel model;
    /** Found when they are first needed: the model is read again for it. Guarded by this. */
    private @Nullable List<GraphSplit> splits;
    /** What was found last: candidates of one reference are of one size. */
    private volatile @Nullable Found last;

    /** A plan, or that there is none, for a picture's size and the memory. */
    private record Found(
            Extent picture, long memoryBytes, @Nullable StagePlan plan) {}

    StageChoice(BackboneModel model) {
        this.model = model;
    }

    /** Where the graph can be split. */
    synchronized List<GraphSplit> splits() {
        List<GraphSplit> known = splits;
        if (known == null) {
            try {
                known = GraphSplit.of(model);
            } catch (IOException e) {
                throw new ModelException(
                        model.name(), "it can't be read again: " + e.getMessage(), "leave it while it is in use", e);
            }
            splits = known;
        }
        return known;
    }

    /**
     * The cheapest plan for a picture.
     *
     * @param memoryBytes that evaluating may take, roughly
     * @return null if there is none
     */
    @Nullable
    StagePlan plan(Extent picture, long memoryBytes) {
        Found found = last;
        if (found == null || !found.picture.equals(picture) || found.memoryBytes != memoryBytes) {
            found = new Found(picture, memoryBytes, cheapest(picture, memoryBytes));
            last = found;
        }
        return found.plan;
    }

    private @Nullable StagePlan cheapest(Extent picture, long memoryBytes) {
        StagePlan best = null;
        for (GraphSplit split : splits()) {
            for (double share : FIRST_SHARES) {
                StagePlan plan = plan(split, picture, memoryBytes * share, memoryBytes * (1 - share));
                if (plan != null && (best == null || plan.cost() < best.cost())) {
                    best = plan;
                }
            }
        }
        return best;
    }

    /**
     * A plan for a split, or null if there is none.
     *
     * @param firstBytes that evaluating a window may take
     * @param secondBytes that the value and evaluating the rest may take
     */
    static @Nullable StagePlan plan(GraphSplit split, Extent picture, double firstBytes, double secondBytes) {
        Extent value = split.extent(picture);
        Windows ofPicture = split.first().windows();
        Windows ofValue = split.second().windows();
        if (!ofPicture.fit(picture) || !ofValue.fit(value)) {
            return null;
        }
        // The value is held for both pictures, and what is computed from it for one.
        double bytesPerRow = value.width() * (split.second().bytesPerCell() + 2.0 * split.bytesPerCell());
        int high = (int) Math.min(value.height(), secondBytes / bytesPerRow);
        if (high == 0 || (double) high * value.width() * split.bytesPerCell() > Integer.MAX_VALUE) {
            return null;
        }
        WindowAxis rows = ofValue.rows();
        List<Span> spans = rows.evenly(WindowAxis.whole(value.height()), high, value.height());
        if (spans.size() > MOST_BANDS || spans.stream().anyMatch(span -> span.length() > high)) {
            return null;
        }
        long most = (long) (firstBytes / split.first().bytesPerCell());
        List<Band> bands = bands(split, spans, most, picture, value);
        boolean fits =
                bands.stream().flatMap(band -> band.windows().stream()).allMatch(window -> window.pixels() <= most);
        return fits ? new StagePlan(split, bands, cost(split, bands, value)) : null;
    }

    private static List<Band> bands(GraphSplit split, List<Span> spans, long most, Extent picture, Extent value) {
        Windows windows = split.first().windows();
        int stride = split.field().rows().stride();
        int lastCore = windows.rows().lastCore(picture.height());
        List<Band> bands = new ArrayList<>();
        int had = 0;
        for (Span span : spans) {
            Span rows = span;
            if (span.to() * stride > lastCore) {
                // What is left has no cells of some layer; so it can't be a core of its own.
                rows = new Span(span.from(), value.height(), span.coreFrom(), span.coreTo());
            }
            List<Window> parts = List.of();
            if (rows.to() > had) {
                int end = rows.to() == value.height() ? picture.height() : rows.to() * stride;
                Window core = new Window(
                        windows.rows().around(had * stride, end, picture.height()), WindowAxis.whole(picture.width()));
                parts = windows.divided(core, most, picture);
                had = rows.to();
            }
            bands.add(new Band(parts, rows));
        }
        return bands;
    }

    private static double cost(GraphSplit split, List<Band> bands, Extent value) {
        // In multiplications; the whole graph's for a pixel are the measure.
        double first = split.first().operationsPerCell();
        double second = split.second().operationsPerCell();
        double whole = first
                + second
                        / split.field().rows().stride()
                        / split.field().columns().stride();
        double sum = 0;
        for (Band band : bands) {
            long pixels = band.windows().stream().mapToLong(Window::pixels).sum();
            sum += first * pixels + second * band.rows().length() * value.width();
            sum += whole * Windows.PIXELS_PER_RUN * (band.windows().size() + 1);
        }
        return sum / whole;
    }
}
