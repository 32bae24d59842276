package dev.percept.server;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogManager;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import picocli.CommandLine;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

/** What the program logs on stderr, and how: a mixin of {@link Main}. */
final class LogOptions {
    /** Held, since java.util.logging forgets the levels of loggers that nobody holds. */
    private static final Logger OURS = Logger.getLogger("dev.percept");

    private static final Logger JAVALIN = Logger.getLogger("io.javalin");

    @Option(
            names = "--log-format",
            paramLabel = "FORMAT",
            converter = Formats.class,
            completionCandidates = Formats.class,
            description = "How lines of the log are written to stderr: text, the default, or json, an object a line.",
            showDefaultValue = CommandLine.Help.Visibility.NEVER)
    private LogFormat format = LogFormat.TEXT;

    @Option(
            names = "--log-level",
            paramLabel = "LEVEL",
            converter = Levels.class,
            completionCandidates = Levels.class,
            description = "What is logged: error; warn; info, the default: every request but those for health and the"
                    + " page; or debug.",
            showDefaultValue = CommandLine.Help.Visibility.NEVER)
    private Level level = Level.INFO;

    /** Has everything that is logged from now on written so. */
    void install() {
        LogManager.getLogManager().reset();
        Logger root = Logger.getLogger("");
        root.setLevel(level.intValue() > Level.WARNING.intValue() ? level : Level.WARNING);
        OURS.setLevel(level);
        // Percept answers and logs what Javalin would only log.
        JAVALIN.setLevel(Level.OFF);
        Handler handler = new StandardError();
        handler.setFormatter(new LogLines(format));
        root.addHandler(handler);
    }

    /** Writes each line at once and whole. */
    private static final class StandardError extends Handler {
        private final PrintStream out =
                new PrintStream(new FileOutputStream(FileDescriptor.err), true, StandardCharsets.UTF_8);

        @Override
        public void publish(LogRecord logged) {
            if (isLoggable(logged)) {
                out.print(getFormatter().format(logged));
                out.flush();
            }
        }

        @Override
        public void flush() {
            out.flush();
        }

        @Override
        public void close() {
            // It is the process's own.
        }
    }

    /** {@code --log-format}. */
    static final class Formats extends ArrayList<String> implements ITypeConverter<LogFormat> {
        private static final long serialVersionUID = 1L;

        Formats() {
            super(List.of("text", "json"));
        }

        @Override
        public LogFormat convert(String value) {
            if (!contains(value)) {
                throw new TypeConversionException("'" + value + "' is none of " + String.join(", ", this));
            }
            return LogFormat.valueOf(value.toUpperCase(Locale.ROOT));
        }
    }

    /** {@code --log-level}. */
    static final class Levels extends ArrayList<String> implements ITypeConverter<Level> {
        private static final long serialVersionUID = 1L;

        Levels() {
            super(List.of("error", "warn", "info", "debug"));
        }

        @Override
        public Level convert(String value) {
            return switch (value) {
                case "error" -> Level.SEVERE;
                case "warn" -> Level.WARNING;
                case "info" -> Level.INFO;
                case "debug" -> Level.FINE;
                default -> throw new TypeConversionException("'" + value + "' is none of " + String.join(", ", this));
            };
        }
    }
}
