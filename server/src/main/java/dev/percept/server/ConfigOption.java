package dev.percept.server;

import java.nio.file.Path;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;

/** {@code --config}, a mixin of {@link Main}: the one option that must be known before the others. */
final class ConfigOption {
    static final String NAME = "--config";
    static final String VARIABLE = Settings.PREFIX + "CONFIG";

    @Option(
            names = NAME,
            paramLabel = "FILE",
            description = "Take options from this file, such as port=8080, one a line. Variables go before it"
                    + " (PERCEPT_SERVE_PORT), and the command line before both.")
    private @Nullable Path file;

    /**
     * The settings that a command line and the environment bring with them.
     *
     * @throws IllegalArgumentException as {@link Settings}
     */
    Settings read(CommandSpec command, String[] arguments, Map<String, String> environment) {
        ConfigOption given = new ConfigOption();
        new CommandLine(given).setUnmatchedArgumentsAllowed(true).parseArgs(arguments);
        String variable = environment.get(VARIABLE);
        Path named = variable == null ? null : Path.of(variable);
        return new Settings(command, given.file == null ? named : given.file, environment);
    }
}
