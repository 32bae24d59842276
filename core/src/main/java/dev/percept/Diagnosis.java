package dev.percept;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What Percept finds on this machine, and what to do about what is wrong: the facts behind {@code percept doctor}.
 *
 * @param findings in the order of a report
 * @param scoresOnCpu whether the embedded model could be run on the CPU
 */
public record Diagnosis(List<Finding> findings, boolean scoresOnCpu) {
    public Diagnosis {
        findings = List.copyOf(findings);
    }

    /**
     * One fact. That there is no GPU is a fact and no problem.
     *
     * @param name what it is about
     * @param value what was found; may be long
     * @param problem true if something doesn't work because of it
     * @param remedy what the reader can do, in the imperative; for a fact that is no problem, what they might do
     */
    public record Finding(
            String name,
            String value,
            boolean problem,
            @Nullable String remedy) {
        static Finding fact(String name, String value) {
            return new Finding(name, value, false, null);
        }

        static Finding problem(String name, String value, String remedy) {
            return new Finding(name, value, true, remedy);
        }
    }

    /**
     * Looks around: loads ONNX Runtime, scores with the embedded model and opens the default one. Never throws for what it
     * finds; takes about as long as a first score.
     *
     * @param folders where settings, models and natives lie
     */
    public static Diagnosis of(PerceptHome folders) {
        return new DiagnosisRun(folders).run();
    }
}
