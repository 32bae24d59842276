package dev.percept.server;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** A file of keys: one a line, {@code NAME:KEY} or {@code NAME:sha256=HEX}; empty lines and those that begin with # don't count. */
final class KeyFile {
    private static final String DIGEST = "sha256=";
    private static final Set<PosixFilePermission> OTHERS = Set.of(
            PosixFilePermission.GROUP_READ,
            PosixFilePermission.GROUP_WRITE,
            PosixFilePermission.OTHERS_READ,
            PosixFilePermission.OTHERS_WRITE);

    private KeyFile() {}

    /**
     * Its keys, at least one.
     *
     * @throws IllegalArgumentException if it can't be read, has none, or a line is wrong; the message tells the line's number and
     *     nothing of what stands in it
     */
    static List<ApiKey> read(Path file) {
        List<String> lines;
        try {
            lines = Files.readAllLines(file, StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new IllegalArgumentException(
                    "the keys in " + file + " can't be read (" + e.getClass().getSimpleName()
                            + "); check that it is there, readable and UTF-8",
                    e);
        }
        List<ApiKey> keys = new ArrayList<>();
        for (int i = 0; i < lines.size(); i++) {
            String line = lines.get(i).strip();
            if (!line.isEmpty() && !line.startsWith("#")) {
                try {
                    keys.add(key(line));
                } catch (IllegalArgumentException e) {
                    throw new IllegalArgumentException(file + ", line " + (i + 1) + ": " + e.getMessage(), e);
                }
            }
        }
        if (keys.isEmpty()) {
            throw new IllegalArgumentException(file + " has no keys; write one a line: NAME:KEY, or NAME:sha256=HEX");
        }
        return keys;
    }

    private static ApiKey key(String line) {
        int colon = line.indexOf(':');
        if (colon < 0) {
            throw new IllegalArgumentException("it is neither NAME:KEY nor NAME:sha256=HEX");
        }
        String name = line.substring(0, colon);
        String key = line.substring(colon + 1);
        return key.startsWith(DIGEST) ? ApiKey.ofSha256(name, key.substring(DIGEST.length())) : ApiKey.of(name, key);
    }

    /** Whether other users of this machine may read or change it, as far as the file system tells. */
    static boolean isOpenToOthers(Path file) {
        try {
            return Files.getPosixFilePermissions(file).stream().anyMatch(OTHERS::contains);
        } catch (IOException | UnsupportedOperationException e) {
            // Windows, for one, has no such permissions; a file that can't be asked has been read all the same.
            return false;
        }
    }
}
