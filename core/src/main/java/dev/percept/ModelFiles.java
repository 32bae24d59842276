package dev.percept;

import dev.percept.kept.Digests;
import dev.percept.kept.Sha256;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** Finding model files and telling whether they are the right ones. */
final class ModelFiles {
    private static final String SUFFIX = ".onnx";

    private ModelFiles() {}

    /**
     * The state that a file is in.
     *
     * @throws ModelException if it can't be looked at
     */
    static Digests.State state(Path file) {
        try {
            return Digests.State.of(file);
        } catch (IOException e) {
            throw new ModelException(
                    file.toString(), "it can't be read (" + PerceptException.reason(e) + ")", "check the path", e);
        }
    }

    /**
     * The SHA-256 of a file, in lower-case hex.
     *
     * @param state that it was in before it was opened
     * @param content of it, which is read only if it may have changed since its digest was kept
     */
    static String sha256(Path file, Digests.State state, ByteBuffer content, Digests digests) throws IOException {
        String kept = digests.find(state);
        if (kept != null) {
            return kept;
        }
        String sha256 = Sha256.of(content);
        if (Digests.State.of(file).equals(state)) {
            digests.keep(state, sha256);
        }
        return sha256;
    }

    static Path path(String file) {
        try {
            return Path.of(file);
        } catch (InvalidPathException e) {
            throw new ModelException(file, "it is not a path (" + e.getReason() + ")", "check its spelling", e);
        }
    }

    /** Names of the models in the user's folder, sorted. */
    static List<String> installed(PerceptHome folders) {
        if (!Files.isDirectory(folders.models())) {
            return List.of();
        }
        try (Stream<Path> files = Files.list(folders.models())) {
            return files.map(file -> file.getFileName().toString())
                    .filter(name -> name.endsWith(SUFFIX))
                    .map(name -> name.substring(0, name.length() - SUFFIX.length()))
                    .sorted()
                    .toList();
        } catch (IOException e) {
            throw new ModelException(
                    folders.models().toString(), "can't be listed (" + PerceptException.reason(e) + ")", "check it", e);
        }
    }
}
