package dev.percept.cli;

import dev.percept.LayerScore;
import dev.percept.LayerSpec;
import dev.percept.Score;
import dev.percept.ScoreResult;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/** Results as CSV: one line each, in the order of the candidates, with numbers that read back exactly. */
final class ScoreCsv {
    private ScoreCsv() {}

    /**
     * @param model its name, in each row: a score without it can't be compared
     */
    static void print(String model, List<LayerSpec> layers, List<ScoreResult> results, PrintWriter out) {
        List<String> header = new ArrayList<>(List.of("reference", "candidate", "model", "total"));
        layers.forEach(layer -> header.add(layer.name()));
        header.add("error");
        out.print(line(header));
        for (ScoreResult result : results) {
            List<String> fields = new ArrayList<>(List.of(result.reference(), result.candidate(), model));
            Score score = result.score();
            if (score == null) {
                layers.forEach(layer -> fields.add(""));
                fields.add("");
                fields.add(
                        result.error() == null
                                ? ""
                                : String.valueOf(result.error().getMessage()));
            } else {
                fields.add(Double.toString(score.total()));
                for (LayerScore layer : score.layers()) {
                    fields.add(Double.toString(layer.value()));
                }
                fields.add("");
            }
            out.print(line(fields));
        }
    }

    /** A record as RFC 4180 quotes it, but ended by a line feed alone. */
    private static String line(List<String> fields) {
        return fields.stream().map(ScoreCsv::quoted).collect(Collectors.joining(",", "", "\n"));
    }

    private static String quoted(String field) {
        boolean needed = field.chars().anyMatch(c -> c == ',' || c == '"' || c == '\n' || c == '\r');
        return needed ? '"' + field.replace("\"", "\"\"") + '"' : field;
    }
}
