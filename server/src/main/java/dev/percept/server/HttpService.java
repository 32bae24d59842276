package dev.percept.server;

import io.javalin.Javalin;
import io.javalin.compression.CompressionStrategy;
import io.javalin.config.JavalinConfig;
import io.javalin.http.Context;
import io.javalin.http.HttpResponseException;
import io.javalin.http.MethodNotAllowedResponse;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.Objects;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.NetworkConnectionLimit;
import org.eclipse.jetty.server.SecureRequestCustomizer;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.server.SslConnectionFactory;
import org.eclipse.jetty.server.handler.GracefulHandler;
import org.eclipse.jetty.util.ssl.SslContextFactory;
import org.eclipse.jetty.util.thread.QueuedThreadPool;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Javalin and Jetty, set up: the routes, what becomes of exceptions, and how it is stopped. */
final class HttpService {
    static final String JSON = "application/json;charset=utf-8";

    private static final Logger LOG = LoggerFactory.getLogger(HttpService.class);
    private static final String REQUEST_ID = "percept.request-id";

    /** Threads beside those that read bodies: for accepting and selecting, and so that health always has one. */
    private static final int SPARE_THREADS = 24;

    /** How long a connection on which nothing happens is kept while others wait to be taken. */
    private static final long IDLE_AT_LIMIT_MILLIS = 5000;

    /** How long a connection without a request is kept open at the end. */
    private static final long IDLE_AT_STOP_MILLIS = 200;

    private final ServerState state;
    private final ScoreEndpoint score;
    private final HeatmapEndpoint heatmap;
    private final FeaturesEndpoint features;
    private final ReferenceEndpoints references;
    private final ModelsEndpoint models;
    private final PageEndpoint page = new PageEndpoint();
    private final OpenApiEndpoint openApi = new OpenApiEndpoint();
    private final HealthEndpoints health;
    private final Metrics metrics;
    private final ServerLimits limits;
    private final Gate gate;
    private final Browsers browsers;
    private final QueuedThreadPool threads;
    private final LingeringClose lingeringClose = new LingeringClose();

    HttpService(
            ServerState state,
            Intake intake,
            QueuedThreadPool threads,
            ServerLimits limits,
            Metrics metrics,
            Gate gate,
            Browsers browsers) {
        this.state = state;
        this.threads = threads;
        References kept = new References(limits.referenceBytes());
        metrics.observe(kept);
        this.score = new ScoreEndpoint(state, intake, kept);
        this.references = new ReferenceEndpoints(state, intake, kept);
        this.heatmap = new HeatmapEndpoint(state, intake, kept);
        this.features = new FeaturesEndpoint(state, intake);
        this.models = new ModelsEndpoint(state, gate);
        this.health = new HealthEndpoints(state);
        this.metrics = metrics;
        this.limits = limits;
        this.gate = gate;
        this.browsers = browsers;
    }

    /** The web server's threads. None waits for a model. */
    static QueuedThreadPool threads() {
        QueuedThreadPool threads = new QueuedThreadPool(Admission.MOST_RECEIVING + SPARE_THREADS);
        threads.setName("percept-http");
        return threads;
    }

    /** A Javalin that isn't started; it will listen on the address at which the connector was opened. */
    Javalin create(String host, int port, SslContextFactory.@Nullable Server tls) {
        return Javalin.create(config -> {
            configure(config);
            listen(config, host, port, tls);
            routes(config);
        });
    }

    private void configure(JavalinConfig config) {
        config.startup.showJavalinBanner = false;
        config.startup.showOldJavalinVersionWarning = false;
        config.startup.startupWatcherEnabled = false;
        config.http.prefer405over404 = true;
        config.http.compressionStrategy = CompressionStrategy.NONE;
        config.requestLogger.http(RequestLog::log);
        config.router.javaLangErrorHandler(this::answerError);
        config.jetty.threadPool = threads;
        config.jetty.modifyServer(server -> {
            server.setErrorHandler(new JettyErrors());
            NetworkConnectionLimit connections = new NetworkConnectionLimit(limits.connections(), server);
            connections.setEndPointIdleTimeout(IDLE_AT_LIMIT_MILLIS);
            server.addBean(connections);
            // Javalin's stop() kills requests in flight unless Jetty counts them (javalin#2332).
            GracefulHandler graceful = new GracefulHandler();
            graceful.setShutdownIdleTimeout(IDLE_AT_STOP_MILLIS);
            server.insertHandler(graceful);
            server.setStopTimeout(limits.stopTimeout().toMillis());
        });
    }

