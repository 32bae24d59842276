package dev.percept.server;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonObject;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.logging.Formatter;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import org.slf4j.MDC;

/** Writes a line of the log in one of the formats, with what stands in SLF4J's MDC of the thread that logs. */
final class LogLines extends Formatter {
    /** Always three digits, unlike {@link Instant#toString()}: sorting the text sorts the time. */
    private static final DateTimeFormatter TIME = DateTimeFormatter.ofPattern(
                    "yyyy-MM-dd'T'HH:mm:ss.SSS'Z'", Locale.ROOT)
            .withZone(ZoneOffset.UTC);

    private static final Set<String> NUMBERS = Set.of("status", "millis", "bytes_in", "bytes_out", "pixels");
    private static final Gson GSON = new GsonBuilder().disableHtmlEscaping().create();

    private final LogFormat format;

    LogLines(LogFormat format) {
        this.format = format;
    }

    @Override
    public String format(LogRecord logged) {
        Map<String, String> given = Objects.requireNonNullElse(MDC.getCopyOfContextMap(), Map.of());
        Map<String, String> notes = new TreeMap<>(given);
        return switch (format) {
            case TEXT -> text(logged, notes);
            case JSON -> json(logged, notes);
        };
    }

    private String text(LogRecord logged, Map<String, String> notes) {
        StringBuilder line = new StringBuilder()
                .append(time(logged))
                .append(' ')
                .append(level(logged))
                .append(' ')
                .append(shortName(logged))
                .append(" - ")
                .append(formatMessage(logged));
        notes.forEach((name, value) -> line.append(' ').append(name).append('=').append(value));
        return line.append('\n').append(trace(logged)).toString();
    }

    private String json(LogRecord logged, Map<String, String> notes) {
        JsonObject line = new JsonObject();
        line.addProperty("time", time(logged));
        line.addProperty("level", level(logged));
        line.addProperty("logger", shortName(logged));
        line.addProperty("message", formatMessage(logged));
        notes.forEach((name, value) -> {
            if (NUMBERS.contains(name)) {
                line.addProperty(name, Long.valueOf(value));
            } else {
                line.addProperty(name, value);
            }
        });
        String trace = trace(logged);
        if (!trace.isEmpty()) {
            line.addProperty("trace", trace);
        }
        return GSON.toJson(line) + "\n";
    }

    private static String time(LogRecord logged) {
        return TIME.format(Instant.ofEpochMilli(logged.getMillis()));
    }

    private static String level(LogRecord logged) {
        int level = logged.getLevel().intValue();
        if (level >= Level.SEVERE.intValue()) {
            return "error";
        }
        if (level >= Level.WARNING.intValue()) {
            return "warn";
        }
        return level >= Level.INFO.intValue() ? "info" : "debug";
    }

    private static String shortName(LogRecord logged) {
        String name = Objects.requireNonNullElse(logged.getLoggerName(), "");
        return name.substring(name.lastIndexOf('.') + 1);
    }

    private static String trace(LogRecord logged) {
        if (logged.getThrown() == null) {
            return "";
        }
        StringWriter text = new StringWriter();
        logged.getThrown().printStackTrace(new PrintWriter(text, true));
        return text.toString();
    }
}
