package dev.percept;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import com.google.gson.Strictness;
import com.google.gson.stream.JsonReader;
import com.google.gson.stream.JsonToken;
import java.io.IOException;
import java.io.StringReader;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Reads JSON as RFC 8259 has it, and refuses what it leaves open: names that stand twice, and nesting without end. */
final class JsonTree {
    private static final int MAXIMUM_DEPTH = 32;
    private static final Pattern PLACE = Pattern.compile("line (\\d+) column (\\d+)");

    private JsonTree() {}

    static JsonElement read(String json) throws SpecSyntaxException {
        JsonReader reader = new JsonReader(new StringReader(json));
        reader.setStrictness(Strictness.STRICT);
        try {
            JsonElement element = read(reader, 0);
            if (reader.peek() != JsonToken.END_DOCUMENT) {
                throw new SpecSyntaxException("something follows the JSON object");
            }
            return element;
        } catch (IOException | IllegalStateException | NumberFormatException e) {
            // Gson's own texts are for programmers; only the place is for people.
            Matcher place = PLACE.matcher(String.valueOf(e.getMessage()));
            throw new SpecSyntaxException("it is not JSON"
                    + (place.find() ? ", at line " + place.group(1) + ", column " + place.group(2) : ""));
        }
    }

    private static JsonElement read(JsonReader reader, int depth) throws IOException, SpecSyntaxException {
        if (depth > MAXIMUM_DEPTH) {
            throw new SpecSyntaxException("it is nested more than " + MAXIMUM_DEPTH + " deep");
        }
        switch (reader.peek()) {
            case BEGIN_OBJECT -> {
                JsonObject object = new JsonObject();
                reader.beginObject();
                while (reader.hasNext()) {
                    String name = reader.nextName();
                    if (object.has(name)) {
                        throw new SpecSyntaxException(name + " stands twice in one object");
                    }
                    object.add(name, read(reader, depth + 1));
                }
                reader.endObject();
                return object;
            }
            case BEGIN_ARRAY -> {
                JsonArray array = new JsonArray();
                reader.beginArray();
                while (reader.hasNext()) {
                    array.add(read(reader, depth + 1));
                }
                reader.endArray();
                return array;
            }
            case STRING -> {
                return new JsonPrimitive(reader.nextString());
            }
            case NUMBER -> {
                return new JsonPrimitive(Double.parseDouble(reader.nextString()));
            }
            case BOOLEAN -> {
                return new JsonPrimitive(reader.nextBoolean());
            }
            default -> {
                reader.nextNull();
                return JsonNull.INSTANCE;
            }
        }
    }
}
