package dev.percept.onnx;

import dev.percept.ReferenceCacheUse;
import dev.percept.image.Pixels;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The features of single references that calls have used, as many as a budget of bytes has room for; those that weren't used for
 * longest go first. Thread-safe.
 *
 * <p>A reference is known by all of its pixels. A digest would need that comparison all the same to be sure, and pictures that differ mostly
 * do so early.
 */
final class ReferenceCache implements AutoCloseable {
    private final long budgetBytes;
    /** The least recently used first. */
    private final List<ReferenceFeatures> entries = new ArrayList<>();

    private long hits;
    private long misses;

    /** @param budgetBytes that features in native memory, and the pictures that they are of, may take; with 0 nothing is kept */
    ReferenceCache(long budgetBytes) {
        this.budgetBytes = budgetBytes;
    }

    /** What is known of a reference, or null. The caller closes it. */
    synchronized @Nullable ReferenceFeatures take(Pixels picture) {
        ReferenceFeatures known = find(picture);
        if (known != null) {
            hits++;
            entries.remove(known);
            entries.add(known);
            known.share();
        }
        return known;
    }

    private @Nullable ReferenceFeatures find(Pixels picture) {
        for (ReferenceFeatures entry : entries) {
            // The same colours in 8 and in 16 bits may give other floats.
            if (entry.picture().isDeep() == picture.isDeep() && entry.picture().sameAs(picture)) {
                return entry;
            }
        }
        return null;
    }

    /**
     * Keeps what was computed of a reference that {@link #take} did not know, if there is room for it.
     *
     * @param features of one picture, whose samples nobody changes any more
     */
    synchronized void add(ReferenceFeatures features) {
        misses++;
        // Another thread may have computed the same meanwhile.
        if (features.bytes() <= budgetBytes && find(features.picture()) == null) {
            features.share();
            entries.add(features);
            trim();
        }
    }

    /** Lets go of what is above the budget, since features were added to an entry. */
    synchronized void trim() {
        // First what will never fit, so that it doesn't push out all others.
        for (ReferenceFeatures entry : List.copyOf(entries)) {
            if (entry.bytes() > budgetBytes) {
                remove(entry);
            }
        }
        while (bytes() > budgetBytes) {
            remove(entries.get(0));
        }
    }

    private void remove(ReferenceFeatures entry) {
        entries.remove(entry);
        entry.close();
    }

    private long bytes() {
        return entries.stream().mapToLong(ReferenceFeatures::bytes).sum();
    }

    /** How it was used up to now. */
    synchronized ReferenceCacheUse use() {
        return new ReferenceCacheUse(hits, misses, bytes());
    }

    /** Lets go of all. */
    @Override
    public synchronized void close() {
        entries.forEach(ReferenceFeatures::close);
        entries.clear();
    }
}
