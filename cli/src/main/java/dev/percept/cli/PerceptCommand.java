package dev.percept.cli;

import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code percept} itself: only its subcommands do anything. */
@Command(
        name = "percept",
        addMethodSubcommands = false,
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
    /** In the order in which the help names them. */
    private static final Map<String, Function<Session, Object>> COMMANDS = new LinkedHashMap<>();

    static {
        COMMANDS.put("score", ScoreCommand::new);
        COMMANDS.put("inspect", InspectCommand::new);
        COMMANDS.put("models", ModelsCommand::new);
        COMMANDS.put("doctor", DoctorCommand::new);
        COMMANDS.put("completion", CompletionCommand::new);
    }

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
        return commandLine(COMMANDS.values(), session);
    }

    /**
     * The parser for one command line.
     *
     * @param first its first word: where that is a subcommand, no other is taken apart, which a cold start would wait for
     */
    CommandLine commandLine(Session session, String first) {
        Function<Session, Object> called = COMMANDS.get(first);
        return called == null ? commandLine(session) : commandLine(List.of(called), session);
    }

    private CommandLine commandLine(Collection<Function<Session, Object>> subcommands, Session session) {
        CommandLine line = new CommandLine(this);
        for (Function<Session, Object> subcommand : subcommands) {
            Object command = subcommand.apply(session);
            CommandLine added = new CommandLine(command);
            if (command instanceof ModelsCommand) {
                added.addSubcommand(new ModelInstallCommand(session));
            }
            line.addSubcommand(added);
        }
        // A picture may be called @2x.png: names are never files of arguments.
        return line.setExpandAtFiles(false)
                .setUsageHelpWidth(100)
                .setOut(session.console().out())
                .setErr(session.console().err());
    }

    @Override
    public void run() {
        throw new UsageException("name a command: score, inspect, models, doctor, completion, export or serve");
    }
}
