package dev.percept.server;

import dev.percept.PerceptualLoss;
import io.javalin.Javalin;
import io.javalin.util.JavalinException;
import java.net.InetAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import org.eclipse.jetty.util.ssl.SslContextFactory;
import org.eclipse.jetty.util.thread.QueuedThreadPool;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The HTTP service, inside any JVM. {@link Main} is the program around it.
 *
 * <pre>{@code
 * ServerConfig config = ServerConfig.defaults().withAddress("127.0.0.1", 0);
 * try (PerceptServer server = PerceptServer.start(config)) {
 *     URI score = server.address().resolve("/v1/score");
 * }
 * }</pre>
 *
 * <p>Thread-safe. It holds models, and so native memory, until it is closed.
 */
public final class PerceptServer implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(PerceptServer.class);

    private final ServerConfig config;
    private final ServerState state = new ServerState();
    private final Metrics metrics = new Metrics(state);
    private final Admission admission;
    private final Scheduler scheduler;
    private final ScheduledThreadPoolExecutor clock = new ScheduledThreadPoolExecutor(1, run -> {
        Thread thread = new Thread(run, "percept-clock");
        thread.setDaemon(true);
        return thread;
    });
    private final Javalin javalin;
    private final AtomicBoolean closing = new AtomicBoolean();

    private PerceptServer(ServerConfig config, boolean loopback, SslContextFactory.@Nullable Server tls) {
        this.config = config;
        ServerLimits limits = config.limits();
        this.admission = new Admission(limits.queuePixels(), mostBytes(limits));
        this.scheduler = new Scheduler(admission, limits, metrics);
        metrics.observe(admission, scheduler);
        clock.setRemoveOnCancelPolicy(true);
        QueuedThreadPool threads = HttpService.threads();
        Intake intake = new Intake(admission, scheduler, limits, threads, clock);
        Gate gate = new Gate(config.security());
        Browsers browsers = new Browsers(config, loopback);
        this.javalin = new HttpService(state, intake, threads, limits, metrics, gate, browsers)
                .create(config.host(), config.port(), tls);
    }

    /** A quarter of the heap for bodies, but one of the largest at least. */
    private static long mostBytes(ServerLimits limits) {
        return Math.max(limits.maxBodyBytes(), Runtime.getRuntime().maxMemory() / 4);
    }

    /**
     * Starts a server, and returns when it is ready.
     *
     * @throws IllegalArgumentException if the host is unknown, or reached by other machines though there are no keys and that
     *     isn't allowed, or if TLS can't be had with the files, or if the options don't fit a model, or two models have one name
     * @throws ListenException if the address can't be listened on
     * @throws dev.percept.ModelException if a model is not fit to be run
     * @throws dev.percept.DeviceException if the device isn't to be had
     */
    public static PerceptServer start(ServerConfig config) throws ListenException {
        return start(config, config::load, () -> {});
    }

    /** Starts a server whose one model comes from somewhere else than its configuration says. */
    static PerceptServer start(ServerConfig config, Supplier<PerceptualLoss> model) throws ListenException {
        return start(config, ignored -> model.get(), () -> {});
    }

    /** Loads a model of a configuration. */
    interface Loader {
        PerceptualLoss load(ServerModel model);
    }

    /**
     * {@link #start(ServerConfig)}.
     *
     * @param loaded is called when all models are loaded, before anything is admitted
     */
    static PerceptServer start(ServerConfig config, Loader loader, Runnable loaded) throws ListenException {
        boolean loopback = requireAllowed(config);
        TlsFiles tls = config.security().tls();
        PerceptServer server = new PerceptServer(config, loopback, tls == null ? null : Tls.contextFactory(tls));
        // It listens before it loads: a port in use is known at once, and health can say that models are being
        // loaded.
        server.listen();
        try {
            server.load(loader, loaded);
            return server;
        } catch (RuntimeException | Error e) {
            server.close();
            throw e;
        }
    }

    /** Returns whether no other machine reaches the address. */
    private static boolean requireAllowed(ServerConfig config) {
        try {
            boolean loopback = InetAddress.getByName(config.host()).isLoopbackAddress();
            if (!loopback && !config.allowRemote() && config.security().keys().isEmpty()) {
                throw new IllegalArgumentException("other machines could reach " + config.host()
                        + ", and there are no keys; give some with --keys, keep to 127.0.0.1, or allow it with"
                        + " --allow-remote");
            }
            return loopback;
        } catch (UnknownHostException e) {
            throw new IllegalArgumentException("this machine knows no host '" + config.host() + "'", e);
        }
    }

    private void listen() throws ListenException {
        try {
            javalin.start();
        } catch (JavalinException e) {
            Throwable root = e;
            while (root.getCause() != null) {
                root = root.getCause();
            }
            throw new ListenException(
                    config.host() + ":" + config.port() + " can't be listened on (" + root.getMessage()
                            + "); end what uses it, or choose another --port (0 takes a free one)",
                    e);
        }
    }

    private void load(Loader loader, Runnable loaded) {
        List<ServedModel> models = new ArrayList<>();
        try {
            for (ServerModel each : config.models()) {
                models.add(load(loader, each, models));
            }
            loaded.run();
        } catch (Throwable e) {
            models.forEach(ServedModel::close);
            throw e;
        }
        models.forEach(metrics::observe);
        if (!state.becomeReady(models)) {
            models.forEach(ServedModel::close);
        }
    }

    private static ServedModel load(Loader loader, ServerModel model, List<ServedModel> others) {
        PerceptualLoss loss = loader.load(model);
        String name = model.alias() == null ? loss.backbone().name() : model.alias();
        if (others.stream().anyMatch(other -> other.name().equals(name))) {
            loss.close();
            throw ServerConfig.twice(name);
        }
        return new ServedModel(name, () -> loader.load(model), loss);
    }

    /** Where it listens, with the port that it really has. */
    public URI address() {
        String host = config.host().contains(":") ? "[" + config.host() + "]" : config.host();
        String scheme = config.security().tls() == null ? "http://" : "https://";
        return URI.create(scheme + host + ":" + javalin.port());
    }

    /**
     * The model that it scores with where a request names none.
     *
     * @throws IllegalStateException if this is closed
     */
    public PerceptualLoss loss() {
        return models().get(0).loss();
    }

    /** The models, the default first. */
    List<ServedModel> models() {
        try {
            return state.readyModels();
        } catch (ProblemException e) {
            throw new IllegalStateException("this server is closed", e);
        }
    }

    /**
     * Loads all models anew, one after the other, from what the configuration names; returns when that is done. Each serves until its
     * successor is loaded and has passed a warm-up. One that can't be replaced stays, and the log says why. One that is being reloaded
     * already is reloaded once more after that, however often this is called meanwhile. Before this is ready, and once
     * it is closed, nothing happens.
     */
    public void reload() {
        reload("reload()");
    }

    /**
     * {@link #reload()}.
     *
     * @param by who wants it, for the log
     */
    void reload(String by) {
        if (state.phase() != Phase.READY) {
            LOG.warn("{}: nothing is reloaded: {}", by, state.phase().reason());
            return;
        }
        for (ServedModel model : state.models()) {
            try {
                Reload.await(model, by);
            } catch (ProblemException e) {
                LOG.warn("{}: {}", by, e.problem().detail());
            }
        }
    }

    /** How many requests are admitted and not answered. */
    int admitted() {
        return admission.taken();
    }

    /**
     * Stops: from now on it is not ready and refuses requests; those that were admitted are finished and answered, for at
     * most {@link ServerLimits#stopTimeout()}; then the models are closed. Closing again does nothing.
     */
    @Override
    public void close() {
        stop();
    }

    /** {@link #close()}. Returns whether all that was admitted is answered; false as well while another thread is closing. */
    boolean stop() {
        if (closing.getAndSet(true)) {
            return false;
        }
        state.beginStop();
        try {
            int left = admission.drain(config.limits().stopTimeout());
            if (left > 0) {
                LOG.warn("{} of the admitted requests not finished within the stop timeout", left);
            }
            // Those that were waited for in vain are told so.
            scheduler.close();
            stopListening();
            return left == 0;
        } finally {
            clock.shutdownNow();
            metrics.close();
            state.closeModels();
        }
    }

    private void stopListening() {
        try {
            // What is still being written is finished as well; those that were waited for in vain are interrupted.
            javalin.stop();
        } catch (JavalinException e) {
            // Its own patience was over; it has closed what was left all the same.
            LOG.debug("the web server did not stop in order", e);
        }
    }
}
