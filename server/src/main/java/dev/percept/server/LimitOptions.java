package dev.percept.server;

import dev.percept.terminal.ByteSize;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Option;

/** How much the program takes on: a mixin of {@link Main}. */
final class LimitOptions {
    private static final ServerLimits DEFAULTS = ServerLimits.defaults();

    @Option(names = "--max-body", paramLabel = "BYTES", description = "The largest body that is read.")
    private int maxBody = DEFAULTS.maxBodyBytes();

    @Option(
            names = "--queue-pixels",
            paramLabel = "N",
            description = "Pixels of all pictures that are admitted and not scored yet;"
                    + " the next request is answered with 503.")
    private long queuePixels = DEFAULTS.queuePixels();

    @Option(
            names = "--concurrency",
            paramLabel = "N",
            description = "Batches that run at once, 1 to 64."
                    + " Default: 2, but 1 of a model that keeps all processors busy by itself.")
    private @Nullable Integer concurrency;

    @Option(names = "--batch", paramLabel = "N", description = "The most pairs that run as one batch, 1 to 1024.")
    private int batch = DEFAULTS.batch();

    @Option(
            names = "--batch-delay",
            paramLabel = "MS",
            description = "How long a pair waits for others on their way to run with it, 0 to 1000.")
    private long batchDelay = DEFAULTS.batchDelay().toMillis();

    @Option(
            names = "--references",
            paramLabel = "SIZE",
            converter = ByteSize.class,
            description =
                    "How much of references' files is kept that clients send once for many requests, such as 1G; 0 for none."
                            + " Default: 64M.",
            showDefaultValue = CommandLine.Help.Visibility.NEVER)
    private long references = DEFAULTS.referenceBytes();

    @Option(
            names = "--connections",
            paramLabel = "N",
            description = "Connections that are open at once, 1 to 100000; the next ones wait.")
    private int connections = DEFAULTS.connections();

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
                .withQueuePixels(queuePixels)
                .withConcurrency(concurrency)
                .withBatch(batch, Duration.ofMillis(batchDelay))
                .withReferenceBytes(references)
                .withConnections(connections)
                .withStopTimeout(Duration.ofSeconds(stopTimeout)));
    }
}
