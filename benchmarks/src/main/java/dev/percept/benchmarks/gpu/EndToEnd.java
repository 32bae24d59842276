package dev.percept.benchmarks.gpu;

import dev.percept.ImagePair;
import dev.percept.ImageSource;
import dev.percept.PerceptualLoss;
import dev.percept.ScoreResult;
import dev.percept.benchmarks.Report;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import javax.imageio.ImageIO;

/** Pairs per second from JPEG files, beside what decoding alone would allow. */
final class EndToEnd {
    private EndToEnd() {}

    static void run(Plan plan, Report report, Path folder) throws IOException, InterruptedException {
        Plan.Variant variant = plan.fp16Model() == null ? Plan.Variant.FP32 : Plan.Variant.FP16;
        try (PerceptualLoss loss = plan.load(variant)) {
            for (int side : plan.gpu() ? new int[] {224, 512} : new int[] {plan.side()}) {
                List<Path> files = new ArrayList<>();
                List<ImagePair> pairs = write(side, plan.files(), folder, files);
                loss.score(pairs).forEach(ScoreResult::orElseThrow);
                double decoding = decodeOnly(files);
                try (Machine.BusyMeter busy = Machine.busyMeter()) {
                    long start = System.nanoTime();
                    loss.score(pairs).forEach(ScoreResult::orElseThrow);
                    double rate = pairs.size() / ((System.nanoTime() - start) / 1e9);
                    report.row(
                            "end to end",
                            "precision",
                            variant.label,
                            "side",
                            side,
                            "pairs",
                            pairs.size(),
                            "pairs_per_s",
                            rate,
                            "decode_only_pairs_per_s",
                            decoding,
                            "share_of_decoding",
                            rate / decoding,
                            "gpu_busy_percent",
                            busy.percent());
                }
            }
        }
    }

    private static List<ImagePair> write(int side, int count, Path folder, List<Path> files) throws IOException {
        List<ImagePair> pairs = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            byte[] reference = Pictures.smooth(side, side, i);
            Path left = Pictures.jpeg(reference, side, side, folder.resolve(side + "-" + i + "-r.jpg"));
            Path right = Pictures.jpeg(
                    Pictures.noisy(reference, 4, i), side, side, folder.resolve(side + "-" + i + "-c.jpg"));
            files.add(left);
            files.add(right);
            pairs.add(new ImagePair(ImageSource.of(left), ImageSource.of(right)));
        }
        return pairs;
    }

    /** Pairs of files that all processors together decode in a second, and nothing else. */
    private static double decodeOnly(List<Path> files) throws IOException, InterruptedException {
        ExecutorService threads =
                Executors.newFixedThreadPool(Runtime.getRuntime().availableProcessors());
        try {
            long best = Long.MAX_VALUE;
            for (int round = 0; round < 3; round++) {
                long start = System.nanoTime();
                List<Future<Integer>> decoded = new ArrayList<>();
                for (Path file : files) {
                    decoded.add(threads.submit(
                            () -> ImageIO.read(Files.newInputStream(file)).getWidth()));
                }
                for (Future<Integer> each : decoded) {
                    each.get();
                }
                best = Math.min(best, System.nanoTime() - start);
            }
            return files.size() / 2.0 / (best / 1e9);
        } catch (ExecutionException e) {
            throw new IOException("decoding alone failed", e);
        } finally {
            threads.shutdown();
        }
    }
}
