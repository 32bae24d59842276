package dev.percept.benchmarks.gpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The acceptance script runs to its end on the CPU, and says so where a model is not what it should be. */
class AcceptIT {
    private static final Path ROOT = Path.of("..").toAbsolutePath().normalize();
    private static final Path MODELS = ROOT.resolve("export-tools/target");
    private static final int PATIENCE_SECONDS = 400;

    @TempDir
    Path folder = Path.of("");

    private record Outcome(int code, String out) {}

    @BeforeAll
    static void modelsAreThere() {
        assumeTrue(
                Files.exists(MODELS.resolve("vgg19.onnx")) && Files.exists(MODELS.resolve("vgg19-fp16.onnx")),
                "export-tools' tests write the models, where Python is");
    }

    @Test
    void everySectionIsMeasuredAndEveryGoalMet() throws Exception {
        Path json = folder.resolve("accept.json");
        List<String> command = new ArrayList<>(List.of("--device", "cpu", "--quick", "--out", json.toString()));
        Path python = MODELS.resolve("venv/bin/python");
        if (Files.exists(python)) {
            command.addAll(List.of("--python", python.toString()));
        }
        Outcome outcome = accept(command);
        assertThat(outcome.code).as(outcome.out).isZero();
        assertThat(outcome.out).contains("parity", "throughput", "end to end", "latency", "memory", "goals");

        JsonObject report = JsonParser.parseString(Files.readString(json)).getAsJsonObject();
        assertThat(report.keySet())
                .contains(
                        "command",
                        "date",
                        "machine",
                        "checks",
                        "parity",
                        "throughput",
                        "end_to_end",
                        "latency",
                        "pytorch",
                        "memory");
        assertThat(report.getAsJsonArray("checks"))
                .isNotEmpty()
                .allSatisfy(
                        check -> assertThat(check.getAsJsonObject().get("met").getAsBoolean())
                                .as(check.toString())
                                .isTrue());
        double worstFp16 = 0;
        for (JsonElement element : report.getAsJsonArray("parity")) {
            JsonObject row = element.getAsJsonObject();
            double total = row.get("total").getAsDouble();
            switch (row.get("precision").getAsString()) {
                case "fp32" -> assertThat(total).as(row.toString()).isBetween(0.0, 1e-5);
                case "fp16" -> worstFp16 = Math.max(worstFp16, total);
                default -> throw new AssertionError("unexpected on a CPU: " + row);
            }
        }
        // Halves that round to nothing would not be halves.
        assertThat(worstFp16).isBetween(1e-7, 1e-1);
        assertThat(report.getAsJsonArray("throughput"))
                .allSatisfy(row -> assertThat(
                                row.getAsJsonObject().get("pairs_per_s").getAsDouble())
                        .isPositive());
    }

    @Test
    void aModelOfOtherWeightsMissesItsGoal() throws Exception {
        Outcome outcome = accept(List.of(
                "--device",
                "cpu",
                "--quick",
                "--only",
                "parity",
                "--fp16-model",
                otherWeights().toString()));
        assertThat(outcome.code).as(outcome.out).isEqualTo(1);
        assertThat(outcome.out).containsPattern("NO +fp16 loss against fp32");
    }

    @Test
    void aMissingModelIsAUsageError() throws Exception {
        Outcome outcome = accept(List.of(
                "--device", "cpu", "--model", folder.resolve("none.onnx").toString()));
        assertThat(outcome.code).isEqualTo(2);
        assertThat(outcome.out).contains("there is no model").contains("none.onnx");
    }

    private Path otherWeights() throws Exception {
        Path file = folder.resolve("other.onnx");
        String chosen = System.getenv("PERCEPT_TEST_PYTHON");
        String python = chosen == null ? MODELS.resolve("venv/bin/python").toString() : chosen;
        ProcessBuilder export = new ProcessBuilder(
                python,
                "-m",
                "percept_export",
                "vgg19",
                "--weights",
                "random:1",
                "--precision",
                "fp16",
                "--out",
                file.toString());
        export.environment().put("PYTHONPATH", ROOT.resolve("export-tools/src").toString());
        Outcome outcome = run(export);
        assertThat(outcome.code).as(outcome.out).isZero();
        return file;
    }

    private Outcome accept(List<String> arguments) throws IOException, InterruptedException {
        List<String> command =
                new ArrayList<>(List.of(ROOT.resolve("benchmarks/gpu/accept").toString()));
        command.addAll(arguments);
        ProcessBuilder builder = new ProcessBuilder(command);
        builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
        builder.environment().put("PERCEPT_CACHE", folder.resolve("cache").toString());
        return run(builder);
    }

    private Outcome run(ProcessBuilder builder) throws IOException, InterruptedException {
        Path out = Files.createTempFile(folder, "run", ".out");
        Process process =
                builder.redirectErrorStream(true).redirectOutput(out.toFile()).start();
        process.getOutputStream().close();
        if (!process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
            process.destroyForcibly();
            throw new AssertionError("still running after " + PATIENCE_SECONDS + " s: " + Files.readString(out));
        }
        return new Outcome(process.exitValue(), Files.readString(out));
    }
}
