package dev.percept.cli;

import dev.percept.PerceptException;
import dev.percept.PerceptHome;
import dev.percept.terminal.Messages;
import java.io.File;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.InvalidPathException;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Supplier;
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
        // picocli would prepare to make dates, connections and patterns of words, and no option is one.
        System.setProperty("picocli.converters.excludes", "java\\.(time|sql|util\\.regex)\\..*");
        // What libraries print must be UTF-8 too.
        System.setErr(new PrintStream(new FileOutputStream(FileDescriptor.err), true, StandardCharsets.UTF_8));
        Interruption.endsTheProcess();
        HeadStart ahead = HeadStart.of(args);
        int code = run(args, Console.ofProcess(), PerceptHome::ofUser);
        ahead.await();
        System.exit(code);
    }

    /**
     * Runs a command.
     *
     * @param args the command line
     * @param console where it prints
     * @param folders finds where settings and models lie
     * @return the exit code
     */
    static int run(String[] args, Console console, Supplier<PerceptHome> folders) {
        try {
            PerceptHome found;
            try {
                found = folders.get();
            } catch (InvalidPathException e) {
                String message = culprit(e.getInput(), System.getenv()) + " is no folder that Java can open here ("
                        + e.getMessage() + "); set it to another, or use a UTF-8 locale";
                return broken(message, ExitCode.USAGE, e, args, console);
            }
            return run(args, console, found);
        } catch (OutOfMemoryError e) {
            return broken("out of memory; give the JVM more (-Xmx)", ExitCode.INTERNAL, e, args, console);
        } catch (Throwable e) {
            // Java's own exit code would be 1, which is that of a total above the threshold.
            return broken(internal(e), ExitCode.INTERNAL, e, args, console);
        }
    }

    private static int run(String[] args, Console console, PerceptHome folders) {
        int code = new Main(new Session(console, folders)).execute(args);
        String failure = console.finish();
        if (failure != null) {
            console.err().println("percept: standard output can't be written: " + Messages.oneLine(failure));
            return ExitCode.OUTPUT;
        }
        return code;
    }

    /** Says what went wrong outside any command, when the command line may not have been parsed. */
    private static int broken(String message, int code, Throwable e, String[] args, Console console) {
        console.err().println("percept: " + Messages.oneLine(message));
        if (List.of(args).contains("--debug")) {
            e.printStackTrace(console.err());
        }
        return code;
    }

    private static String internal(Throwable e) {
        return "internal error: " + e + "; run it again with --debug, and report what it prints";
    }

    /** Which variable has this path, which can't be one. In the order in which {@link PerceptHome} looks at them. */
    static String culprit(String path, Map<String, String> environment) {
        for (String name :
                List.of("LOCALAPPDATA", "PERCEPT_HOME", "XDG_DATA_HOME", "PERCEPT_CACHE", "XDG_CACHE_HOME")) {
            String value = environment.get(name);
            // The first has a name appended to it.
            if (value != null && (path.equals(value) || path.equals(value + File.separator + "percept"))) {
                return name;
            }
        }
        return "the home folder (Java's user.home)";
    }

    private int execute(String[] args) {
        return root.commandLine(session, args.length == 0 ? "" : args[0])
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
        session.complain(internal(e));
        trace(e);
        return ExitCode.INTERNAL;
    }

    private void trace(Exception e) {
        if (root.debug()) {
            e.printStackTrace(session.console().err());
        }
    }
}
