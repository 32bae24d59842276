package dev.percept.cli;

import java.util.List;
import java.util.concurrent.Callable;
import picocli.AutoComplete;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;

/** {@code percept completion}: a script for the user's shell. */
@Command(
        name = "completion",
        description = "Prints a completion script for a shell.",
        footer = {
            "",
            "bash: eval \"$(percept completion bash)\"",
            "zsh:  eval \"$(percept completion zsh)\"",
            "Put that line into ~/.bashrc or ~/.zshrc."
        })
final class CompletionCommand implements Callable<Integer> {
    /** Shells with a script. */
    enum Shell {
        bash,
        zsh
    }

    private final Session session;

    @Parameters(paramLabel = "SHELL", description = "One of: ${COMPLETION-CANDIDATES}.")
    private Shell shell = Shell.bash;

    CompletionCommand(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() {
        CommandLine all = new PerceptCommand().commandLine(session);
        // What the launcher runs without asking Java should be completed as well.
        for (String name : List.of("export", "serve", "help")) {
            all.addSubcommand(name, new CommandLine(CommandSpec.create()));
        }
        if (shell == Shell.zsh) {
            session.out().println("autoload -Uz compinit && compinit");
        }
        session.out().print(AutoComplete.bash("percept", all));
        return ExitCode.OK;
    }
}
