package dev.percept.server;

import java.time.Duration;
import picocli.CommandLine.Option;

/** How much the program takes on: a mixin of {@link Main}. */
final class LimitOptions {
    private static final ServerLimits DEFAULTS = ServerLimits.defaults();

    @Option(names = "--max-body", paramLabel = "BYTES", description = "The largest body that is read.")
    private int maxBody = DEFAULTS.maxBodyBytes();

    @Option(names = "--concurrency", paramLabel = "N", description = "Requests that are scored at once, 1 to 1000.")
    private int concurrency = DEFAULTS.concurrency();

    @Option(
            names = "--queue",
            paramLabel = "N",
            description = "Requests that may wait, 0 to 10000; the next is answered with 503.")
    private int queue = DEFAULTS.queue();

    @Option(
            names = "--stop-timeout",
            paramLabel = "SECONDS",
            description = "How long TERM waits for requests that were admitted, 0 to 86400.")
    private long stopTimeout = DEFAULTS.stopTimeout().toSeconds();

    /**
     * This configuration with the given limits.
     *
     * @throws IllegalArgumentException if one is out of range
     */
    ServerConfig applyTo(ServerConfig config) {
        return config.withLimits(config.limits()
                .withMaxBodyBytes(maxBody)
                .withAdmission(concurrency, queue)
                .withStopTimeout(Duration.ofSeconds(stopTimeout)));
    }
}
