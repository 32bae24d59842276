package dev.percept.benchmarks.gpu;

import dev.percept.ImagePair;
import dev.percept.PerceptualLoss;
import dev.percept.benchmarks.Report;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** Whether memory stays flat: over many shapes, over loading and closing, and with two models in turn. */
final class Memory {
    /** What may be added after a third of the run: allocators round up, and keep some of what they were given. */
    private static final double SLACK_MIB = 96;

    private Memory() {}

    private interface Step {
        void run(int i);
    }

    static void run(Plan plan, Report report) throws IOException, InterruptedException {
        Random random = new Random(3);
        int step = plan.gpu() ? 8 : 2;
        try (PerceptualLoss loss = plan.load(Plan.Variant.FP32)) {
            // The largest first: an arena may grow to what it needs once.
            score(loss, plan.side() + 32 * step, plan.side() + 32 * step);
            watch(
                    "shapes",
                    plan.shapes(),
                    report,
                    i -> score(
                            loss,
                            plan.side() + random.nextInt(32) * step + 1,
                            plan.side() + random.nextInt(32) * step));
        }
        watch("load and close", plan.cycles(), report, i -> {
            try (PerceptualLoss loss = plan.load(Plan.Variant.FP32)) {
                score(loss, plan.side(), plan.side());
            }
        });
        Plan.Variant second = plan.variants().get(plan.variants().size() - 1);
        try (PerceptualLoss one = plan.load(Plan.Variant.FP32);
                PerceptualLoss other = plan.load(second)) {
            watch(
                    "fp32 and " + second.label + " in turn",
                    plan.alternations(),
                    report,
                    i -> score(i % 2 == 0 ? one : other, plan.side(), plan.side()));
        }
    }

    private static void watch(String what, int times, Report report, Step step)
            throws IOException, InterruptedException {
        List<Double> used = new ArrayList<>();
        int every = Math.max(1, times / 30);
        for (int i = 0; i < times; i++) {
            step.run(i);
            if (i % every == every - 1) {
                used.add(Machine.memoryMib());
            }
        }
        double warm = used.subList(0, Math.max(1, used.size() / 3)).stream()
                .mapToDouble(Double::doubleValue)
                .max()
                .orElse(Double.NaN);
        double end = used.get(used.size() - 1);
        double most = used.stream().mapToDouble(Double::doubleValue).max().orElse(Double.NaN);
        report.row("memory", "what", what, "times", times, "warm_mib", warm, "end_mib", end, "most_mib", most);
        report.check(
                "memory over " + what + ", MiB after warm-up", "≤ " + SLACK_MIB, most - warm, most - warm <= SLACK_MIB);
    }

    private static void score(PerceptualLoss loss, int width, int height) {
        ImagePair pair = Pictures.pair(width, height, 1);
        loss.score(pair.reference(), pair.candidate());
    }
}
