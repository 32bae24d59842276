package dev.percept.image;

import dev.percept.ImageException;
import dev.percept.ImageSource;
import dev.percept.PerceptException;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/** Reads a picture's file, stream or array into memory, within a limit. */
final class SourceBytes {
    private SourceBytes() {}

    /**
     * The bytes, which the caller may change.
     *
     * @throws ImageException if it is missing, can't be read, or is longer than {@code most}
     */
    static byte[] of(ImageSource source, long most) {
        String name = source.name();
        try {
            if (source instanceof ImageSource.Bytes given) {
                requireWithin(name, given.bytes().length, most);
                return given.bytes().clone();
            }
            if (source instanceof ImageSource.Stream stream) {
                return read(name, stream.stream(), most);
            }
            Path path = ((ImageSource.File) source).path();
            if (Files.isDirectory(path)) {
                throw new ImageException(name, "it is a folder", "name the pictures in it");
            }
            requireWithin(name, Files.size(path), most);
            try (InputStream in = Files.newInputStream(path)) {
                return read(name, in, most);
            }
        } catch (NoSuchFileException e) {
            throw new ImageException(name, "there is no such file", "check the path", e);
        } catch (AccessDeniedException e) {
            throw new ImageException(name, "it may not be read", "check its permissions", e);
        } catch (IOException e) {
            throw new ImageException(
                    name, "it can't be read (" + PerceptException.reason(e) + ")", "check the disk or stream", e);
        }
    }

    private static byte[] read(String name, InputStream in, long most) throws IOException {
        // Not in's own readNBytes: a FileInputStream asks how long it is, and a pipe has no answer.
        byte[] bytes = new BufferedInputStream(in).readNBytes((int) Math.min(Integer.MAX_VALUE - 8, most + 1));
        requireWithin(name, bytes.length, most);
        return bytes;
    }

    private static void requireWithin(String name, long length, long most) {
        if (length > most) {
            throw new ImageException(
                    name,
                    "it has more than the " + most + " bytes that are read",
                    "save it smaller, or raise the limit (--max-bytes)");
        }
    }
}
