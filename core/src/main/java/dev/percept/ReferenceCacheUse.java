package dev.percept;

/**
 * How the cache of references' features was used, by all that share a loaded model.
 *
 * @param hits calls, and backgrounds of transparent references, whose features were there
 * @param misses those whose features were computed, as a whole
 * @param bytes that it holds now: features, in native memory, and the pictures that they are of
 */
public record ReferenceCacheUse(long hits, long misses, long bytes) {
    /** That of a model that keeps none. */
    public static final ReferenceCacheUse NONE = new ReferenceCacheUse(0, 0, 0);
}
