package dev.percept.server;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.time.Instant;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.slf4j.MDC;

/** Lines of the log. */
class LogLinesTest {
    private static LogRecord logged(Level level) {
        LogRecord logged = new LogRecord(level, "an \"answer\"\nof two lines");
        logged.setLoggerName("dev.percept.server.RequestLog");
        logged.setInstant(Instant.parse("2026-11-28T19:30:00Z"));
        return logged;
    }

    @AfterEach
    void forget() {
        MDC.clear();
    }

    @Test
    void textForPeople() {
        MDC.put("status", "200");
        MDC.put("id", "abc");

        assertThat(new LogLines(LogFormat.TEXT).format(logged(Level.INFO)))
                .isEqualTo(
                        "2026-11-28T19:30:00.000Z info RequestLog - an \"answer\"\nof two lines id=abc status=200\n");
    }

    @Test
    void anObjectALineForPrograms() {
        MDC.put("status", "200");
        MDC.put("id", "abc");
        LogRecord failed = logged(Level.SEVERE);
        failed.setThrown(new IllegalStateException("made up"));

        String line = new LogLines(LogFormat.JSON).format(failed);
        assertThat(line.indexOf('\n')).isEqualTo(line.length() - 1);
        JsonObject object = JsonParser.parseString(line).getAsJsonObject();
        assertThat(object.keySet()).containsExactly("time", "level", "logger", "message", "id", "status", "trace");
        assertThat(object.get("time").getAsString()).isEqualTo("2026-11-28T19:30:00.000Z");
        assertThat(object.get("level").getAsString()).isEqualTo("error");
        assertThat(object.get("status").getAsInt()).isEqualTo(200);
        assertThat(object.get("message").getAsString()).isEqualTo("an \"answer\"\nof two lines");
        assertThat(object.get("trace").getAsString())
                .startsWith("java.lang.IllegalStateException: made up")
                .contains("LogLinesTest");
    }
}
