package dev.percept.kept;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.TreeMap;
import java.util.zip.CRC32;
import org.jspecify.annotations.Nullable;

/**
 * Files' digests, kept with all that the file system says of the files' state: one that has not been changed isn't hashed again.
 * Thread-safe.
 */
public final class Digests {
    private static final String FOLDER = "digests";
    /** Some two hundred files' worth. */
    private static final long MOST_BYTES = 100_000;

    private static final long ENTRY_BYTES = 10_000;

    /**
     * What was written so recently may be written again without its times showing it: clocks of file systems tick, by as much as
     * 2 s.
     */
    private static final Duration RACY = Duration.ofSeconds(3);

    private final KeptFolder folder;

    /** The digests that a cache folder has. */
    public Digests(Path cache) {
        this(new KeptFolder(cache, FOLDER, MOST_BYTES));
    }

    Digests(KeptFolder folder) {
        this.folder = folder;
    }

    /**
     * A file's state, as far as the file system tells: where it is, its identity, size, and times. Most say when anything of it was
     * last changed, which nobody can set back.
     *
     * @param text all of it
     * @param changed the latest of its times
     */
    public record State(String text, Instant changed) {
        /** The state that a file is in now. */
        public static State of(Path file) throws IOException {
            boolean unix = file.getFileSystem().supportedFileAttributeViews().contains("unix");
            Map<String, Object> all = new TreeMap<>(Files.readAttributes(
                    file, unix ? "unix:dev,ino,size,lastModifiedTime,ctime" : "size,lastModifiedTime,creationTime"));
            StringBuilder text = new StringBuilder(file.toAbsolutePath().toString()).append('\n');
            Instant changed = Instant.MIN;
            for (Map.Entry<String, Object> each : all.entrySet()) {
                Object value = each.getValue();
                if (value instanceof FileTime time) {
                    Instant instant = time.toInstant();
                    // Not as a date: Java's formats for these cost a cold start ten milliseconds.
                    value = instant.getEpochSecond() + "." + instant.getNano();
                    changed = instant.isAfter(changed) ? instant : changed;
                }
                text.append(each.getKey()).append('=').append(value).append('\n');
            }
            return new State(text.toString(), changed);
        }
    }

    /** The digest that was kept for a file in this state, or null. */
    public @Nullable String find(State state) {
        Path file = folder.find(name(state));
        if (file == null) {
            return null;
        }
        try {
            String text = new String(Files.readAllBytes(file), StandardCharsets.UTF_8);
            int at = state.text().length();
            int end = text.indexOf('\n', at);
            if (end < 0 || !text.startsWith(state.text())) {
                return null;
            }
            String digest = text.substring(at, end);
            return text.equals(entry(state, digest)) ? digest : null;
        } catch (IOException e) {
            System.getLogger(Digests.class.getName()).log(System.Logger.Level.DEBUG, "can't read " + file, e);
            return null;
        }
    }

    /**
     * Keeps a file's digest, unless it was changed so recently that it may change again unnoticed.
     *
     * @param digest in hex, of whichever kind is wanted of this file
     */
    public void keep(State state, String digest) {
        keep(state, digest, Instant.now());
    }

    /** {@link #keep(State, String)} at another time than now, for tests. */
    public void keep(State state, String digest, Instant now) {
        if (state.changed().isBefore(now.minus(RACY))) {
            byte[] entry = entry(state, digest).getBytes(StandardCharsets.UTF_8);
            folder.keep(name(state), ENTRY_BYTES, file -> Files.write(file, entry));
        }
    }

    /** The state, the digest, and a sum of both, since a damaged digest looks like any other. */
    private static String entry(State state, String digest) {
        return state.text() + digest + "\n" + sum(state.text() + digest) + "\n";
    }

    /** One for each path, so that a file's new state takes the old one's place. */
    private static String name(State state) {
        return sum(state.text().substring(0, state.text().indexOf('\n')));
    }

    /** A short sum of a text, in hex. */
    public static String sum(String text) {
        CRC32 sum = new CRC32();
        sum.update(text.getBytes(StandardCharsets.UTF_8));
        return Long.toHexString(sum.getValue());
    }
}
