package dev.percept.server;

import dev.percept.PerceptualLoss;
import dev.percept.Provenance;
import dev.percept.ReferenceCacheUse;
import io.javalin.http.Context;
import io.javalin.http.Handler;
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
import java.util.List;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;

/**
 * What {@code GET /metrics} answers: the device, the requests for scores, and the JVM. Labels have few values, none of them a
 * path or a text of the client's. Thread-safe.
 */
final class Metrics implements AutoCloseable {
    private static final String CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8";
    private static final String SCORED = "scored";

    private final ServerState state;
    private final PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    private final JvmGcMetrics collections = new JvmGcMetrics();
    private final MultiGauge device;

    Metrics(ServerState state) {
        this.state = state;
        this.device = MultiGauge.builder("percept.device.info")
                .description("Where the model runs: 1, once it is loaded.")
                .register(registry);
        Gauge.builder("percept.device.fallback", this, Metrics::fallback)
                .description("1 while the device 'auto' is the CPU because the GPU could not be used.")
                .register(registry);
        Gauge.builder("percept.device.lost", this, Metrics::lost)
                .description("1 once the GPU is lost: nothing is scored until the server is started again.")
                .register(registry);
        references("hit", ReferenceCacheUse::hits);
        references("miss", ReferenceCacheUse::misses);
        Gauge.builder(
                        "percept.reference.cache",
                        this,
                        metrics -> metrics.cacheUse().bytes())
                .description("What references' features take that are kept for later requests.")
                .baseUnit("bytes")
                .register(registry);
        requests(SCORED);
        new JvmMemoryMetrics().bindTo(registry);
        new JvmThreadMetrics().bindTo(registry);
        collections.bindTo(registry);
    }

    private double fallback() {
        Provenance.Execution execution = execution();
        return execution != null && execution.fallback() != null ? 1 : 0;
    }

    private double lost() {
        PerceptualLoss loss = state.loss();
        return loss != null && loss.lost() != null ? 1 : 0;
    }

    private ReferenceCacheUse cacheUse() {
        PerceptualLoss loss = state.loss();
        return loss == null ? ReferenceCacheUse.NONE : loss.referenceCache();
    }

    private void references(String result, ToDoubleFunction<ReferenceCacheUse> count) {
        FunctionCounter.builder("percept.references", this, metrics -> count.applyAsDouble(metrics.cacheUse()))
                .description("References that were evaluated as a whole: features that were kept, or computed.")
                .tag("result", result)
                .register(registry);
    }

    private Provenance.@Nullable Execution execution() {
        PerceptualLoss loss = state.loss();
        return loss == null ? null : loss.execution();
    }

    private Timer requests(String outcome) {
        return Timer.builder("percept.score")
                .description("Requests for scores, from their header on until the answer is ready.")
                .tag("outcome", outcome)
                .register(registry);
    }

    /** A handler whose requests are counted and timed by outcome: {@code scored}, or the last part of their problem's type. */
    Handler timed(Handler handler) {
        return context -> {
            Timer.Sample sample = Timer.start(registry);
            String outcome = Problem.internal().id();
            try {
                handler.handle(context);
                outcome = SCORED;
            } catch (ProblemException e) {
                outcome = e.problem().id();
                throw e;
            } finally {
                sample.stop(requests(outcome));
            }
        };
    }

    /** One at a time: the row that tells of the device is written anew, since the provider may have changed. */
    synchronized void answer(Context context) {
        Provenance.Execution execution = execution();
        device.register(execution == null ? List.of() : List.of(row(execution)), true);
        context.contentType(CONTENT_TYPE).result(registry.scrape());
    }

    private static MultiGauge.Row<?> row(Provenance.Execution execution) {
        Tags tags = Tags.of(
                "requested", execution.requested().toString(),
                "provider", execution.provider(),
                "precision", execution.precision().id());
        return MultiGauge.Row.of(tags, 1);
    }

    @Override
    public void close() {
        collections.close();
        registry.close();
    }
}
