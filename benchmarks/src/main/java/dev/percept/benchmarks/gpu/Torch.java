package dev.percept.benchmarks.gpu;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.percept.ImagePair;
import dev.percept.ImageSource;
import dev.percept.LayerScore;
import dev.percept.PerceptualLoss;
import dev.percept.Score;
import dev.percept.benchmarks.Report;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** The same pairs through PyTorch, where it is on this machine: {@code torch_pairs.py}, as ratios. */
final class Torch {
    /** For one configuration, compiling included. A hung one must not take the others along. */
    private static final int LIMIT_SECONDS = 150;

    private Torch() {}

    static void run(Plan plan, Report report, Map<String, Double> rates, Path script, String python, Path folder)
            throws IOException, InterruptedException {
        try {
            Machine.output(List.of(python, "-c", "import torch, onnx"), LIMIT_SECONDS);
        } catch (IOException e) {
            report.row("pytorch", "note", "not on this machine, or without onnx");
            return;
        }
        int most = plan.batches().get(plan.batches().size() - 1);
        List<ImagePair> pairs = Pictures.pairs(most, plan.side(), plan.side());
        Path bytes = write(pairs, folder.resolve("pairs.bin"));
        List<String> configurations = plan.gpu()
                ? List.of(
                        "matmul",
                        "fp32 eager",
                        "tf32 eager",
                        "fp16 eager",
                        "fp32 compiled",
                        "tf32 compiled",
                        "fp16 compiled")
                : List.of("fp32 eager");
        for (String configuration : configurations) {
            List<String> command = new ArrayList<>(List.of(
                    python,
                    script.toString(),
                    configuration,
                    plan.gpu() ? "cuda" : "cpu",
                    plan.model().toString(),
                    bytes.toString(),
                    String.valueOf(plan.side()),
                    String.join(
                            ",", plan.batches().stream().map(String::valueOf).toList()),
                    String.valueOf(plan.rounds())));
            try {
                for (String line : Machine.output(command, LIMIT_SECONDS).split("\n", -1)) {
                    take(
                            plan,
                            report,
                            rates,
                            configuration,
                            JsonParser.parseString(line).getAsJsonObject());
                }
            } catch (IOException | RuntimeException e) {
                // What PyTorch can't do is no failure of Percept's.
                report.row("pytorch", "torch", configuration, "error", String.valueOf(e.getMessage()));
            }
        }
        agree(plan, report, pairs, python, script, bytes);
    }

    private static void take(
            Plan plan, Report report, Map<String, Double> rates, String configuration, JsonObject found) {
        if (configuration.equals("matmul")) {
            double peak = found.get("tflop_per_s").getAsDouble();
            double share = Throughput.tflops(Throughput.fastest(rates, "fp16"), plan.side()) / peak;
            report.row("pytorch", "torch", "matmul 8192³ fp16", "tflop_per_s", peak, "percept_share", share);
            report.check("fp16 rate as a share of fp16 matrix products", "≥ 0.5", share, share >= 0.5);
            return;
        }
        int batch = found.get("batch").getAsInt();
        double torch = found.get("pairs_per_s").getAsDouble();
        String precision = configuration.split(" ", 2)[0];
        double ours = Math.max(
                rates.getOrDefault(precision + " " + batch, Double.NaN),
                rates.getOrDefault(precision + " nhwc " + batch, Double.NEGATIVE_INFINITY));
        report.row(
                "pytorch",
                "torch",
                configuration,
                "batch",
                batch,
                "pairs_per_s",
                torch,
                "percept",
                ours,
                "ratio",
                ours / torch);
        if (configuration.equals("fp16 compiled")) {
            report.check("fp16 against torch.compile, batch " + batch, "≥ 1", ours / torch, ours >= torch);
        }
    }

    /** Both must have computed the same thing: on the CPU, in fp32. */
    private static void agree(Plan plan, Report report, List<ImagePair> pairs, String python, Path script, Path bytes)
            throws IOException, InterruptedException {
        List<String> command = List.of(
                python,
                script.toString(),
                "losses",
                "cpu",
                plan.model().toString(),
                bytes.toString(),
                String.valueOf(plan.side()),
                "1",
                "1");
        JsonObject theirs =
                JsonParser.parseString(Machine.output(command, LIMIT_SECONDS)).getAsJsonObject();
        try (PerceptualLoss loss = plan.loadReference()) {
            Score ours = loss.score(pairs.subList(0, 1)).get(0).orElseThrow();
            double worst = 0;
            for (LayerScore layer : ours.layers()) {
                double value = theirs.get(layer.name()).getAsDouble();
                worst = Math.max(worst, Math.abs(layer.value() - value) / value);
            }
            report.check("torch computes the same fp32 losses", "≤ 1e-4", worst, worst <= 1e-4);
        }
    }

    /** All references and then all candidates, as bytes. */
    private static Path write(List<ImagePair> pairs, Path file) throws IOException {
        List<ImageSource> sources = new ArrayList<>();
        pairs.forEach(pair -> sources.add(pair.reference()));
        pairs.forEach(pair -> sources.add(pair.candidate()));
        try (FileChannel out = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
            for (ImageSource source : sources) {
                ByteBuffer buffer = ByteBuffer.wrap(((ImageSource.Rgb) source).rgb());
                while (buffer.hasRemaining()) {
                    out.write(buffer);
                }
            }
        }
        return file;
    }
}
