package dev.percept.benchmarks.gpu;

import dev.percept.ImagePair;
import dev.percept.ImageSource;
import dev.percept.LayerScore;
import dev.percept.PerceptualLoss;
import dev.percept.Score;
import dev.percept.ScoreResult;
import dev.percept.benchmarks.Report;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** How far the device's scores are from those that the CPU computes in fp32. */
final class Parity {
    private static final double FP32_GOAL = 1e-4;
    private static final double FP16_GOAL = 1e-2;

    /** Faint enough that rounding to half precision shows; reported, and not judged in fp16 (docs/adr/0010). */
    private static final String FAINT = "noise 0.5";

    private Parity() {}

    /** Pairs that differ in the same way. */
    private record Kind(String name, List<ImagePair> pairs) {}

    static void run(Plan plan, Report report) {
        List<Kind> kinds = new ArrayList<>();
        for (double sigma : new double[] {0.5, 2, 25}) {
            kinds.add(kind(
                    plan,
                    sigma == 0.5 ? FAINT : "noise " + (int) sigma,
                    (reference, width, height) -> Pictures.noisy(reference, sigma, 5)));
        }
        kinds.add(kind(plan, "distinct", (reference, width, height) -> Pictures.smooth(width, height, 12)));
        List<List<Score>> expected;
        try (PerceptualLoss cpu = plan.loadReference()) {
            expected = kinds.stream().map(kind -> scores(cpu, kind)).toList();
        }
        for (Plan.Variant variant : plan.variants()) {
            try (PerceptualLoss loss = plan.load(variant)) {
                compare(variant, kinds, expected, loss, report);
            } catch (RuntimeException e) {
                report.failed("parity", e);
            }
        }
        if (plan.fp16Model() == null) {
            report.row("parity", "precision", "fp16", "note", "no fp16 model given");
        }
    }

    private static void compare(
            Plan.Variant variant, List<Kind> kinds, List<List<Score>> expected, PerceptualLoss loss, Report report) {
        double worstLayer = 0;
        double worstTotal = 0;
        for (int i = 0; i < kinds.size(); i++) {
            Kind kind = kinds.get(i);
            Map<String, Double> worst = worst(expected.get(i), scores(loss, kind));
            List<Object> row = new ArrayList<>(List.of(
                    "precision",
                    variant.label,
                    "provider",
                    loss.execution().provider(),
                    "difference",
                    kind.name,
                    "pairs",
                    kind.pairs.size()));
            worst.forEach((name, error) -> {
                row.add(name);
                row.add(error);
            });
            report.row("parity", row.toArray());
            for (double error : worst.values()) {
                worstLayer = Math.max(worstLayer, error);
            }
            if (!kind.name.equals(FAINT)) {
                worstTotal = Math.max(worstTotal, worst.getOrDefault("total", Double.NaN));
            }
        }
        switch (variant.precision) {
            case FP32 ->
                report.check("fp32 against the CPU, every layer", "≤ 1e-4", worstLayer, worstLayer <= FP32_GOAL);
            case FP16 ->
                report.check(
                        variant.label + " loss against fp32, from σ 2 on", "≤ 1%", worstTotal, worstTotal <= FP16_GOAL);
            case TF32 -> {
                // No goal: how much it is worth is for the user to weigh.
            }
        }
    }

    /** The largest relative error of each layer, and of the total. */
    private static Map<String, Double> worst(List<Score> expected, List<Score> found) {
        Map<String, Double> worst = new LinkedHashMap<>();
        for (int i = 0; i < expected.size(); i++) {
            for (int layer = 0; layer < expected.get(i).layers().size(); layer++) {
                LayerScore left = expected.get(i).layers().get(layer);
                LayerScore right = found.get(i).layers().get(layer);
                worst.merge(left.name(), error(right.value(), left.value()), Math::max);
            }
            worst.merge("total", error(found.get(i).total(), expected.get(i).total()), Math::max);
        }
        return worst;
    }

    private static double error(double found, double expected) {
        return Math.abs(found - expected) / expected;
    }

    private static List<Score> scores(PerceptualLoss loss, Kind kind) {
        return loss.score(kind.pairs).stream().map(ScoreResult::orElseThrow).toList();
    }

    /** Makes a candidate of a reference. */
    private interface Distortion {
        byte[] of(byte[] reference, int width, int height);
    }

    private static Kind kind(Plan plan, String name, Distortion distortion) {
        List<ImagePair> pairs = new ArrayList<>();
        for (int[] size : plan.paritySizes()) {
            byte[] reference = Pictures.smooth(size[0], size[1], 11);
            byte[] candidate = distortion.of(reference, size[0], size[1]);
            pairs.add(new ImagePair(
                    ImageSource.ofRgb(reference, size[0], size[1], "reference"),
                    ImageSource.ofRgb(candidate, size[0], size[1], name)));
        }
        return new Kind(name, pairs);
    }
}
