package dev.percept.server;

import java.net.URI;
import java.net.URISyntaxException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Whom a {@link PerceptServer} answers, how often, and over what. Immutable.
 *
 * @param keys one of which a client must send; none by default: whoever reaches the server may use it
 * @param rate of each key, or of each address where there are no keys; null, the default, for no limit
 * @param tls to speak HTTPS with; null, the default, for HTTP
 * @param corsOrigins origins such as {@code https://pictures.example} whose pages may use the server from a browser; none by default
 */
public record ServerSecurity(
        List<ApiKey> keys,
        @Nullable RateLimit rate,
        @Nullable TlsFiles tls,
        List<String> corsOrigins) {
    public ServerSecurity {
        keys = List.copyOf(keys);
        corsOrigins = List.copyOf(corsOrigins);
        corsOrigins.forEach(ServerSecurity::requireOrigin);
    }

    private static void requireOrigin(String origin) {
        try {
            URI uri = new URI(origin);
            boolean whole = uri.getScheme() != null && uri.getHost() != null;
            if (whole && origin.equals(uri.getScheme() + "://" + uri.getRawAuthority())) {
                return;
            }
        } catch (URISyntaxException e) {
            // Said below.
        }
        throw new IllegalArgumentException(
                "'" + origin + "' is no origin; give scheme, host and port if any, such as https://pictures.example");
    }

    /** The defaults of all. */
    public static ServerSecurity defaults() {
        return new ServerSecurity(List.of(), null, null, List.of());
    }

    /** This with other keys. */
    public ServerSecurity withKeys(List<ApiKey> newKeys) {
        return new ServerSecurity(newKeys, rate, tls, corsOrigins);
    }

    /** This with another limit of requests, or none. */
    public ServerSecurity withRate(@Nullable RateLimit newRate) {
        return new ServerSecurity(keys, newRate, tls, corsOrigins);
    }

    /** This over HTTPS, or HTTP if that is null. */
    public ServerSecurity withTls(@Nullable TlsFiles newTls) {
        return new ServerSecurity(keys, rate, newTls, corsOrigins);
    }

    /**
     * This with other origins.
     *
     * @throws IllegalArgumentException if one is no origin
     */
    public ServerSecurity withCorsOrigins(List<String> newOrigins) {
        return new ServerSecurity(keys, rate, tls, newOrigins);
    }
}
