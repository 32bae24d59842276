package dev.percept.server;

import dev.percept.Backbone;
import dev.percept.Device;
import dev.percept.DeviceException;
import dev.percept.LossOptions;
import dev.percept.ModelException;
import dev.percept.PerceptHome;
import dev.percept.PerceptualLoss;
import dev.percept.Precision;
import dev.percept.Provenance;
import dev.percept.Version;
import dev.percept.terminal.ByteSize;
import dev.percept.terminal.DeviceName;
import dev.percept.terminal.GpuOptions;
import dev.percept.terminal.KernelOption;
import dev.percept.terminal.MemoryBudget;
import dev.percept.terminal.Messages;
import dev.percept.terminal.NativeFolder;
import dev.percept.terminal.PictureOptions;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** The program: starts a {@link PerceptServer}, says where it listens, and stops it on TERM or INT. */
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

    /** What stopping in order takes beyond the stop timeout: idle connections, and freeing the model. */
    private static final Duration STOP_MARGIN = Duration.ofSeconds(3);

    @Option(names = "--host", paramLabel = "HOST", description = "Address to listen on.")
    private String host = ServerConfig.defaults().host();

    @Option(names = "--port", paramLabel = "PORT", description = "Port to listen on; 0 takes a free one.")
    private int port = ServerConfig.defaults().port();

    @Option(
            names = "--allow-remote",
            description = "Listen on an address that other machines reach. There is no authentication yet:"
                    + " whoever reaches it can use it.")
    private boolean allowRemote;

    @Option(
            names = "--model",
            paramLabel = "NAME|FILE",
            description = "Model; the one that is set as default, else nlpd, where none is named.")
    private @Nullable String model;

    @Option(
            names = "--device",
            paramLabel = "DEVICE",
            converter = DeviceName.class,
            completionCandidates = DeviceName.class,
            description = "auto, cpu, cuda or cuda:N.")
    private Device device = Device.AUTO;

    @Option(names = "--threads", paramLabel = "N", description = "Threads inside an operator, on the CPU.")
    private int threads = LossOptions.defaults().threads();

    @Option(
            names = "--reference-cache",
            paramLabel = "SIZE",
            converter = ByteSize.class,
            description =
                    "How much of references' features is kept on the CPU for later requests, such as 1G; 0 for none."
                            + " Default: 256M.",
            showDefaultValue = CommandLine.Help.Visibility.NEVER)
    private long referenceCache = LossOptions.DEFAULT_REFERENCE_CACHE;

    @Option(names = "--max-body", paramLabel = "BYTES", description = "The largest body that is read.")
    private int maxBody = ServerLimits.defaults().maxBodyBytes();

    @Option(names = "--concurrency", paramLabel = "N", description = "Requests that are scored at once, 1 to 1000.")
    private int concurrency = ServerLimits.defaults().concurrency();

    @Option(
            names = "--queue",
            paramLabel = "N",
            description = "Requests that may wait, 0 to 10000; the next is answered with 503.")
    private int queue = ServerLimits.defaults().queue();

    @Option(
            names = "--stop-timeout",
            paramLabel = "SECONDS",
            description = "How long TERM waits for requests that were admitted, 0 to 86400.")
    private long stopTimeout = ServerLimits.defaults().stopTimeout().toSeconds();

    @Option(names = "--debug", description = "Print stack traces of what ends the program.")
    private boolean debug;

    @Mixin
    private MemoryBudget memory = new MemoryBudget();

    @Mixin
    private PictureOptions pictures = new PictureOptions();

    @Mixin
    private NativeFolder natives = new NativeFolder();

    @Mixin
    private KernelOption kernels = new KernelOption();

    @Mixin
    private GpuOptions gpu = new GpuOptions();

    private Main() {}

    /** Runs until it is told to stop. */
    public static void main(String[] arguments) {
        System.exit(new Main().run(arguments));
    }

    private int run(String[] arguments) {
        try {
            return new CommandLine(this)
                    .setParameterExceptionHandler(Main::usageError)
                    .setExecutionExceptionHandler((e, command, parsed) -> internalError(e))
                    .execute(arguments);
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
        natives.use();
        PerceptServer server;
        try {
            ServerConfig config = config();
            server = PerceptServer.start(config, () -> {
                PerceptualLoss loss = load(config);
                stop.arm();
                return loss;
            });
        } catch (IllegalArgumentException e) {
            return fail(USAGE, e);
        } catch (ModelException e) {
            return fail(MODEL, e);
        } catch (DeviceException e) {
            return fail(DEVICE, e);
        } catch (ListenException e) {
            return fail(ADDRESS, e);
        }
        announce(server);
        stop.await();
        return stop(server);
    }

    private PerceptualLoss load(ServerConfig config) {
        Backbone backbone = Backbone.open(config.model());
        gpu.requireFit(backbone);
        return PerceptualLoss.load(backbone, config.options());
    }

    private ServerConfig config() {
        LossOptions defaults = LossOptions.defaults();
        LossOptions options = kernels.applyTo(gpu.applyTo(memory.applyTo(
                        defaults.withDevice(device).withThreads(threads).withReferenceCacheBytes(referenceCache))))
                .withImages(pictures.applyTo(defaults.images()));
        ServerLimits limits = ServerLimits.defaults()
                .withMaxBodyBytes(maxBody)
                .withAdmission(concurrency, queue)
                .withStopTimeout(Duration.ofSeconds(stopTimeout));
        String name = model == null ? PerceptHome.ofUser().defaultModel() : model;
        return ServerConfig.defaults()
                .withAddress(host, port)
                .withAllowRemote(allowRemote)
                .withModel(name, options)
                .withLimits(limits);
    }

    private static void announce(PerceptServer server) {
        PerceptualLoss loss = server.loss();
        if (loss.backbone().spec().weights().random()) {
            System.err.println("warning: the weights of the model "
                    + loss.backbone().name() + " are random; its scores mean nothing");
        }
        Provenance.Execution execution = loss.execution();
        if (execution.fallback() != null) {
            System.err.println("note: running on " + execution.provider() + ": " + execution.fallback());
        }
        String precision = execution.precision() == Precision.FP32
                ? ""
                : ", " + execution.precision().id();
        System.out.println("Percept listens on " + server.address() + " (model "
                + loss.backbone().name() + ", " + execution.provider() + precision + ")");
        System.out.flush();
    }

    private int stop(PerceptServer server) throws InterruptedException, ExecutionException {
        // A thread inside native code can't be interrupted, and closing the model waits for it.
        FutureTask<Boolean> stopping = new FutureTask<>(server::stop);
        Thread stopper = new Thread(stopping, "percept-stop");
        stopper.setDaemon(true);
        stopper.start();
        try {
            Duration patience = Duration.ofSeconds(stopTimeout).plus(STOP_MARGIN);
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
