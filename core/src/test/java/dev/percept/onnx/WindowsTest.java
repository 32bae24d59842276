package dev.percept.onnx;

import static org.assertj.core.api.Assertions.assertThat;

import dev.percept.image.Pixels;
import dev.percept.onnx.WindowAxis.Span;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What windows add up to is what the whole picture gives, whatever the network, the sizes, the changes and the budget. */
class WindowsTest {
    @Test
    void windowsAddUpToTheWhole() throws Exception {
        int windows = 0;
        int regions = 0;
        int stages = 0;
        int bands = 0;
        int chosen = 0;
        for (long seed = 1; seed <= 30; seed++) {
            try (WindowTrial trial = new WindowTrial(RandomBackbone.model(seed), seed)) {
                trial.run(8, 32, 160);
                windows += trial.windows();
                regions += trial.regions();
                stages += trial.stages();
                bands += trial.bands();
                chosen += trial.chosen();
            }
        }
        assertThat(windows).isGreaterThan(20);
        assertThat(regions).isGreaterThan(20);
        assertThat(stages).isGreaterThan(20);
        assertThat(bands).isGreaterThan(10);
        assertThat(chosen).isPositive();
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aSmallerHaloWouldBeWrong(boolean before) throws Exception {
        BackboneModel model = RandomBackbone.plain();
        int alignment = 4;
        try (WindowTrial trial = new WindowTrial(model, 1)) {
            Pixels reference = trial.noise(140, 150);
            Pixels candidate = trial.noise(140, 150);
            Parts parts = trial.engine().parts(reference, candidate, trial.memory(90 * 90), 2);
            trial.check(reference, candidate, parts);
            List<Window> wrong = new ArrayList<>();
            for (Window window : parts.windows()) {
                boolean last = window.rows().to() == reference.height();
                Span rows = smaller(window.rows(), before ? alignment : 0, before || last ? 0 : 1);
                wrong.add(new Window(rows, window.columns()));
            }
            Engine.Sums right = trial.engine().compare(reference, candidate, parts);
            Engine.Sums sums = trial.engine().compare(reference, candidate, new Parts(parts.evaluation(), wrong, null));
            int deepest = model.layers().size() - 1;
            assertThat(Math.abs(sums.sums()[deepest][0] / right.sums()[deepest][0] - 1))
                    .isGreaterThan(WindowTrial.TOLERANCE * 10);
        }
    }

    @ParameterizedTest
    @CsvSource({"true, true", "true, false", "false, true", "false, false"})
    void aSmallerHaloInEitherStageWouldBeWrong(boolean first, boolean before) throws Exception {
        BackboneModel model = RandomBackbone.plain();
        try (WindowTrial trial = new WindowTrial(model, 1)) {
            Pixels reference = trial.noise(140, 310);
            Pixels candidate = trial.noise(140, 310);
            GraphSplit split = trial.splits().get(1);
            StagePlan plan = Objects.requireNonNull(trial.plan(split, Extent.of(reference), 0.3, 0.5));
            assertThat(plan.bands()).hasSizeGreaterThan(1);
            trial.check(reference, candidate, Parts.of(plan));
            // What windows of a half begin at multiples of: a cell of its deepest value.
            int step = first
                    ? split.first().windows().rows().alignment()
                    : split.second().windows().rows().alignment();
            List<StagePlan.Band> wrong = new ArrayList<>();
            int end = split.extent(Extent.of(reference)).height();
            for (StagePlan.Band band : plan.bands()) {
                List<Window> windows = band.windows();
                Span rows = band.rows();
                if (first) {
                    windows = windows.stream()
                            .map(window -> new Window(
                                    smaller(window.rows(), before, step, reference.height()), window.columns()))
                            .toList();
                } else {
                    rows = moved(rows, before ? -step : step, end);
                }
                wrong.add(new StagePlan.Band(windows, rows));
            }
            Engine.Sums right = trial.engine().compare(reference, candidate, Parts.of(plan));
            Engine.Sums sums =
                    trial.engine().compare(reference, candidate, Parts.of(new StagePlan(split, wrong, plan.cost())));
            int deepest = model.layers().size() - 1;
            assertThat(Math.abs(sums.sums()[deepest][0] / right.sums()[deepest][0] - 1))
                    .isGreaterThan(WindowTrial.TOLERANCE * 10);
        }
    }

    /** A span whose core lies elsewhere, so that its halo is smaller by so much on one side. */
    private static Span moved(Span span, int by, int end) {
        int coreFrom = span.coreFrom() == 0 ? 0 : span.coreFrom() + by;
        return new Span(span.from(), span.to(), coreFrom, span.coreTo() == end ? end : span.coreTo() + by);
    }

    private static Span smaller(Span span, boolean before, int step, int end) {
        return smaller(span, before ? step : 0, before || span.to() == end ? 0 : 1);
    }

    /** A span whose halo is smaller by so much, where it has one. */
    private static Span smaller(Span span, int before, int after) {
        int from = span.from() == 0 ? 0 : span.from() + before;
        return new Span(from, span.to() - after, span.coreFrom(), span.coreTo());
    }
}
