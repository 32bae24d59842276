package dev.percept.benchmarks.gpu;

import dev.percept.ImagePair;
import dev.percept.PerceptualLoss;
import dev.percept.benchmarks.Report;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** What the first call costs, and a size that was never seen before. */
final class Latency {
    private static final int NEW_SHAPES = 20;

    private Latency() {}

    static void run(Plan plan, Report report) {
        for (Plan.Variant variant : plan.variants()) {
            long start = System.nanoTime();
            try (PerceptualLoss loss = plan.load(variant)) {
                double load = millis(start);
                ImagePair pair = Pictures.pair(plan.side(), plan.side(), 1);
                double first = score(loss, pair);
                double again = Math.min(score(loss, pair), score(loss, pair));
                List<Double> fresh = new ArrayList<>();
                List<Double> repeated = new ArrayList<>();
                int shapes = Math.min(NEW_SHAPES, plan.shapes());
                for (int i = 0; i < shapes; i++) {
                    ImagePair unseen = Pictures.pair(plan.side() + 1 + 2 * i, plan.side() + 1, i);
                    fresh.add(score(loss, unseen));
                    repeated.add(Math.min(score(loss, unseen), score(loss, unseen)));
                }
                report.row(
                        "latency",
                        "precision",
                        variant.label,
                        "load_ms",
                        load,
                        "first_ms",
                        first,
                        "again_ms",
                        again,
                        "new_shape_median_ms",
                        median(fresh),
                        "new_shape_max_ms",
                        Collections.max(fresh),
                        "same_shape_median_ms",
                        median(repeated));
            } catch (RuntimeException e) {
                report.failed("latency", e);
            }
        }
    }

    private static double score(PerceptualLoss loss, ImagePair pair) {
        long start = System.nanoTime();
        loss.score(pair.reference(), pair.candidate());
        return millis(start);
    }

    private static double millis(long start) {
        return (System.nanoTime() - start) / 1e6;
    }

    private static double median(List<Double> values) {
        List<Double> sorted = new ArrayList<>(values);
        Collections.sort(sorted);
        return sorted.get(sorted.size() / 2);
    }
}
