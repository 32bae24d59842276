package dev.percept.server;

import dev.percept.DeviceException;
import dev.percept.ModelException;
import dev.percept.Precision;
import dev.percept.Provenance;
import dev.percept.Version;
import dev.percept.terminal.Messages;
import dev.percept.terminal.NativeFolder;
import dev.percept.terminal.Signals;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** The program: starts a {@link PerceptServer}, says where it listens, reloads its models on HUP, and stops it on TERM or INT. */
@Command(
        name = "percept serve",
        description = "Scores pictures over HTTP. See docs/server.md.",
        mixinStandardHelpOptions = true,
        versionProvider = Main.VersionLine.class,
        showDefaultValues = true,
        sortOptions = false,
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {
            "0:stopped in order",
            "2:usage",
            "4:the model can't be used",
            "5:the device or a native library isn't there",
            "6:the address can't be listened on",
            "7:requests were still running when the stop timeout was over",
            "70:a mistake in Percept, or memory ran out"
        })
public final class Main implements Callable<Integer> {
    static final int OK = 0;
    static final int USAGE = 2;
    static final int MODEL = 4;
    static final int DEVICE = 5;
    static final int ADDRESS = 6;
    static final int UNFINISHED = 7;
    /** EX_SOFTWARE of sysexits. */
    static final int INTERNAL = 70;

    /** What stopping in order takes beyond the stop timeout: idle connections, and freeing the models. */
    private static final Duration STOP_MARGIN = Duration.ofSeconds(3);

    @Mixin
    private ConfigOption settings = new ConfigOption();

    @Mixin
    private ListenOptions listen = new ListenOptions();

    @Mixin
    private ModelOptions model = new ModelOptions();

    @Mixin
    private LimitOptions limits = new LimitOptions();

    @Mixin
    private SecurityOptions security = new SecurityOptions();

    @Mixin
    private NativeFolder natives = new NativeFolder();

    @Mixin
    private LogOptions logs = new LogOptions();

    @Option(names = "--debug", description = "Print stack traces of what ends the program.")
    private boolean debug;

    private Main() {}

    /** Runs until it is told to stop. */
    public static void main(String[] arguments) {
        System.exit(new Main().run(arguments));
    }

    /** The options that the program has. */
    static CommandLine.Model.CommandSpec options() {
        return new Main().commandLine().getCommandSpec();
    }

    private CommandLine commandLine() {
        return new CommandLine(this);
    }

    private int run(String[] arguments) {
        try {
            CommandLine command = commandLine();
            return command.setDefaultValueProvider(settings.read(command.getCommandSpec(), arguments, System.getenv()))
                    .setParameterExceptionHandler(Main::usageError)
                    .setExecutionExceptionHandler((e, failed, parsed) -> internalError(e))
                    .execute(arguments);
        } catch (IllegalArgumentException | CommandLine.ParameterException e) {
            // Of the settings.
            return fail(USAGE, e);
        } catch (Throwable e) {
            // Whatever it is, Java's own exit code 1 and its trace say less.
            return internalError(e);
        }
    }

    private int internalError(Throwable e) {
        System.err.println(
                e instanceof OutOfMemoryError
                        ? "percept serve: out of memory; give the JVM more (-Xmx)"
                        : "percept serve: internal error: " + Messages.oneLine(e.toString())
                                + "; run it again with --debug, and report what it prints");
        trace(e);
        return INTERNAL;
    }

    private void trace(Throwable e) {
        if (debug) {
            e.printStackTrace();
        }
    }

    @Override
    public Integer call() throws InterruptedException, ExecutionException {
        StopSignal stop = StopSignal.install();
        AtomicReference<@Nullable PerceptServer> started = new AtomicReference<>();
        Signals.on("HUP", () -> reload(started.get()));
        logs.install();
        natives.use();
        PerceptServer server;
        Duration stopTimeout;
        try {
            ServerConfig config =
                    security.applyTo(limits.applyTo(model.applyTo(listen.applyTo(ServerConfig.defaults()))));
            stopTimeout = config.limits().stopTimeout();
            server = PerceptServer.start(config, each -> model.load(each, config), stop::arm);
        } catch (IllegalArgumentException e) {
            return fail(USAGE, e);
        } catch (ModelException e) {
            return fail(MODEL, e);
        } catch (DeviceException e) {
            return fail(DEVICE, e);
        } catch (ListenException e) {
            return fail(ADDRESS, e);
        }
        started.set(server);
        announce(server);
        stop.await();
        return stop(server, stopTimeout);
    }

    private static void reload(@Nullable PerceptServer server) {
        if (server != null) {
            server.reload("SIGHUP");
        }
    }

    private static void announce(PerceptServer server) {
        List<ServedModel> models = server.models();
        for (ServedModel model : models) {
            if (model.loss().backbone().spec().weights().random()) {
                System.err.println(
                        "warning: the weights of the model " + model.name() + " are random; its scores mean nothing");
            }
        }
        models.stream()
                .map(model -> model.loss().execution())
                .filter(execution -> execution.fallback() != null)
                .map(execution -> "note: running on " + execution.provider() + ": " + execution.fallback())
                .distinct()
                .forEach(System.err::println);
        Provenance.Execution execution = server.loss().execution();
        String precision = execution.precision() == Precision.FP32
                ? ""
                : ", " + execution.precision().id();
        System.out.println("Percept listens on " + server.address() + " ("
                + (models.size() == 1 ? "model " : "models ")
                + models.stream().map(ServedModel::name).collect(Collectors.joining(", ")) + ", "
                + execution.provider() + precision + ")");
        System.out.flush();
    }

    private int stop(PerceptServer server, Duration stopTimeout) throws InterruptedException, ExecutionException {
        // A thread inside native code can't be interrupted, and closing the model waits for it.
        FutureTask<Boolean> stopping = new FutureTask<>(server::stop);
        Thread stopper = new Thread(stopping, "percept-stop");
        stopper.setDaemon(true);
        stopper.start();
        try {
            Duration patience = stopTimeout.plus(STOP_MARGIN);
            return stopping.get(patience.toMillis(), TimeUnit.MILLISECONDS) ? OK : UNFINISHED;
        } catch (TimeoutException e) {
            System.err.println("percept serve: the model is still running; it is abandoned");
            Runtime.getRuntime().halt(UNFINISHED);
            return UNFINISHED;
        }
    }

    private int fail(int code, Exception e) {
        System.err.println(
                "percept serve: " + Messages.oneLine(Objects.requireNonNullElse(e.getMessage(), e.toString())));
        trace(e);
        return code;
    }

    private static int usageError(CommandLine.ParameterException e, String[] arguments) {
        String message = Objects.requireNonNullElse(e.getMessage(), "wrong usage");
        System.err.println("percept serve: " + message.lines().findFirst().orElse(message));
        System.err.println("See: percept serve --help");
        return USAGE;
    }

    /** {@code --version}. */
    static final class VersionLine implements CommandLine.IVersionProvider {
        @Override
        public String[] getVersion() {
            return new String[] {"percept serve " + Version.percept()};
        }
    }
}
