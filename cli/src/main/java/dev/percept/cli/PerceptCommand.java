package dev.percept.cli;

import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code percept} itself: only its subcommands do anything. */
@Command(
        name = "percept",
        description = "Scores how different two images look, with deep features.",
        versionProvider = BuildFacts.class,
        synopsisSubcommandLabel = "COMMAND",
        footerHeading = "%nStarted by the launcher:%n",
        footer = {
            "  export      Writes model files: percept export vgg19",
            "  serve       Answers over HTTP.",
            "  help        This page; percept help COMMAND is that of a command.",
            "",
            "Exit codes: 0 ok, 1 above the threshold, 2 usage, 3 an image, 4 a model,",
            "5 a device or native library, 70 a mistake in Percept, 74 output can't be written."
        })
final class PerceptCommand implements Runnable {
    @Option(
            names = "--debug",
            scope = CommandLine.ScopeType.INHERIT,
            description = "Print stack traces of what goes wrong.")
    private boolean debug;

    @Option(
            names = {"-h", "--help"},
            usageHelp = true,
            scope = CommandLine.ScopeType.INHERIT,
            description = "Show this help.")
    @SuppressWarnings("UnusedVariable") // picocli acts on it.
    private boolean help;

    @Option(
            names = {"-V", "--version"},
            versionHelp = true,
            description = "Show the version and how it was built.")
    @SuppressWarnings("UnusedVariable") // picocli acts on it.
    private boolean version;

    boolean debug() {
        return debug;
    }

    /** The parser for this command and its subcommands. */
    CommandLine commandLine(Session session) {
        return new CommandLine(this)
                .addSubcommand(new ScoreCommand(session))
                .addSubcommand(new InspectCommand(session))
                .addSubcommand(new ModelsCommand(session))
                .addSubcommand(new DoctorCommand(session))
                .addSubcommand(new CompletionCommand(session))
                // A picture may be called @2x.png: names are never files of arguments.
                .setExpandAtFiles(false)
                .setUsageHelpWidth(100)
                .setOut(session.console().out())
                .setErr(session.console().err());
    }

    @Override
    public void run() {
        throw new UsageException("name a command: score, inspect, models, doctor, completion, export or serve");
    }
}
