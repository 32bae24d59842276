package dev.percept.onnx;

import static org.assertj.core.api.Assertions.assertThat;

import dev.percept.image.Pixels;
import dev.percept.onnx.WindowAxis.Span;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What windows add up to is what the whole picture gives, whatever the network, the sizes, the changes and the budget. */
class WindowsTest {
    @Test
    void windowsAddUpToTheWhole() throws Exception {
        int windows = 0;
        int regions = 0;
        for (long seed = 1; seed <= 30; seed++) {
            try (WindowTrial trial = new WindowTrial(RandomBackbone.model(seed), seed)) {
                trial.run(8, 32, 160);
                windows += trial.windows();
                regions += trial.regions();
            }
        }
        assertThat(windows).isGreaterThan(20);
        assertThat(regions).isGreaterThan(20);
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

    /** A span whose halo is smaller by so much, where it has one. */
    private static Span smaller(Span span, int before, int after) {
        int from = span.from() == 0 ? 0 : span.from() + before;
        return new Span(from, span.to() - after, span.coreFrom(), span.coreTo());
    }
}
