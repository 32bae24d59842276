package dev.percept.benchmarks;

import com.google.gson.GsonBuilder;
import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What was measured: sections of rows, and the goals that they met or missed. */
public final class Report {
    private final String program;
    private final JsonObject head = new JsonObject();
    private final Map<String, List<Map<String, Object>>> sections = new LinkedHashMap<>();
    private final List<Check> checks = new ArrayList<>();

    /** Nothing yet. The program's name stands before what is told on stderr. */
    public Report(String program) {
        this.program = program;
    }

    /**
     * A goal.
     *
     * @param name of what was judged
     * @param goal in words
     * @param value that was found
     * @param met whether it is what it should be
     */
    private record Check(String name, String goal, String value, boolean met) {}

    /** Says something of the whole run. */
    public void head(String name, Object value) {
        head.add(name, json(value));
    }

    /** Adds a row; its values are texts, numbers and booleans in pairs with their names. */
    public void row(String section, Object... namesAndValues) {
        Map<String, Object> row = new LinkedHashMap<>();
        for (int i = 0; i < namesAndValues.length; i += 2) {
            row.put((String) namesAndValues[i], namesAndValues[i + 1]);
        }
        sections.computeIfAbsent(section, name -> new ArrayList<>()).add(row);
        progress(section + ": " + row);
    }

    /** Judges a value. */
    public void check(String name, String goal, double value, boolean met) {
        // Not a number is never what it should be.
        checks.add(new Check(name, goal, number(value), met && Double.isFinite(value)));
    }

    /** A section that did not come to its end; that is a goal missed. */
    public void failed(String section, Throwable e) {
        String message = String.valueOf(e.getMessage()).replaceAll("\\s+", " ");
        row(section, "failed", message);
        checks.add(new Check(section, "runs to its end", e.getClass().getSimpleName() + ": " + message, false));
    }

    /** Whether no goal was missed. */
    public boolean allMet() {
        return checks.stream().allMatch(Check::met);
    }

    private void progress(String line) {
        System.err.println(program + ": " + line);
    }

    /** Prints everything as tables. */
    public void print(PrintStream out) {
        head.entrySet().forEach(entry -> out.println(entry.getKey() + ": " + text(entry.getValue())));
        sections.forEach((name, rows) -> {
            out.println();
            out.println(name);
            printRows(rows, out);
        });
        out.println();
        out.println("goals");
        printRows(
                checks.stream()
                        .map(check -> {
                            Map<String, Object> row = new LinkedHashMap<>();
                            row.put("met", check.met ? "yes" : "NO");
                            row.put("what", check.name);
                            row.put("goal", check.goal);
                            row.put("value", check.value);
                            return row;
                        })
                        .toList(),
                out);
    }

    private static String text(com.google.gson.JsonElement value) {
        return value.isJsonPrimitive() ? value.getAsString() : value.toString();
    }

    private static void printRows(List<Map<String, Object>> rows, PrintStream out) {
        List<String> names =
                rows.stream().flatMap(row -> row.keySet().stream()).distinct().toList();
        Map<String, Integer> widths = new LinkedHashMap<>();
        for (String name : names) {
            int width = rows.stream()
                    .mapToInt(row -> cell(row.get(name)).length())
                    .max()
                    .orElse(0);
            widths.put(name, Math.max(name.length(), width));
        }
        StringBuilder header = new StringBuilder();
        names.forEach(name -> header.append("  ").append(pad(name, widths.getOrDefault(name, 0))));
        out.println(header.toString().stripTrailing());
        for (Map<String, Object> row : rows) {
            StringBuilder line = new StringBuilder();
            names.forEach(name -> line.append("  ").append(pad(cell(row.get(name)), widths.getOrDefault(name, 0))));
            out.println(line.toString().stripTrailing());
        }
    }

    private static String pad(String text, int width) {
        return text + " ".repeat(Math.max(0, width - text.length()));
    }

    private static String cell(@Nullable Object value) {
        return value == null ? "" : value instanceof Number number ? number(number.doubleValue()) : value.toString();
    }

    private static String number(double value) {
        if (value == Math.rint(value) && Math.abs(value) < 1e9) {
            return String.format(Locale.ROOT, "%.0f", value);
        }
        return String.format(Locale.ROOT, Math.abs(value) >= 0.01 && Math.abs(value) < 1e6 ? "%.3f" : "%.2e", value);
    }

    /** Writes everything as one JSON object: beside the file first, then moved. */
    public void writeJson(Path file) throws IOException {
        JsonObject document = head.deepCopy();
        JsonArray judged = new JsonArray();
        for (Check check : checks) {
            JsonObject object = new JsonObject();
            object.addProperty("name", check.name);
            object.addProperty("goal", check.goal);
            object.addProperty("value", check.value);
            object.addProperty("met", check.met);
            judged.add(object);
        }
        document.add("checks", judged);
        sections.forEach((name, rows) -> {
            JsonArray array = new JsonArray();
            for (Map<String, Object> row : rows) {
                JsonObject object = new JsonObject();
                row.forEach((key, value) -> object.add(key, json(value)));
                array.add(object);
            }
            document.add(name.replace(' ', '_'), array);
        });
        String text = new GsonBuilder()
                .setPrettyPrinting()
                .disableHtmlEscaping()
                .serializeSpecialFloatingPointValues()
                .create()
                .toJson(document);
        Path beside = file.resolveSibling(file.getFileName() + ".part");
        Files.writeString(beside, text + "\n", StandardCharsets.UTF_8);
        Files.move(beside, file, StandardCopyOption.REPLACE_EXISTING);
    }

    private static com.google.gson.JsonElement json(Object value) {
        if (value instanceof Map<?, ?> map) {
            JsonObject object = new JsonObject();
            map.forEach((key, each) -> object.add(String.valueOf(key), json(each)));
            return object;
        }
        return value instanceof Number number
                ? new JsonPrimitive(number)
                : value instanceof Boolean flag ? new JsonPrimitive(flag) : new JsonPrimitive(value.toString());
    }
}