    private static void listen(JavalinConfig config, String host, int port, SslContextFactory.@Nullable Server tls) {
        config.jetty.addConnector((server, http) -> {
            HttpConnectionFactory plain = new HttpConnectionFactory(http);
            ServerConnector connector;
            if (tls == null) {
                connector = new ServerConnector(server, plain);
            } else {
                // Which names the certificate is good for is the client's to check.
                http.addCustomizer(new SecureRequestCustomizer(false));
                connector = new ServerConnector(server, new SslConnectionFactory(tls, plain.getProtocol()), plain);
            }
            connector.setHost(host);
            connector.setPort(port);
            return connector;
        });
    }

    private void routes(JavalinConfig config) {
        config.routes.before(this::begin);
        config.routes.beforeMatched(gate::pass);
        config.routes.post("/v1/score", metrics.timed("score", "scored", score::handle));
        config.routes.post("/v1/heatmap", metrics.timed("heatmap", "drawn", heatmap::handle));
        config.routes.post("/v1/features", metrics.timed("features", "computed", features::handle));
        config.routes.put(ReferenceEndpoints.PATH, metrics.timed("reference", "kept", references::put));
        config.routes.head(ReferenceEndpoints.PATH + "/{" + ReferenceEndpoints.ID + "}", references::head);
        config.routes.delete(ReferenceEndpoints.PATH + "/{" + ReferenceEndpoints.ID + "}", references::delete);
        config.routes.get("/v1/models", models::handle);
        config.routes.post(
                "/v1/models/{" + ModelsEndpoint.NAME + "}/reload", metrics.timed("reload", "reloaded", models::reload));
        config.routes.get("/openapi.yaml", openApi::handle, Gate.Access.OPEN);
        config.routes.get("/health/live", health::live, Gate.Access.OPEN);
        config.routes.get("/health/ready", health::ready, Gate.Access.OPEN);
        // Javalin answers HEAD with 200 where there is a GET, without asking it.
        config.routes.head("/health/ready", health::ready, Gate.Access.OPEN);
        config.routes.get("/metrics", metrics::answer);
        config.routes.get("/", page::page, Gate.Access.OPEN);
        config.routes.get("/page/{file}", page::part, Gate.Access.OPEN);
        config.routes.exception(ProblemException.class, (e, context) -> answer(context, e.problem()));
        config.routes.exception(HttpResponseException.class, this::answerJavalin);
        config.routes.exception(Exception.class, this::answerUnexpected);
    }

    private void begin(Context context) {
        String id = RequestId.of(context.header(RequestId.HEADER));
        context.attribute(REQUEST_ID, id);
        context.header(RequestId.HEADER, id);
        if (state.phase() == Phase.STOPPING) {
            context.header("Connection", "close");
        }
        if (browsers.pass(context)) {
            context.skipRemainingHandlers();
        }
    }

    static String requestId(Context context) {
        return Objects.requireNonNull(context.attribute(REQUEST_ID));
    }

    private void answer(Context context, Problem problem) {
        metrics.answered(problem);
        byte[] body = problem.toJson(requestId(context));
        context.status(problem.status()).contentType(Problem.CONTENT_TYPE);
        if (problem.retryAfter() > 0) {
            context.header("Retry-After", Long.toString(problem.retryAfter()));
        }
        try {
            if (LingeringClose.isBodyUnread(context.req())) {
                context.header("Connection", "close");
                context.res().setContentLength(body.length);
                context.res().getOutputStream().write(body);
                context.res().flushBuffer();
                lingeringClose.discardBody(context.req());
            } else {
                context.result(body);
            }
        } catch (IOException e) {
            LOG.debug("request {}: the client has gone", requestId(context), e);
        }
    }

    private void answerJavalin(HttpResponseException e, Context context) {
        if (e instanceof MethodNotAllowedResponse) {
            String allowed = Objects.requireNonNullElse(
                    e.getDetails()
                            .getOrDefault("availableMethods", e.getDetails().get("Available methods")),
                    "");
            context.header("Allow", allowed);
            answer(context, Problem.wrongMethod(allowed));
        } else {
            answer(context, Problem.ofStatus(e.getStatus()));
        }
    }

    private void answerUnexpected(Exception e, Context context) {
        if (state.phase() == Phase.STOPPING) {
            // The model was closed under a request that was not done within the stop timeout.
            answer(context, Problem.notReady(Phase.STOPPING));
            return;
        }
        LOG.error("request {} failed", requestId(context), e);
        answer(context, Problem.internal());
    }

    private void answerError(HttpServletResponse response, Error error) {
        String id = RequestId.of(response.getHeader(RequestId.HEADER));
        LOG.error("request {} failed", id, error);
        Problem problem = Problem.internal();
        response.setStatus(problem.status());
        response.setContentType(Problem.CONTENT_TYPE);
        try {
            response.getOutputStream().write(problem.toJson(id));
        } catch (IOException | IllegalStateException e) {
            LOG.debug("request {} can't be answered", id, e);
        }
    }
}
