package dev.percept.server;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.Locale;
import java.util.regex.Pattern;

/**
 * A key that lets a client in, and what its owner is called in logs and limits. Only the key's digest is held. Immutable. Several
 * keys may have one name, so that a client can change its key while both are good.
 */
public final class ApiKey {
    /** Fewer characters could be guessed. */
    private static final int MINIMUM_LENGTH = 16;

    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9._-]{1,64}");
    private static final Pattern PRINTABLE = Pattern.compile("[\\x21-\\x7e]*");
    private static final Pattern SHA256 = Pattern.compile("[0-9a-fA-F]{64}");

    private final String name;
    private final byte[] sha256;

    private ApiKey(String name, byte[] sha256) {
        if (!NAME.matcher(name).matches()) {
            throw new IllegalArgumentException("a key's name must be 1 to 64 of A-Z a-z 0-9 . _ -");
        }
        this.name = name;
        this.sha256 = sha256;
    }

    /**
     * A key as the client sends it.
     *
     * @param key 16 or more printable ASCII characters, without spaces
     * @throws IllegalArgumentException if one is not as it should be; the message doesn't tell the key
     */
    public static ApiKey of(String name, String key) {
        if (key.length() < MINIMUM_LENGTH || !PRINTABLE.matcher(key).matches()) {
            throw new IllegalArgumentException(
                    "a key must be " + MINIMUM_LENGTH + " or more printable ASCII characters, without spaces");
        }
        return new ApiKey(name, digest(key));
    }

    /**
     * A key of which only the SHA-256 is known.
     *
     * @param sha256 64 hexadecimal digits
     * @throws IllegalArgumentException if one is not as it should be
     */
    public static ApiKey ofSha256(String name, String sha256) {
        if (!SHA256.matcher(sha256).matches()) {
            throw new IllegalArgumentException("a key's SHA-256 must be 64 hexadecimal digits");
        }
        return new ApiKey(name, HexFormat.of().parseHex(sha256.toLowerCase(Locale.ROOT)));
    }

    static byte[] digest(String key) {
        return Sha256.of(key.getBytes(StandardCharsets.ISO_8859_1));
    }

    /** What its owner is called. */
    public String name() {
        return name;
    }

    /** Whether this is the key of such a digest; takes the same time whether it is or not. */
    boolean matches(byte[] digest) {
        return MessageDigest.isEqual(sha256, digest);
    }

    /** The name; never the key. */
    @Override
    public String toString() {
        return name;
    }
}
