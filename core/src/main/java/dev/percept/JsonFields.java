package dev.percept;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Reads the fields of one JSON object strictly: wrong types, missing and unknown names are errors that name the field. */
final class JsonFields {
    private final JsonObject object;
    private final String path;
    private final Set<String> unread;

    /**
     * @param element what should be an object
     * @param path where it stands in the document, {@code ""} for the top
     */
    JsonFields(JsonElement element, String path) throws SpecSyntaxException {
        if (!element.isJsonObject()) {
            throw new SpecSyntaxException(path.isEmpty() ? "it is not a JSON object" : path + " is not an object");
        }
        this.object = element.getAsJsonObject();
        this.path = path;
        this.unread = new TreeSet<>(object.keySet());
    }

    String string(String name) throws SpecSyntaxException {
        String value = optionalString(name);
        if (value == null) {
            throw missing(name);
        }
        return value;
    }

    @Nullable
    String optionalString(String name) throws SpecSyntaxException {
        JsonElement value = take(name);
        return value == null ? null : text(value, name);
    }

    /** A list of strings; none if there is no such field. */
    List<String> strings(String name) throws SpecSyntaxException {
        JsonElement value = take(name);
        if (value == null) {
            return List.of();
        }
        if (!value.isJsonArray()) {
            throw wrong(name, "a list of strings");
        }
        List<String> strings = new ArrayList<>();
        for (JsonElement element : value.getAsJsonArray()) {
            strings.add(text(element, name));
        }
        return List.copyOf(strings);
    }

    /** A string that must be the name of one of an enum's constants, as {@code id} writes it. */
    <E extends Enum<E>> @Nullable E optionalChoice(String name, E[] choices, Function<E, String> id)
            throws SpecSyntaxException {
        String value = optionalString(name);
        if (value == null) {
            return null;
        }
        for (E choice : choices) {
            if (id.apply(choice).equals(value)) {
                return choice;
            }
        }
        throw wrong(name, Arrays.stream(choices).map(id).collect(Collectors.joining(" or ")));
    }

    double number(String name, double fallback) throws SpecSyntaxException {
        JsonElement value = take(name);
        return value == null ? fallback : finite(value, name);
    }

    @Nullable
    Double optionalNotNegative(String name) throws SpecSyntaxException {
        JsonElement value = take(name);
        if (value == null) {
            return null;
        }
        double number = finite(value, name);
        if (number < 0) {
            throw wrong(name, "a number from 0");
        }
        return number;
    }

    @Nullable
    Integer optionalPositive(String name) throws SpecSyntaxException {
        JsonElement value = take(name);
        return value == null ? null : positive(value, name);
    }

    boolean flag(String name) throws SpecSyntaxException {
        JsonElement value = take(name);
        if (value == null) {
            return false;
        }
        if (!isPrimitive(value) || !value.getAsJsonPrimitive().isBoolean()) {
            throw wrong(name, "true or false");
        }
        return value.getAsBoolean();
    }

    @Nullable
    List<Double> optionalNumbers(String name, int count) throws SpecSyntaxException {
        JsonArray array = optionalArray(name, count);
        if (array == null) {
            return null;
        }
        List<Double> numbers = new ArrayList<>();
        for (JsonElement element : array) {
            numbers.add(finite(element, name));
        }
        return List.copyOf(numbers);
    }

    @Nullable
    List<Integer> optionalPositives(String name, int count) throws SpecSyntaxException {
        JsonArray array = optionalArray(name, count);
        if (array == null) {
            return null;
        }
        List<Integer> numbers = new ArrayList<>();
        for (JsonElement element : array) {
            numbers.add(positive(element, name));
        }
        return List.copyOf(numbers);
    }

    /** The element of this name, or null; the caller checks its type. */
    @Nullable
    JsonElement take(String name) {
        unread.remove(name);
        JsonElement value = object.get(name);
        return value == null || value.isJsonNull() ? null : value;
    }

    @Nullable
    JsonFields optionalObject(String name) throws SpecSyntaxException {
        JsonElement value = take(name);
        return value == null ? null : new JsonFields(value, at(name));
    }

    JsonFields object(String name) throws SpecSyntaxException {
        JsonFields fields = optionalObject(name);
        if (fields == null) {
            throw missing(name);
        }
        return fields;
    }

    List<JsonFields> objects(String name) throws SpecSyntaxException {
        JsonElement value = take(name);
        if (value == null) {
            throw missing(name);
        }
        if (!value.isJsonArray() || value.getAsJsonArray().isEmpty()) {
            throw wrong(name, "a list with at least one entry");
        }
        List<JsonFields> list = new ArrayList<>();
        for (JsonElement element : value.getAsJsonArray()) {
            list.add(new JsonFields(element, at(name) + "[" + list.size() + "]"));
        }
        return list;
    }

    /** To be called last: a field that nobody read is a misspelling, not a comment. */
    void rejectUnread() throws SpecSyntaxException {
        rejectUnread("a field of percept.spec");
    }

    /** @param known what the names that were read are */
    void rejectUnread(String known) throws SpecSyntaxException {
        if (!unread.isEmpty()) {
            throw new SpecSyntaxException(at(unread.iterator().next()) + " is not " + known);
        }
    }

    SpecSyntaxException missing(String name) {
        return new SpecSyntaxException(at(name) + " is missing");
    }

    SpecSyntaxException wrong(String name, String expected) {
        return new SpecSyntaxException(at(name) + " must be " + expected);
    }

    private @Nullable JsonArray optionalArray(String name, int count) throws SpecSyntaxException {
        JsonElement value = take(name);
        if (value == null) {
            return null;
        }
        if (!value.isJsonArray() || value.getAsJsonArray().size() != count) {
            throw wrong(name, "a list of " + count + " numbers");
        }
        return value.getAsJsonArray();
    }

    private String text(JsonElement value, String name) throws SpecSyntaxException {
        if (!isPrimitive(value)
                || !value.getAsJsonPrimitive().isString()
                || value.getAsString().isEmpty()) {
            throw wrong(name, "a non-empty string");
        }
        String text = value.getAsString();
        if (text.chars().anyMatch(Character::isISOControl)) {
            throw wrong(name, "without line breaks and other control characters");
        }
        return text;
    }

    private double finite(JsonElement value, String name) throws SpecSyntaxException {
        if (!isPrimitive(value) || !value.getAsJsonPrimitive().isNumber() || !Double.isFinite(value.getAsDouble())) {
            throw wrong(name, "finite numbers");
        }
        return value.getAsDouble();
    }

    private int positive(JsonElement value, String name) throws SpecSyntaxException {
        double number = finite(value, name);
        if (number != Math.rint(number) || number < 1 || number > Integer.MAX_VALUE) {
            throw wrong(name, "whole numbers from 1");
        }
        return (int) number;
    }

    private static boolean isPrimitive(JsonElement value) {
        return value instanceof JsonPrimitive;
    }

    private String at(String name) {
        return path.isEmpty() ? name : path + "." + name;
    }
}
