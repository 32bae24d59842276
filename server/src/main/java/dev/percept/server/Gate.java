package dev.percept.server;

import io.javalin.http.Context;
import io.javalin.security.RouteRole;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Lets a request through whose client has a key, as often as it may, before its body is read. Routes that are
 * {@link Access#OPEN} are for everybody; any other needs a key, where there are keys. Thread-safe.
 */
final class Gate {
    /** What a route says that needs no key and isn't counted. */
    enum Access implements RouteRole {
        OPEN
    }

    private static final String CLIENT = "percept.client";
    private static final String SCHEME = "Bearer ";

    private final List<ApiKey> keys;
    private final @Nullable RateLimiter rates;

    Gate(ServerSecurity security) {
        keys = security.keys();
        rates = security.rate() == null ? null : new RateLimiter(security.rate());
    }

    /**
     * Goes on if the request may.
     *
     * @throws ProblemException if not
     */
    void pass(Context context) {
        if (context.routeRoles().contains(Access.OPEN)) {
            return;
        }
        if (!keys.isEmpty()) {
            context.attribute(CLIENT, authenticate(context));
        }
        if (rates != null) {
            String client = Objects.requireNonNullElseGet(clientOf(context), context::ip);
            long wait = rates.take(client, System.nanoTime());
            if (wait > 0) {
                throw new ProblemException(Problem.tooMany(wait));
            }
        }
    }

    /**
     * Goes on if there are keys, and so the request came with one.
     *
     * @throws ProblemException if not
     */
    void requireKeys() {
        if (keys.isEmpty()) {
            throw new ProblemException(Problem.noKeys());
        }
    }

    /** The name of the key that a request came with, or null where there are none. */
    static @Nullable String clientOf(Context context) {
        return context.attribute(CLIENT);
    }

    private String authenticate(Context context) {
        String header = context.header("Authorization");
        if (header == null || !header.regionMatches(true, 0, SCHEME, 0, SCHEME.length())) {
            context.header("WWW-Authenticate", "Bearer realm=\"percept\"");
            throw new ProblemException(Problem.unauthorized("Send a key: Authorization: Bearer KEY."));
        }
        byte[] digest = ApiKey.digest(header.substring(SCHEME.length()).strip());
        String name = null;
        // All of them, so that the time tells neither which it was nor how far it got.
        for (ApiKey key : keys) {
            if (key.matches(digest)) {
                name = key.name();
            }
        }
        if (name == null) {
            context.header("WWW-Authenticate", "Bearer realm=\"percept\", error=\"invalid_token\"");
            throw new ProblemException(Problem.unauthorized("The key is not one of this server's."));
        }
        return name;
    }
}
