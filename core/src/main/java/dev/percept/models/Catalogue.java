package dev.percept.models;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import dev.percept.ModelException;
import dev.percept.PerceptException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The models that can be installed, their weights and skeletons. {@code percept-export catalogue write} makes one; its fields are those
 * of {@code docs/schema/percept-catalogue-1.schema.json}. Immutable.
 */
public final class Catalogue {
    private static final Pattern NAME = Pattern.compile("[a-z0-9][a-z0-9-]*");
    private static final Pattern SHA256 = Pattern.compile("[0-9a-f]{64}");
    private static final String WRITE = "write it again: percept-export catalogue write";

    private final String where;
    /** Where the skeletons lie, or null for those inside this library. */
    private final @Nullable Path folder;

    private final Map<String, CatalogueModel> models = new LinkedHashMap<>();

    private Catalogue(String where, @Nullable Path folder, String json) {
        this.where = where;
        this.folder = folder;
        try {
            read(JsonParser.parseString(json).getAsJsonObject());
        } catch (JsonParseException
                | IllegalStateException
                | NullPointerException
                | NumberFormatException
                | UnsupportedOperationException
                | ClassCastException e) {
            // What Gson throws where a part is missing or of another kind.
            throw new ModelException(where, "it is no catalogue (" + PerceptException.reason(e) + ")", WRITE, e);
        }
    }

    /** The one inside this library. */
    public static Catalogue builtIn() {
        return new Catalogue("the catalogue", null, new String(resource("catalogue.json"), StandardCharsets.UTF_8));
    }

    /**
     * Reads another one, beside which lie its skeletons.
     *
     * @throws ModelException if it is none
     */
    public static Catalogue read(Path file) {
        Path folder = Objects.requireNonNull(file.toAbsolutePath().getParent(), "a file has a folder");
        return new Catalogue(file.toString(), folder, new String(bytes(file), StandardCharsets.UTF_8));
    }

    /** All models, by name. */
    public List<CatalogueModel> models() {
        return List.copyOf(models.values());
    }

    /**
     * One of the models.
     *
     * @throws ModelException if there is none of this name
     */
    public CatalogueModel model(String name) {
        CatalogueModel model = models.get(name);
        if (model == null) {
            throw new ModelException(
                    name,
                    "no model of this name can be installed; known are " + String.join(", ", models.keySet()),
                    "name one of these, or write your own with: percept export");
        }
        return model;
    }

    /** A model's skeleton. */
    Skeleton skeleton(CatalogueModel model) {
        String file = "skeletons/" + model.name() + ".onnx";
        return Skeleton.read(where + ", " + file, folder == null ? resource(file) : bytes(folder.resolve(file)));
    }

    /** The text of a licence, or its identifier where this library has no text. */
    static String licence(String identifier) {
        return NAMED_LICENCES.contains(identifier)
                ? new String(resource("licences/" + identifier + ".txt"), StandardCharsets.UTF_8)
                : identifier + "\n";
    }

    private static final List<String> NAMED_LICENCES = List.of("BSD-3-Clause");

    private void read(JsonObject document) {
        if (document.get("percept_catalogue").getAsInt() != 1) {
            throw new ModelException(where, "it is a catalogue of another version than 1", "update Percept");
        }
        Map<String, WeightsFile> weights = new LinkedHashMap<>();
        document.getAsJsonObject("weights")
                .entrySet()
                .forEach(entry ->
                        weights.put(entry.getKey(), weights(entry.getValue().getAsJsonObject())));
        for (Map.Entry<String, JsonElement> entry :
                document.getAsJsonObject("models").entrySet()) {
            JsonObject model = entry.getValue().getAsJsonObject();
            WeightsFile file = weights.get(model.get("weights").getAsString());
            // The name becomes a file's.
            if (file == null || !NAME.matcher(entry.getKey()).matches()) {
                throw new ModelException(where, "its model '" + entry.getKey() + "' has a bad name or weights", WRITE);
            }
            String name = entry.getKey();
            models.put(name, new CatalogueModel(name, model.get("description").getAsString(), file));
        }
    }

    private WeightsFile weights(JsonObject file) {
        Map<String, WeightsFile.Pin> pins = new LinkedHashMap<>();
        if (file.has("tensors")) {
            file.getAsJsonObject("tensors").entrySet().forEach(entry -> {
                JsonObject pin = entry.getValue().getAsJsonObject();
                pins.put(entry.getKey(), new WeightsFile.Pin(pin.get("offset").getAsLong(), sha256(pin)));
            });
        }
        return new WeightsFile(
                file.get("repository").getAsString(),
                file.get("revision").getAsString(),
                file.get("path").getAsString(),
                file.get("megabytes").getAsLong(),
                file.has("size") ? (Long) file.get("size").getAsLong() : null,
                sha256(file),
                file.get("licence").getAsString(),
                file.get("copyright").getAsString(),
                pins);
    }

    private String sha256(JsonObject object) {
        String digest = object.get("sha256").getAsString();
        if (!SHA256.matcher(digest).matches()) {
            throw new ModelException(where, "'" + digest + "' is no SHA-256", WRITE);
        }
        return digest;
    }

    private static byte[] resource(String name) {
        try (InputStream in = Catalogue.class.getResourceAsStream(name)) {
            return Objects.requireNonNull(in, name).readAllBytes();
        } catch (IOException e) {
            throw new ModelException(name, "this part of the library can't be read", "repair the installation", e);
        }
    }

    private static byte[] bytes(Path file) {
        try {
            return Files.readAllBytes(file);
        } catch (IOException e) {
            throw new ModelException(
                    file.toString(), "it can't be read (" + PerceptException.reason(e) + ")", "check the path", e);
        }
    }
}
