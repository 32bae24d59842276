package dev.percept.server;

import dev.percept.PerceptualLoss;
import dev.percept.Provenance;
import dev.percept.ReferenceCacheUse;
import io.javalin.http.Context;
import io.javalin.http.Handler;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.DistributionSummary;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MultiGauge;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.Timer;
import io.micrometer.core.instrument.binder.jvm.JvmGcMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmThreadMetrics;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;

/**
 * What {@code GET /metrics} answers: models and their devices, the requests for scores, and the JVM. Labels have few values, none of them a
 * path or a text of the client's. Thread-safe.
 */
final class Metrics implements AutoCloseable {
    private static final String CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8";
    private static final String MODEL = "model";

    private final ServerState state;
    private final PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    private final JvmGcMetrics collections = new JvmGcMetrics();
    private final MultiGauge device;
    private final Timer decodes;

    Metrics(ServerState state) {
        this.state = state;
        this.decodes = Timer.builder("percept.decode")
                .description("Decoding one candidate, and its reference with the first.")
                .register(registry);
        this.device = MultiGauge.builder("percept.device.info")
                .description("Where a model runs: 1, once it is loaded.")
                .register(registry);
        new JvmMemoryMetrics().bindTo(registry);
        new JvmThreadMetrics().bindTo(registry);
        collections.bindTo(registry);
    }

    /** Shows a model, whichever one is in its place. */
    void observe(ServedModel model) {
        ofModel("percept.device.fallback", model, loss -> loss.execution().fallback() == null ? 0 : 1)
                .description("1 while the device 'auto' is the CPU because the GPU could not be used.")
                .register(registry);
        ofModel("percept.device.lost", model, loss -> loss.lost() == null ? 0 : 1)
                .description("1 once the GPU is lost: nothing is scored until the server is started again.")
                .register(registry);
        ofModel("percept.reference.cache", model, loss -> loss.referenceCache().bytes())
                .description("What references' features take that are kept for later requests.")
                .baseUnit("bytes")
                .register(registry);
        references("hit", model, ReferenceCacheUse::hits);
        references("miss", model, ReferenceCacheUse::misses);
        waits(model.name());
        runs(model.name());
        batches(model.name());
    }

    private static Gauge.Builder<ServedModel> ofModel(
            String name, ServedModel model, ToDoubleFunction<PerceptualLoss> value) {
        return Gauge.builder(name, model, served -> value.applyAsDouble(served.loss()))
                .tag(MODEL, model.name());
    }

    private void references(String result, ServedModel model, ToDoubleFunction<ReferenceCacheUse> count) {
        FunctionCounter.builder(
                        "percept.references",
                        model,
                        served -> count.applyAsDouble(served.loss().referenceCache()))
                .description("References that were evaluated as a whole: features that were kept, or computed.")
                .tag(MODEL, model.name())
                .tag("result", result)
                .register(registry);
    }

    private Timer waits(String model) {
        return Timer.builder("percept.wait")
                .description("From when the first pair of a batch was decoded until it ran.")
                .tag(MODEL, model)
                .register(registry);
    }

    private Timer runs(String model) {
        return Timer.builder("percept.run")
                .description("Running a batch on a model.")
                .tag(MODEL, model)
                .register(registry);
    }

    private DistributionSummary batches(String model) {
        return DistributionSummary.builder("percept.batch")
                .description("Pairs that ran together.")
                .baseUnit("pairs")
                .tag(MODEL, model)
                .register(registry);
    }

    /** What is asked for work that takes a while. */
    interface Endpoint {
        /**
         * Begins with a request.
         *
         * @return what completes when the answer is set, or fails with what is to be answered instead
         * @throws ProblemException if the request is refused
         */
        CompletableFuture<Void> handle(Context context);
    }

    /**
     * A handler whose requests are counted and timed by outcome: {@code scored}, or the last part of their problem's type.
     *
     * @param name of what it does, which the series is called by
     * @param done what the outcome is called if there is no problem
     */
    Handler timed(String name, String done, Endpoint endpoint) {
        requests(name, done);
        return context -> {
            Timer.Sample sample = Timer.start(registry);
            CompletableFuture<Void> answered;
            try {
                answered = endpoint.handle(context);
            } catch (Throwable e) {
                sample.stop(requests(name, outcome(done, e)));
                throw e;
            }
            context.future(() ->
                    answered.whenComplete((nothing, error) -> sample.stop(requests(name, outcome(done, error)))));
        };
    }

    private static String outcome(String done, @Nullable Throwable error) {
        Throwable cause = error instanceof CompletionException wrapped ? wrapped.getCause() : error;
        if (cause == null) {
            return done;
        }
        return cause instanceof ProblemException known
                ? known.problem().id()
                : Problem.internal().id();
    }

    private Timer requests(String name, String outcome) {
        return Timer.builder("percept." + name)
                .description("Requests, from their header on until the answer is ready.")
                .tag("outcome", outcome)
                .register(registry);
    }

    /** Notes that a request was answered with a problem, whatever it was for. */
    void answered(Problem problem) {
        Counter.builder("percept.problems")
                .description("Requests that were answered with a problem.")
                .tag("type", problem.id())
                .register(registry)
                .increment();
    }

    /** Shows what waits. */
    void observe(Admission admission, Scheduler scheduler) {
        gauge("percept.queue.requests", "Requests that are admitted and not answered.", admission, Admission::taken);
        gauge(
                "percept.queue.pixels",
                "Pixels of their pictures that are not scored yet.",
                admission,
                Admission::pixels);
        gauge("percept.queue.bytes", "Bytes of their bodies.", admission, Admission::bytes);
        gauge("percept.decoded.pixels", "Pixels in memory.", scheduler, Scheduler::held);
    }

    /** Shows what is kept for later. */
    void observe(References references) {
        gauge("percept.stored.references", "References that clients sent for later.", references, References::count);
        gauge("percept.stored.references.bytes", "What their files take.", references, References::bytes);
    }

    private <T> void gauge(String name, String description, T of, ToDoubleFunction<T> value) {
        Gauge.builder(name, of, value).description(description).register(registry);
    }

    /** Notes that a picture, or a pair, was decoded. */
    void decoded(long nanos) {
        decodes.record(nanos, TimeUnit.NANOSECONDS);
    }

    /**
     * Notes that a batch begins to run.
     *
     * @param nanos that its first pair waited since it was decoded
     */
    void starts(String model, int pairs, long nanos) {
        batches(model).record(pairs);
        waits(model).record(nanos, TimeUnit.NANOSECONDS);
    }

    /** Notes that a batch has run. */
    void ran(String model, long nanos) {
        runs(model).record(nanos, TimeUnit.NANOSECONDS);
    }

    /** One at a time: the rows that tell of devices are written anew, since a provider may have changed. */
    synchronized void answer(Context context) {
        device.register(
                state.models().stream().<MultiGauge.Row<?>>map(Metrics::row).toList(), true);
        context.contentType(CONTENT_TYPE).result(registry.scrape());
    }

    private static MultiGauge.Row<?> row(ServedModel model) {
        Provenance.Execution execution = model.loss().execution();
        Tags tags = Tags.of(
                MODEL,
                model.name(),
                "requested",
                execution.requested().toString(),
                "provider",
                execution.provider(),
                "precision",
                execution.precision().id());
        return MultiGauge.Row.of(tags, 1);
    }

    @Override
    public void close() {
        collections.close();
        registry.close();
    }
}
