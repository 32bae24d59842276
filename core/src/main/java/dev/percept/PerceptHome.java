package dev.percept;

import java.io.IOException;
import java.io.Reader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Properties;
import org.jspecify.annotations.Nullable;

/**
 * The per-user folders: {@code home} with the settings and installed models, {@code cache} with what can be made again.
 *
 * <p>Home is {@code PERCEPT_HOME}, else {@code $XDG_DATA_HOME/percept}, else {@code ~/.local/share/percept}
 * ({@code %LOCALAPPDATA%\percept} on Windows). The cache is {@code PERCEPT_CACHE}, else {@code $XDG_CACHE_HOME/percept},
 * else {@code ~/.cache/percept} ({@code %LOCALAPPDATA%\percept\cache}). Neither is created before it is written to.
 *
 * @param home settings ({@code percept.properties}) and models ({@code models/NAME.onnx})
 * @param cache natives, and what is kept of models: digests and optimised graphs
 */
public record PerceptHome(Path home, Path cache) {
    private static final String SETTINGS = "percept.properties";
    private static final String MODEL = "model";

    /** The folders of the user who runs this JVM. */
    public static PerceptHome ofUser() {
        return of(System.getenv(), Path.of(System.getProperty("user.home", ".")), System.getProperty("os.name", ""));
    }

    static PerceptHome of(Map<String, String> environment, Path userHome, String os) {
        Path data = userHome.resolve(".local").resolve("share").resolve("percept");
        Path cache = userHome.resolve(".cache").resolve("percept");
        String localAppData = environment.get("LOCALAPPDATA");
        if (os.toLowerCase(Locale.ROOT).startsWith("windows") && localAppData != null) {
            data = Path.of(localAppData, "percept");
            cache = data.resolve("cache");
        }
        return new PerceptHome(
                folder(environment, "PERCEPT_HOME", "XDG_DATA_HOME", data),
                folder(environment, "PERCEPT_CACHE", "XDG_CACHE_HOME", cache));
    }

    private static Path folder(Map<String, String> environment, String own, String xdg, Path fallback) {
        String named = environment.get(own);
        if (named != null && !named.isBlank()) {
            return Path.of(named).toAbsolutePath();
        }
        String base = environment.get(xdg);
        // The XDG specification: relative paths are to be ignored.
        return base != null && Path.of(base).isAbsolute() ? Path.of(base).resolve("percept") : fallback;
    }

    /** Where installed models lie. */
    public Path models() {
        return home.resolve("models");
    }

    /** The file that holds the settings. */
    public Path settings() {
        return home.resolve(SETTINGS);
    }

    /**
     * The model that is used where none is named: the {@code model} of the settings, else the embedded one.
     *
     * @throws ModelException if the settings can't be read
     */
    public String defaultModel() {
        String model = readSettings().getProperty(MODEL);
        return model == null || model.isBlank() ? Backbone.EMBEDDED : model.strip();
    }

    /**
     * Makes a model the default.
     *
     * @param model a name or a file, or null for the embedded one
     * @throws ModelException if the settings can't be written
     */
    public void setDefaultModel(@Nullable String model) {
        Properties properties = readSettings();
        if (model == null) {
            properties.remove(MODEL);
        } else {
            properties.setProperty(MODEL, model);
        }
        try {
            Files.createDirectories(home);
            Path beside = Files.createTempFile(home, SETTINGS, ".part");
            try {
                try (var out = Files.newBufferedWriter(beside)) {
                    properties.store(out, "Percept's settings");
                }
                Files.move(beside, settings(), StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
            } finally {
                Files.deleteIfExists(beside);
            }
        } catch (IOException e) {
            throw new ModelException(
                    settings().toString(),
                    "can't be written (" + PerceptException.reason(e) + ")",
                    "set PERCEPT_HOME to a folder that can",
                    e);
        }
    }

    /**
     * Names of the models installed in {@link #models()}, sorted.
     *
     * @throws ModelException if the folder can't be listed
     */
    public List<String> installedModels() {
        return ModelFiles.installed(this);
    }

    private Properties readSettings() {
        Properties properties = new Properties();
        if (Files.exists(settings())) {
            try (Reader in = Files.newBufferedReader(settings())) {
                properties.load(in);
            } catch (IOException | IllegalArgumentException e) {
                throw new ModelException(
                        settings().toString(),
                        "can't be read (" + PerceptException.reason(e) + ")",
                        "mend it or delete it",
                        e);
            }
        }
        return properties;
    }
}
