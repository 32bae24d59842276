package dev.percept;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Stream;

/** Finding model files and telling whether they are the right ones. */
final class ModelFiles {
    private static final String SUFFIX = ".onnx";

    private ModelFiles() {}

    /** The SHA-256 of the buffer's remaining bytes, in lower-case hex. */
    static String sha256(ByteBuffer content) {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            digest.update(content);
            return HexFormat.of().formatHex(digest.digest());
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
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
