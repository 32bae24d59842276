package dev.percept.models;

import dev.percept.Backbone;
import dev.percept.ModelException;
import dev.percept.PerceptException;
import dev.percept.PerceptHome;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Installs a catalogue's models into the user's folder, where {@link Backbone#open(String)} finds them, and looks after them there.
 *
 * <p>{@code NAME.onnx} appears whole or not at all, behind {@code NAME.licence.txt} and {@code NAME.sha256}, which
 * {@code sha256sum -c} reads as well. Weights are kept in the cache, in the same files as those of {@code percept export}. Thread-safe;
 * processes that install the same model wait for each other.
 */
public final class ModelInstaller {
    /** The variable that names a mirror of the hub. */
    public static final String MIRROR = "HF_ENDPOINT";

    private static final String HUB = "https://huggingface.co";
    private static final Pattern NAME = Pattern.compile("\\w[\\w.+-]*");

    private final Catalogue catalogue;
    private final PerceptHome folders;
    private final Surroundings surroundings;

    /** Installs into these folders, by the environment's proxies and mirror. */
    public ModelInstaller(Catalogue catalogue, PerceptHome folders) {
        this(catalogue, folders, Surroundings.real());
    }

    ModelInstaller(Catalogue catalogue, PerceptHome folders, Surroundings surroundings) {
        this.catalogue = catalogue;
        this.folders = folders;
        this.surroundings = surroundings;
    }

    /**
     * Installs a model, fetching its weights unless they are in the cache. One that is installed and whole stays as it is.
     *
     * @param mirror to fetch from instead of the hub, or null for {@link #MIRROR} or the hub
     * @param progress is told how far it is
     * @return the model's file
     * @throws ModelException if it can't be had; then nothing of it is installed. What has been fetched stays for the next try
     */
    public Path install(String name, @Nullable String mirror, InstallProgress progress) {
        CatalogueModel model = catalogue.model(name);
        Skeleton skeleton = catalogue.skeleton(model);
        Weights weights = new Weights(model.weights(), skeleton.holes(), surroundings, progress);
        String named = mirror != null ? mirror : surroundings.environment().get(MIRROR);
        String endpoint = named == null || named.isBlank() ? HUB : named.strip();
        Path cache = cache();
        return whileKept(cache, () -> {
            InstallLock lock = lock(model.weights(), progress);
            try {
                if (isWhole(name)) {
                    return file(name);
                }
                try (TensorBytes values = weights.fetched(cache, endpoint)) {
                    fill(model, skeleton, values);
                }
                weights.tidy(cache);
                return file(name);
            } finally {
                lock.close();
            }
        });
    }

    /**
     * Installs a model with the weights of a file, which must be the one that the catalogue names.
     *
     * @return the model's file
     * @throws ModelException if it is another one, or can't be read; then nothing is installed
     */
    public Path installFrom(String name, Path weightsFile) {
        CatalogueModel model = catalogue.model(name);
        Skeleton skeleton = catalogue.skeleton(model);
        Weights weights = new Weights(model.weights(), skeleton.holes(), surroundings, InstallProgress.NONE);
        return whileKept(folders.models(), () -> {
            InstallLock lock = lock(model.weights(), InstallProgress.NONE);
            try {
                requireOurs(name);
                try (TensorBytes values = weights.of(weightsFile)) {
                    fill(model, skeleton, values);
                }
                return file(name);
            } finally {
                lock.close();
            }
        });
    }

    /**
     * Makes sure that an installed model is still the one that was installed, and fit to be run.
     *
     * @throws ModelException if it isn't, or there is none, or it wasn't installed by this
     */
    public void verify(String name) {
        requireInstalled(name);
        whileKept(file(name), () -> {
            Path digest = beside(name, ".sha256");
            if (!Files.exists(digest)) {
                throw new ModelException(
                        name,
                        "it was put there by hand, so nothing says what it must be",
                        "see: percept inspect " + name);
            }
            String expected = Files.readString(digest).strip().replaceFirst("\\s.*", "");
            String actual = TensorBytes.sha256(file(name));
            if (!actual.equals(expected)) {
                throw new ModelException(
                        file(name).toString(),
                        "it is damaged: its SHA-256 is " + actual + ", not " + expected,
                        "install it again");
            }
            return Backbone.open(file(name).toString(), folders);
        });
    }

    /**
     * Removes an installed model; weights in the cache stay.
     *
     * @throws ModelException if there is none of this name, or it can't be removed
     */
    public void remove(String name) {
        requireInstalled(name);
        whileKept(file(name), () -> {
            Files.delete(file(name));
            for (String suffix : List.of(".sha256", ".licence.txt", ".onnx.json")) {
                Files.deleteIfExists(beside(name, suffix));
            }
            return name;
        });
    }

    private void requireInstalled(String name) {
        if (name.equals(Backbone.EMBEDDED)) {
            throw new ModelException(name, "it is embedded, not installed", "name an installed one: percept models");
        }
        if (!NAME.matcher(name).matches() || !Files.isRegularFile(file(name))) {
            throw new ModelException(name, "no model of this name is installed", "see what is there: percept models");
        }
    }

    /** Whether the model is there as it was installed. */
    private boolean isWhole(String name) throws IOException {
        requireOurs(name);
        return Files.exists(file(name))
                && Files.readString(beside(name, ".sha256")).startsWith(TensorBytes.sha256(file(name)));
    }

    /** @throws ModelException if another file has the model's place */
    private void requireOurs(String name) {
        if (Files.exists(file(name)) && !Files.exists(beside(name, ".sha256"))) {
            throw new ModelException(
                    file(name).toString(),
                    "a file that was put there by hand has this model's place",
                    "move it elsewhere, or remove it: percept models remove " + name);
        }
    }

    private void fill(CatalogueModel model, Skeleton skeleton, TensorBytes values) throws IOException {
        Path folder = Files.createDirectories(folders.models());
        Weights.requireRoom(surroundings.disk(), folder, skeleton.length());
        removeParts(folder, model.name());
        Path part = part(file(model.name()));
        try {
            try (FileChannel channel =
                    FileChannel.open(part, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
                var out = new BufferedOutputStream(Channels.newOutputStream(channel), 1 << 16);
                skeleton.fill(values, out);
                out.flush();
                channel.force(true);
            }
            Backbone backbone = Backbone.open(part.toString(), folders);
            if (!backbone.name().equals(model.name())) {
                throw new ModelException(
                        model.name(), "its skeleton is that of " + backbone.name(), "write the catalogue again");
            }
            write(beside(model.name(), ".licence.txt"), licence(model.weights()));
            write(beside(model.name(), ".sha256"), backbone.sha256() + "  " + model.name() + ".onnx\n");
            Files.move(part, file(model.name()), StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } finally {
            Files.deleteIfExists(part);
        }
    }

    private static String licence(WeightsFile weights) {
        return "The weights of this model are those of\n" + weights.source() + "\nSHA-256 " + weights.sha256() + "\n"
                + "Licence: " + weights.licence() + "\n\n" + weights.copyright() + "\n\n"
                + Catalogue.licence(weights.licence());
    }

    private static void write(Path target, String text) throws IOException {
        Path part = part(target);
        try {
            Files.write(part, text.getBytes(StandardCharsets.UTF_8));
            Files.move(part, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } finally {
            Files.deleteIfExists(part);
        }
    }

    /** A name of its own beside the target: createTempFile would make a file that nobody else may read. */
    private static Path part(Path target) {
        return target.resolveSibling(
                "." + target.getFileName() + "-" + ProcessHandle.current().pid() + ".part");
    }

    /** Removes what a process that was killed has left. The caller holds the lock. */
    private static void removeParts(Path folder, String name) throws IOException {
        try (DirectoryStream<Path> parts = Files.newDirectoryStream(folder, "." + name + ".*.part")) {
            for (Path part : parts) {
                Files.deleteIfExists(part);
            }
        }
    }

    private Path file(String name) {
        return beside(name, ".onnx");
    }

    private Path beside(String name, String suffix) {
        return folders.models().resolve(name + suffix);
    }

    private Path cache() {
        return folders.cache().resolve("weights");
    }

    private InstallLock lock(WeightsFile weights, InstallProgress progress) throws IOException {
        return InstallLock.of(Files.createDirectories(cache()).resolve(weights.cacheName() + ".lock"), progress);
    }

    private interface Work<T> {
        T run() throws IOException;
    }

    private static <T> T whileKept(Path where, Work<T> work) {
        try {
            return work.run();
        } catch (IOException e) {
            throw new ModelException(
                    where.toString(),
                    "it can't be read or written (" + PerceptException.reason(e) + ")",
                    "make room or check its permissions, or set PERCEPT_CACHE and PERCEPT_HOME to other folders",
                    e);
        }
    }
}
