package dev.percept;

import dev.percept.kept.Digests;
import dev.percept.kept.Sha256;
import dev.percept.onnx.MalformedModelException;
import dev.percept.onnx.ModelGraph;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

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

    /** @throws ModelException if there is none, or it can't be a model */
    static void requireFile(Path file) {
        if (!Files.exists(file)) {
            throw new ModelException(
                    file.toString(), "there is no such file", "check the path, or see: percept models");
        }
        if (!Files.isRegularFile(file)) {
            throw new ModelException(file.toString(), "it is a folder or device, not a model", "name an .onnx file");
        }
    }

    /**
     * A model file's content, which isn't copied.
     *
     * @throws ModelException if it is larger than a model can be
     */
    static ByteBuffer content(Path file) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            if (channel.size() > Integer.MAX_VALUE) {
                throw new ModelException(
                        file.toString(), "it is larger than 2 GiB", "keep its weights as external data beside it");
            }
            return channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size());
        }
    }

    /** What is to be thrown where reading a model file failed. */
    static ModelException unreadable(Path file, IOException e) {
        return e instanceof AccessDeniedException
                ? new ModelException(file.toString(), "it may not be read", "check its permissions", e)
                : new ModelException(
                        file.toString(), "it can't be read (" + PerceptException.reason(e) + ")", "check the disk", e);
    }

    /**
     * Reads and checks a graph.
     *
     * @param file that it lies in, or null for the embedded one
     * @throws ModelException if ONNX Runtime should not see it
     */
    static ModelGraph graph(String where, ByteBuffer content, @Nullable Path file) {
        try {
            return ModelGraph.read(
                    content, file == null ? null : file.toAbsolutePath().getParent());
        } catch (MalformedModelException e) {
            throw new ModelException(where, Objects.toString(e.getMessage()), "export or fetch it again", e);
        }
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
