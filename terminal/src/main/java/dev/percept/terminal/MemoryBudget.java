package dev.percept.terminal;

import dev.percept.LossOptions;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** {@code --memory}, a mixin for every command that scores. */
public final class MemoryBudget {
    @Option(
            names = "--memory",
            paramLabel = "SIZE",
            converter = ByteSize.class,
            description =
                    "What evaluating a picture on the CPU may take, such as 2G: larger ones are evaluated in windows."
                            + " Default: half of what is left beside the Java heap, at most 1024M.")
    private @Nullable Long bytes;

    /**
     * The options with this budget, if one was given.
     *
     * @throws IllegalArgumentException if it is nothing at all
     */
    public LossOptions applyTo(LossOptions options) {
        if (bytes == null) {
            return options;
        }
        if (bytes == 0) {
            throw new IllegalArgumentException("--memory takes more than nothing");
        }
        return options.withMemoryBytes(bytes);
    }
}
