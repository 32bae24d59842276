package dev.percept.benchmarks.gpu;

import dev.percept.PerceptualLoss;
import dev.percept.benchmarks.Report;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** The program behind {@code benchmarks/gpu/accept}. */
@Command(
        name = "benchmarks/gpu/accept",
        description = "Measures parity, speed and memory of Percept on a device, and compares them with the goals.",
        mixinStandardHelpOptions = true,
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {"0:all goals that apply are met", "1:a goal is missed, or a step failed", "2:usage"})
public final class Accept implements Callable<Integer> {
    @Option(
            names = "--device",
            paramLabel = "cuda|cpu",
            description = "Default: ${DEFAULT-VALUE}.",
            defaultValue = "cuda")
    private String device = "cuda";

    @Option(names = "--model", paramLabel = "FILE", required = true, description = "VGG19 in fp32.")
    private Path model = Path.of("");

    @Option(names = "--fp16-model", paramLabel = "FILE", description = "The same in fp16.")
    private @Nullable Path fp16Model;

    @Option(names = "--out", paramLabel = "FILE", description = "Where the JSON goes.")
    private @Nullable Path out;

    @Option(names = "--quick", description = "Less of everything: that it runs is what is shown.")
    private boolean quick;

    @Option(
            names = "--only",
            paramLabel = "SECTION",
            split = ",",
            description = "Only these: parity, throughput, end to end, latency, pytorch, memory.")
    private List<String> only = List.of();

    @Option(names = "--torch-script", paramLabel = "FILE", hidden = true)
    private Path torchScript = Path.of("torch_pairs.py");

    @Option(
            names = "--python",
            paramLabel = "PYTHON",
            description = "Default: ${DEFAULT-VALUE}.",
            defaultValue = "python3")
    private String python = "python3";

    @Option(names = "--command", hidden = true, defaultValue = "")
    private String command = "";

    private Accept() {}

    /** Runs it. */
    public static void main(String[] arguments) {
        System.setProperty("java.awt.headless", "true");
        System.exit(new CommandLine(new Accept()).execute(arguments));
    }

    /** A step that may fail without ending the others. */
    private interface Step {
        void run() throws IOException, InterruptedException;
    }

    @Override
    public Integer call() throws IOException, InterruptedException {
        if (!device.equals("cuda") && !device.equals("cpu")) {
            System.err.println("accept: --device takes cuda or cpu, not " + device);
            return CommandLine.ExitCode.USAGE;
        }
        boolean gpu = device.equals("cuda");
        if (gpu) {
            Machine.useGpu();
        }
        Plan plan = Plan.of(gpu, quick, model, fp16Model);
        Report report = new Report("accept");
        Path folder = Files.createTempDirectory("percept-accept");
        try {
            attempt(report, "machine", () -> describe(plan, report));
            attempt(report, "parity", () -> Parity.run(plan, report));
            Map<String, Double> rates = new LinkedHashMap<>();
            attempt(report, "throughput", () -> rates.putAll(Throughput.run(plan, report)));
            attempt(report, "end to end", () -> EndToEnd.run(plan, report, folder));
            attempt(report, "latency", () -> Latency.run(plan, report));
            attempt(report, "pytorch", () -> Torch.run(plan, report, rates, torchScript, python, folder));
            attempt(report, "memory", () -> Memory.run(plan, report));
        } finally {
            delete(folder);
        }
        report.print(System.out);
        return report.allMet() ? 0 : 1;
    }

    private void attempt(Report report, String section, Step step) throws IOException, InterruptedException {
        if (!only.isEmpty() && !only.contains(section) && !section.equals("machine")) {
            return;
        }
        try {
            step.run();
        } catch (IOException | RuntimeException | LinkageError | OutOfMemoryError e) {
            report.failed(section, e);
        }
        if (out != null) {
            // Each time anew: a machine that is taken away leaves what was measured until then.
            report.writeJson(out);
        }
    }

    private void describe(Plan plan, Report report) throws IOException, InterruptedException {
        report.head("command", command);
        report.head("date", Instant.now().toString());
        Map<String, Object> machine = new LinkedHashMap<>();
        machine.put("gpu", Machine.gpuName());
        machine.put("cpu", Machine.cpuName());
        machine.put("processors", Runtime.getRuntime().availableProcessors());
        machine.put("java", System.getProperty("java.version", "unknown"));
        try (PerceptualLoss loss = plan.load(Plan.Variant.FP32)) {
            machine.put("runtime", loss.execution().runtime());
            machine.put("provider", loss.execution().provider());
            machine.put("model", loss.backbone().toString());
            machine.put("weights", loss.backbone().spec().weights().source());
        } finally {
            report.head("machine", machine);
        }
    }

    private static void delete(Path folder) throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            List<Path> deepestFirst = files.sorted(Comparator.reverseOrder()).toList();
            for (Path file : deepestFirst) {
                Files.delete(file);
            }
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
    }
}
