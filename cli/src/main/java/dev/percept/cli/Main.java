package dev.percept.cli;

import dev.percept.PerceptException;
import dev.percept.PerceptHome;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import picocli.CommandLine;
import picocli.CommandLine.ParameterException;

/** Runs one command: parses, executes, and turns whatever was thrown into one line and an exit code. */
public final class Main {
    private final Session session;
    private final PerceptCommand root;

    private Main(Session session) {
        this.session = session;
        this.root = new PerceptCommand();
    }

    /**
     * The process.
     *
     * @param args the command line
     */
    public static void main(String[] args) {
        // Before anything touches AWT: a server has no display, and a desktop should not get a dock icon.
        System.setProperty("java.awt.headless", "true");
        // What libraries print must be UTF-8 too.
        System.setErr(new PrintStream(new FileOutputStream(FileDescriptor.err), true, StandardCharsets.UTF_8));
        System.exit(run(args, Console.ofProcess()));
    }

    private static int run(String[] args, Console console) {
        try {
            return run(args, console, PerceptHome.ofUser());
        } catch (OutOfMemoryError e) {
            console.err().println("percept: out of memory; give the JVM more (-Xmx)");
            return ExitCode.INTERNAL;
        }
    }

    /**
     * Runs a command.
     *
     * @param args the command line
     * @param console where it prints
     * @param folders where settings and models lie
     * @return the exit code
     */
    static int run(String[] args, Console console, PerceptHome folders) {
        int code = new Main(new Session(console, folders)).execute(args);
        String failure = console.finish();
        if (failure != null) {
            console.err().println("percept: standard output can't be written: " + Text.oneLine(failure));
            return ExitCode.OUTPUT;
        }
        return code;
    }

    private int execute(String[] args) {
        return root.commandLine(session)
                .setParameterExceptionHandler((e, unparsed) -> misused(e))
                .setExecutionExceptionHandler((e, command, result) -> failed(e, command))
                .execute(args);
    }

    private int misused(ParameterException e) {
        if (e.getCause() instanceof PerceptException cause) {
            return failed(cause, e.getCommandLine());
        }
        return misused(Objects.toString(e.getMessage()), e, e.getCommandLine());
    }

    private int misused(String message, Exception e, CommandLine command) {
        session.complain(message);
        session.console().err().println("see: " + command.getCommandSpec().qualifiedName() + " --help");
        trace(e);
        return ExitCode.USAGE;
    }

    private int failed(Exception e, CommandLine command) {
        if (e instanceof UsageException) {
            return misused(Objects.toString(e.getMessage()), e, command);
        }
        if (e instanceof PerceptException known) {
            session.complain(Objects.toString(known.getMessage()));
            trace(e);
            return ExitCode.of(known);
        }
        session.complain("internal error: " + e + "; run it again with --debug, and report what it prints");
        trace(e);
        return ExitCode.INTERNAL;
    }

    private void trace(Exception e) {
        if (root.debug()) {
            e.printStackTrace(session.console().err());
        }
    }
}
