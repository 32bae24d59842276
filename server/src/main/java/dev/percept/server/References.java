package dev.percept.server;

import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * References that clients sent once, for many requests: their files, by digest, as many as a budget of bytes has room for. Those that weren't
 * used for longest go first. Thread-safe. Whoever was given one keeps it, also if it goes meanwhile.
 *
 * <p>Files and not pixels: they take a fraction of the memory, a budget of them is exact, and they belong to no model. Decoding them again is
 * little beside running a model, and of that the features are kept (ADR 19).
 */
final class References {
    static final Pattern ID = Pattern.compile("sha256:[0-9a-f]{64}");

    private final long mostBytes;
    /** The least recently used first. */
    private final Map<String, Stored> stored = new LinkedHashMap<>(16, 0.75f, true);

    private long bytes;

    /**
     * Keeps nothing yet.
     *
     * @param mostBytes of all files; with 0 nothing is kept
     */
    References(long mostBytes) {
        this.mostBytes = mostBytes;
    }

    /**
     * A picture that was sent.
     *
     * @param id {@code sha256:} and the digest of its file
     * @param file not to be changed
     * @param width in pixels, as it is scored
     * @param height in pixels, as it is scored
     */
    @SuppressWarnings("ArrayRecordComponent") // Handed on, never compared.
    record Stored(String id, byte[] file, int width, int height) {}

    /** What a file is called. */
    static String id(byte[] file) {
        return "sha256:" + HexFormat.of().formatHex(Sha256.of(file));
    }

    /** Whether a file of this size can be kept at all. */
    boolean hasRoomFor(long length) {
        return length <= mostBytes;
    }

    /** The largest file that can be kept, in bytes. */
    long mostBytes() {
        return mostBytes;
    }

    /**
     * Keeps a picture, for which there {@link #hasRoomFor is room}.
     *
     * @return whether it is new
     */
    synchronized boolean put(Stored picture) {
        Stored known = stored.put(picture.id(), picture);
        if (known != null) {
            return false;
        }
        bytes += picture.file().length;
        while (bytes > mostBytes) {
            remove(stored.keySet().iterator().next());
        }
        return true;
    }

    /** A picture, or null if it isn't kept. */
    synchronized @Nullable Stored get(String id) {
        return stored.get(id);
    }

    /**
     * Forgets a picture.
     *
     * @return whether there was one
     */
    synchronized boolean remove(String id) {
        Stored known = stored.remove(id);
        if (known != null) {
            bytes -= known.file().length;
        }
        return known != null;
    }

    /** What all take. */
    synchronized long bytes() {
        return bytes;
    }

    /** How many there are. */
    synchronized int count() {
        return stored.size();
    }
}
