package dev.percept.cli;

import dev.percept.LayerScore;
import dev.percept.LayerSpec;
import dev.percept.PerceptualLoss;
import dev.percept.Precision;
import dev.percept.PrecisionSpec;
import dev.percept.Provenance;
import dev.percept.Score;
import dev.percept.ScoreResult;
import dev.percept.WeightsSpec;
import dev.percept.terminal.Messages;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Results for people: which model on what, then the candidates, the worst last, where the eye ends up. */
final class ScoreTable {
    private ScoreTable() {}

    static void print(PerceptualLoss loss, Path reference, List<ScoreResult> results, PrintWriter out) {
        WeightsSpec weights = loss.backbone().spec().weights();
        out.println("model: " + loss.backbone().name());
        out.println("weights: " + Messages.oneLine(weights.source())
                + (weights.random() ? " (random: the scores mean nothing)" : ""));
        List<Provenance.Execution> executions = executions(loss, results);
        out.println("provider: " + providers(executions));
        String precision = precision(executions, statedPrecision(results));
        if (precision != null) {
            out.println("precision: " + precision);
        }
        String kernels = kernels(executions);
        if (kernels != null) {
            out.println("kernels: " + kernels);
        }
        out.println("reference: " + Text.cell(reference.toString()) + size(results));
        String pictures = PictureNotes.of(results);
        if (pictures != null) {
            out.println("pictures: " + pictures);
        }
        out.println("total: " + formula(loss.layers()));
        out.println();
        Table.print(rows(loss.layers(), results), out, column -> column == 0);
    }

    /** How the scores were had; where there are none, how they would have been. */
    private static List<Provenance.Execution> executions(PerceptualLoss loss, List<ScoreResult> results) {
        List<Provenance.Execution> executions = results.stream()
                .map(ScoreResult::score)
                .filter(Objects::nonNull)
                .map(score -> score.provenance().execution())
                .toList();
        return executions.isEmpty() ? List.of(loss.execution()) : executions;
    }

    /** More than one where {@code auto} left the GPU in between. */
    static String providers(List<Provenance.Execution> executions) {
        return executions.stream()
                .map(execution -> execution.provider()
                        + (execution.fallback() == null
                                ? ""
                                : " (not the GPU: " + Messages.oneLine(execution.fallback()) + ")"))
                .distinct()
                .collect(Collectors.joining(" and "));
    }

    /** What evaluated convolutions, or null if all were plain, or nothing ran. */
    static @Nullable String kernels(List<Provenance.Execution> executions) {
        List<String> used = executions.stream()
                .map(Provenance.Execution::kernels)
                .filter(kernels -> !kernels.equals("none"))
                .distinct()
                .toList();
        return used.isEmpty() || used.equals(List.of("plain")) ? null : String.join(" and ", used);
    }

    /** What the model says of its error, where that is about these scores. */
    private static @Nullable PrecisionSpec statedPrecision(List<ScoreResult> results) {
        return results.stream()
                .map(ScoreResult::score)
                .filter(Objects::nonNull)
                .map(score -> score.provenance().precision())
                .filter(Objects::nonNull)
                .findFirst()
                .orElse(null);
    }

    /** The numbers that were computed in, or null if those were 32-bit floats throughout. */
    static @Nullable String precision(List<Provenance.Execution> executions, @Nullable PrecisionSpec model) {
        List<Precision> used = executions.stream()
                .map(Provenance.Execution::precision)
                .distinct()
                .toList();
        if (used.equals(List.of(Precision.FP32))) {
            return null;
        }
        return used.stream().map(Precision::id).collect(Collectors.joining(" and "))
                + (model == null ? "" : ", loss within " + Text.percent(model.lossError()) + " of fp32's");
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
