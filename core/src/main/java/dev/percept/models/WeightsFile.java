package dev.percept.models;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A safetensors file on the Hugging Face hub, and what it must be.
 *
 * @param repository {@code OWNER/NAME}
 * @param revision the commit
 * @param path the file in the repository
 * @param megabytes its size in 10⁶ bytes, rounded
 * @param size its size in bytes, if known
 * @param sha256 its digest, in lower-case hex
 * @param licence SPDX identifier
 * @param copyright whose the weights are
 * @param tensors where single tensors lie, by name; empty if that isn't known
 */
public record WeightsFile(
        String repository,
        String revision,
        String path,
        long megabytes,
        @Nullable Long size,
        String sha256,
        String licence,
        String copyright,
        Map<String, Pin> tensors) {
    private static final String HUB = "https://huggingface.co";

    public WeightsFile {
        tensors = Map.copyOf(tensors);
    }

    /**
     * One tensor within the file.
     *
     * @param offset of its first byte, from the file's beginning
     * @param sha256 of its bytes, in lower-case hex
     */
    public record Pin(long offset, String sha256) {}

    /** The address on the hub, whichever mirror the file is really fetched from. */
    public String source() {
        return address(HUB);
    }

    /** The address on a mirror of the hub. */
    String address(String endpoint) {
        return endpoint.replaceAll("/+$", "") + "/" + repository + "/resolve/" + revision + "/" + path;
    }

    /** The name in the cache, which is also that of {@code percept export}: two revisions never collide. */
    String cacheName() {
        String stem = repository.substring(repository.lastIndexOf('/') + 1);
        return stem + "-" + sha256.substring(0, 8) + ".safetensors";
    }

    /** Its size in bytes, exact or nearly so. */
    long expectedBytes() {
        return size != null ? size : megabytes * 1_000_000;
    }
}
