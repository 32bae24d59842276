package dev.percept.benchmarks.endure;

import dev.percept.benchmarks.Report;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** The program behind {@code benchmarks/endure/serve}. */
@Command(
        name = "benchmarks/endure/serve",
        description =
                "Starts percept serve, treats it as the world will, and compares what comes of it with the goals.",
        mixinStandardHelpOptions = true,
        showDefaultValues = true,
        sortOptions = false,
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {"0:all goals are met", "1:a goal is missed, or a scenario failed", "2:usage"})
public final class Endure implements Callable<Integer> {
    @Option(
            names = "--only",
            paramLabel = "SCENARIO",
            split = ",",
            description = "Of load, abuse, drain, reload and soak; in this order.",
            defaultValue = "load,abuse,drain,reload,soak")
    private List<String> only = List.of();

    @Option(names = "--quick", description = "The short form: a minute or so, no look at times, nothing is written.")
    private boolean quick;

    @Option(names = "--load-seconds", paramLabel = "N", description = "For each model.", defaultValue = "600")
    private int loadSeconds;

    @Option(names = "--times", paramLabel = "N", description = "How often what is repeated is.", defaultValue = "100")
    private int times;

    @Option(
            names = "--corpus-times",
            paramLabel = "N",
            description = "How often each of the malformed pictures is sent.",
            defaultValue = "100")
    private int corpusTimes;

    @Option(names = "--soak-minutes", paramLabel = "N", description = "At least 1.", defaultValue = "60")
    private int soakMinutes;

    @Option(names = "--vgg19", paramLabel = "FILE", description = "Its file; without it, load is of nlpd alone.")
    private @Nullable Path vgg19;

    @Option(names = "--product", paramLabel = "FOLDER", required = true, hidden = true)
    private Path product = Path.of("");

    @Option(names = "--corpus", paramLabel = "FOLDER", required = true, description = "The malformed pictures.")
    private Path corpus = Path.of("");

    @Option(names = "--out", paramLabel = "FILE", required = true, hidden = true)
    private Path out = Path.of("");

    @Option(names = "--command", hidden = true, defaultValue = "")
    private String command = "";

    private Endure() {}

    /** Runs it. */
    public static void main(String[] arguments) {
        System.setProperty("java.awt.headless", "true");
        System.exit(new CommandLine(new Endure()).execute(arguments));
    }

    private interface Scenario {
        void run() throws IOException, InterruptedException;
    }

    @Override
    public Integer call() throws IOException, InterruptedException {
        Setup setup = quick
                ? new Setup(product, true, 5, 5, 1, 1, vgg19, corpus)
                : new Setup(product, false, loadSeconds, times, corpusTimes, Math.max(1, soakMinutes), vgg19, corpus);
        boolean allMet = true;
        for (String name : only) {
            Report report = new Report("endure");
            Scenario scenario =
                    switch (name) {
                        case "load" -> new Load(setup, report)::run;
                        case "abuse" -> new Abuse(setup, report)::run;
                        case "drain" -> new Drain(setup, report)::run;
                        case "reload" -> new Reloading(setup, report)::run;
                        case "soak" -> new Soak(setup, report)::run;
                        default ->
                            throw new CommandLine.ParameterException(
                                    new CommandLine(this), "there is no scenario " + name + "; see --help");
                    };
            report.head("command", command);
            report.head("date", Instant.now().toString());
            report.head("machine", machine());
            try {
                scenario.run();
            } catch (IOException | RuntimeException e) {
                report.failed(name, e);
            }
            ByteArrayOutputStream printed = new ByteArrayOutputStream();
            report.print(new PrintStream(printed, true, StandardCharsets.UTF_8));
            String text = printed.toString(StandardCharsets.UTF_8);
            System.out.println(text);
            if (!quick) {
                Results.replace(out, name, text);
            }
            allMet &= report.allMet();
        }
        return allMet ? 0 : 1;
    }

    private static String machine() {
        return Runtime.getRuntime().availableProcessors() + " processors, Java " + System.getProperty("java.version")
                + ", clients and service on the same";
    }
}
