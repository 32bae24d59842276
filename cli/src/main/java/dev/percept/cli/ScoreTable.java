package dev.percept.cli;

import dev.percept.LayerScore;
import dev.percept.LayerSpec;
import dev.percept.PerceptualLoss;
import dev.percept.Provenance;
import dev.percept.Score;
import dev.percept.ScoreResult;
import dev.percept.WeightsSpec;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;

/** Results for people: which model on what, then the candidates, the worst last, where the eye ends up. */
final class ScoreTable {
    private ScoreTable() {}

    static void print(PerceptualLoss loss, Path reference, List<ScoreResult> results, PrintWriter out) {
        WeightsSpec weights = loss.backbone().spec().weights();
        out.println("model: " + loss.backbone().name());
        out.println("weights: " + Text.oneLine(weights.source())
                + (weights.random() ? " (random: the scores mean nothing)" : ""));
        out.println("provider: " + provider(loss.execution()));
        out.println("reference: " + Text.cell(reference.toString()) + size(results));
        out.println("total: " + formula(loss.layers()));
        out.println();
        Table.print(rows(loss.layers(), results), out, column -> column == 0);
    }

    private static String provider(Provenance.Execution execution) {
        return execution.provider()
                + (execution.fallback() == null ? "" : " (not the GPU: " + Text.oneLine(execution.fallback()) + ")");
    }

    private static String size(List<ScoreResult> results) {
        return results.stream()
                .map(ScoreResult::score)
                .filter(Objects::nonNull)
                .findFirst()
                .map(score -> ", " + score.provenance().width() + "×"
                        + score.provenance().height())
                .orElse("");
    }

    /** The sum that makes the total, such as {@code 0.5·(relu2_1 + relu4_1) + relu5_1, each mse}. */
    static String formula(List<LayerSpec> layers) {
        boolean oneDistance =
                layers.stream().map(LayerSpec::distance).distinct().count() == 1;
        StringBuilder sum = new StringBuilder();
        for (int i = 0; i < layers.size(); ) {
            double weight = layers.get(i).weight();
            List<String> group = new ArrayList<>();
            for (; i < layers.size() && layers.get(i).weight() == weight; i++) {
                LayerSpec layer = layers.get(i);
                String name = Text.cell(layer.name());
                group.add(oneDistance ? name : layer.distance().id() + "(" + name + ")");
            }
            String terms = String.join(" + ", group);
            sum.append(sum.isEmpty() ? "" : " + ");
            if (weight == 1) {
                sum.append(terms);
            } else {
                sum.append(Text.factor(weight)).append("·").append(group.size() == 1 ? terms : "(" + terms + ")");
            }
        }
        return sum + (oneDistance ? ", each " + layers.get(0).distance().id() : "");
    }

    private static List<List<String>> rows(List<LayerSpec> layers, List<ScoreResult> results) {
        List<String> header = new ArrayList<>(List.of("candidate", "total"));
        layers.forEach(layer -> header.add(Text.cell(layer.name())));
        List<List<String>> rows = new ArrayList<>();
        rows.add(header);
        List<ScoreResult> sorted = new ArrayList<>(results);
        // Stable: equals stay in the order they were named. Failures come first, so that the last is the worst score.
        sorted.sort(Comparator.comparingDouble(ScoreTable::rank));
        for (ScoreResult result : sorted) {
            List<String> row = new ArrayList<>(List.of(Text.cell(result.candidate())));
            Score score = result.score();
            if (score == null) {
                row.add("failed");
                row.addAll(Collections.nCopies(layers.size(), "-"));
            } else {
                row.add(Text.number(score.total()));
                for (LayerScore layer : score.layers()) {
                    row.add(Text.number(layer.value()));
                }
            }
            rows.add(row);
        }
        return rows;
    }

    private static double rank(ScoreResult result) {
        Score score = result.score();
        return score == null ? Double.NEGATIVE_INFINITY : score.total();
    }
}
