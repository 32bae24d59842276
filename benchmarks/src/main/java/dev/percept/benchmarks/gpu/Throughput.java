package dev.percept.benchmarks.gpu;

import dev.percept.ImagePair;
import dev.percept.PerceptualLoss;
import dev.percept.ScoreResult;
import dev.percept.benchmarks.Report;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Pairs per second with pictures that are in memory already, by batch and precision. */
final class Throughput {
    /** Multiplications and additions of VGG19 up to relu5_1 for 224² pixels. */
    private static final double FLOP = 2 * 18.1e9;

    private static final int SIDE = 224;

    private Throughput() {}

    /** The best rate of each variant and batch, as {@code fp16 32}. */
    static Map<String, Double> run(Plan plan, Report report) {
        Map<String, long[]> times = new LinkedHashMap<>();
        Map<Plan.Variant, PerceptualLoss> loaded = new LinkedHashMap<>();
        try {
            for (Plan.Variant variant : plan.variants()) {
                try {
                    loaded.put(variant, plan.load(variant));
                } catch (RuntimeException e) {
                    report.failed("throughput", e);
                }
            }
            List<ImagePair> pairs = Pictures.pairs(
                    plan.batches().stream().mapToInt(Integer::intValue).max().orElse(1), plan.side(), plan.side());
            // Round by round, so that whatever else the machine does hits all alike; the first warms up.
            for (int round = -1; round < plan.rounds(); round++) {
                for (Map.Entry<Plan.Variant, PerceptualLoss> entry : loaded.entrySet()) {
                    for (int batch : plan.batches()) {
                        long nanos = time(entry.getValue(), pairs.subList(0, batch));
                        if (round >= 0) {
                            times.computeIfAbsent(key(entry.getKey(), batch), key -> new long[plan.rounds()])[round] =
                                    nanos;
                        }
                    }
                }
            }
        } finally {
            loaded.values().forEach(PerceptualLoss::close);
        }
        Map<String, Double> best = new LinkedHashMap<>();
        for (Plan.Variant variant : loaded.keySet()) {
            for (int batch : plan.batches()) {
                long[] sorted = times.getOrDefault(key(variant, batch), new long[] {Long.MAX_VALUE})
                        .clone();
                Arrays.sort(sorted);
                double fastest = batch / (sorted[0] / 1e9);
                best.put(key(variant, batch), fastest);
                report.row(
                        "throughput",
                        "precision",
                        variant.label,
                        "batch",
                        batch,
                        "pairs_per_s",
                        fastest,
                        "median_pairs_per_s",
                        batch / (sorted[sorted.length / 2] / 1e9),
                        "tflop_per_s",
                        tflops(fastest, plan.side()));
            }
        }
        return best;
    }

    static String key(Plan.Variant variant, int batch) {
        return variant.label + " " + batch;
    }

    /** What a rate means in 10¹² operations per second, for VGG19. */
    static double tflops(double pairsPerSecond, int side) {
        return pairsPerSecond * 2 * FLOP * side * side / SIDE / SIDE / 1e12;
    }

    private static long time(PerceptualLoss loss, List<ImagePair> pairs) {
        long start = System.nanoTime();
        List<ScoreResult> results = loss.score(pairs);
        long nanos = System.nanoTime() - start;
        // A pair that failed is not a fast one.
        results.forEach(ScoreResult::orElseThrow);
        return nanos;
    }

    /** The rates of one variant, fastest last. */
    static double fastest(Map<String, Double> rates, String precision) {
        List<Double> all = new ArrayList<>();
        rates.forEach((key, rate) -> {
            if (key.startsWith(precision)) {
                all.add(rate);
            }
        });
        return all.stream().mapToDouble(Double::doubleValue).max().orElse(Double.NaN);
    }
}
