// SPDX-License-Identifier: Apache-2.0
package dev.percept.kept;

import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** A SHA-256 in the making. For one thread. */
public final class Sha256 {
    private final MessageDigest digest;

    /** That of nothing so far. */
    public Sha256() {
        try {
            digest = MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }

    /** The digest of a buffer's remaining bytes, in lower-case hex. */
    public static String of(ByteBuffer bytes) {
        Sha256 sha256 = new Sha256();
        sha256.digest.update(bytes);
        return sha256.hex();
    }

    /** Adds the first so many of these bytes. */
    public void add(byte[] bytes, int count) {
        digest.update(bytes, 0, count);
    }

    /** The digest of all that was added, in lower-case hex; nothing counts as added then. */
    public String hex() {
        return HexFormat.of().formatHex(digest.digest());
    }
}
