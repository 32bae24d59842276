package dev.percept;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Which state of a file this is. Two stamps differ if the file was replaced, or written in between.
 *
 * @param key the file system's identity of the file, or null where it has none
 * @param size in bytes
 * @param modified when it was last written
 */
record FileStamp(@Nullable Object key, long size, FileTime modified) {
    /** @throws ModelException if the file can't be looked at */
    static FileStamp of(Path file) {
        try {
            BasicFileAttributes attributes = Files.readAttributes(file, BasicFileAttributes.class);
            return new FileStamp(attributes.fileKey(), attributes.size(), attributes.lastModifiedTime());
        } catch (IOException e) {
            throw new ModelException(
                    file.toString(), "it can't be read (" + PerceptException.reason(e) + ")", "check the path", e);
        }
    }

    /** Not a record's own, which costs a cold start some milliseconds. */
    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof FileStamp stamp
                && size == stamp.size
                && modified.equals(stamp.modified)
                && Objects.equals(key, stamp.key);
    }

    @Override
    public int hashCode() {
        return Long.hashCode(size);
    }
}
