package dev.percept.server;

import java.io.IOException;
import java.io.Reader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Properties;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

/**
 * Values of options that are not given on the command line: from the environment ({@code PERCEPT_SERVE_MAX_BODY} for
 * {@code --max-body}), else from a file of properties ({@code max-body=…}). A name that is no option's is an error.
 */
final class Settings implements CommandLine.IDefaultValueProvider {
    static final String PREFIX = "PERCEPT_SERVE_";

    /** Options of the command line only. */
    private static final List<String> UNSETTABLE = List.of("--help", "--version", ConfigOption.NAME);

    private final Map<String, String> values = new TreeMap<>();

    /**
     * For options of this command.
     *
     * @param file of properties, if any
     * @throws IllegalArgumentException if the file can't be read, or has a name that is no option's, or the environment has; the
     *     message tells no value
     */
    Settings(CommandSpec command, @Nullable Path file, Map<String, String> environment) {
        Map<String, String> variables = new TreeMap<>();
        for (OptionSpec option : settable(command)) {
            variables.put(variable(option), option.longestName());
        }
        if (file != null) {
            readFile(file, variables);
        }
        environment.forEach((name, value) -> {
            String option = variables.get(name);
            if (option != null) {
                values.put(option, value);
            } else if (name.startsWith(PREFIX)
                    && !name.equals(ConfigOption.VARIABLE)
                    && !name.equals(SecurityOptions.KEY_VARIABLE)) {
                throw new IllegalArgumentException("there is no option for the variable " + name
                        + "; unset it, or see percept serve --help for what there is");
            }
        });
    }

    /** The options that have a variable and a name in the file, in the order of the help. */
    static List<OptionSpec> settable(CommandSpec command) {
        return command.options().stream()
                .filter(option -> !UNSETTABLE.contains(option.longestName()))
                .toList();
    }

    /** {@code PERCEPT_SERVE_MAX_BODY} of {@code --max-body}. */
    static String variable(OptionSpec option) {
        return PREFIX + key(option.longestName()).replace('-', '_').toUpperCase(Locale.ROOT);
    }

    private static String key(String name) {
        return name.substring("--".length());
    }

    private void readFile(Path file, Map<String, String> variables) {
        Properties properties = new Properties();
        try (Reader reader = Files.newBufferedReader(file, StandardCharsets.UTF_8)) {
            properties.load(reader);
        } catch (IOException | IllegalArgumentException e) {
            throw new IllegalArgumentException(
                    ConfigOption.NAME + ": " + file + " can't be read ("
                            + e.getClass().getSimpleName()
                            + "); it takes a file of properties in UTF-8, such as port=8080",
                    e);
        }
        for (String name : properties.stringPropertyNames()) {
            if (!variables.containsValue("--" + name)) {
                throw new IllegalArgumentException(ConfigOption.NAME + ": " + file + ": there is no option '" + name
                        + "'; names are those of percept serve --help, without the hyphens before them");
            }
            values.put("--" + name, properties.getProperty(name));
        }
    }

    @Override
    public @Nullable String defaultValue(ArgSpec argument) {
        return argument instanceof OptionSpec option ? values.get(option.longestName()) : null;
    }
}
