package com.example;

import dev.percept.PerceptException;
import dev.percept.PerceptualLoss;
import dev.percept.Score;
import dev.percept.ScoreResult;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** Scores candidates against a reference: {@code Example REFERENCE CANDIDATE…}. */
public final class Example {
    private Example() {}

    public static void main(String[] args) {
        Path reference = Path.of(args[0]);
        List<Path> candidates = Stream.of(args).skip(1).map(Path::of).toList();

        // "nlpd" is embedded in percept-core. Instead of it: the name of an installed model, or the path of an ONNX file.
        try (PerceptualLoss loss = PerceptualLoss.load("nlpd")) {
            for (ScoreResult result : loss.score(reference, candidates)) {
                Score score = result.orElseThrow();
                // Totals of different models can't be compared, so a total is never printed without its model.
                System.out.println(score.total() + " " + result.candidate() + " (" + score.provenance().model() + ", "
                        + score.provenance().execution().provider() + ")");
            }
        } catch (PerceptException e) {
            // A picture, a model or a device; the message says which, what is wrong and what to do.
            System.err.println(e.getMessage());
            System.exit(1);
        }
    }
}
