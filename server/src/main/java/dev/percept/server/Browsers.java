package dev.percept.server;

import io.javalin.http.Context;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What pages of other origins may have a browser do here. A browser sends forms to any address, this machine's own among them, whoever
 * wrote the page; so a request that changes or computes something is refused if it comes from another origin, unless that origin was
 * named. And a page can have its own host's name point to this machine (DNS rebinding), which makes it the same origin; so a server
 * that asks for no key and listens for this machine only answers to the names that this machine has for itself. Other programs send
 * none of the headers that are looked at here but Host. Thread-safe.
 */
final class Browsers {
    private static final Set<String> SAFE = Set.of("GET", "HEAD", "OPTIONS");
    private static final Pattern IP_ADDRESS = Pattern.compile("\\d{1,3}(\\.\\d{1,3}){3}|\\[[0-9a-fA-F:.]+]");

    private final List<String> corsOrigins;
    private final @Nullable String onlyHost;

    /**
     * For a server of this configuration.
     *
     * @param loopback whether its address reaches no further than this machine
     */
    Browsers(ServerConfig config, boolean loopback) {
        corsOrigins = config.security().corsOrigins();
        boolean guessable = loopback && config.security().keys().isEmpty() && !config.allowRemote();
        onlyHost = guessable ? config.host() : null;
    }

    /**
     * Goes on if the request may, and lets the pages of named origins read the answer.
     *
     * @return whether it is a browser's question, which is answered hereby
     * @throws ProblemException if it may not
     */
    boolean pass(Context context) {
        requireKnownHost(context.header("Host"));
        String origin = context.header("Origin");
        if (!corsOrigins.isEmpty()) {
            context.header("Vary", "Origin");
        }
        if (origin != null && corsOrigins.contains(origin)) {
            context.header("Access-Control-Allow-Origin", origin);
            context.header("Access-Control-Expose-Headers", "X-Request-Id, Retry-After, WWW-Authenticate");
            return isQuestion(context);
        }
        if (!SAFE.contains(context.req().getMethod()) && isCrossOrigin(context, origin)) {
            throw new ProblemException(Problem.crossOrigin());
        }
        return false;
    }

    private void requireKnownHost(@Nullable String header) {
        if (onlyHost == null || header == null) {
            return;
        }
        String name = header.replaceAll(":\\d*$", "");
        if (!name.equalsIgnoreCase("localhost")
                && !name.equalsIgnoreCase(onlyHost)
                && !IP_ADDRESS.matcher(name).matches()) {
            throw new ProblemException(Problem.wrongHost());
        }
    }

    /** By what browsers say of themselves; older ones say only the origin. */
    private static boolean isCrossOrigin(Context context, @Nullable String origin) {
        String site = context.header("Sec-Fetch-Site");
        if (site != null) {
            return !site.equals("same-origin") && !site.equals("none");
        }
        return origin != null && !origin.endsWith("://" + context.header("Host"));
    }

    /** Answers whether a request of another origin may be sent (CORS's preflight). */
    private static boolean isQuestion(Context context) {
        if (!context.req().getMethod().equals("OPTIONS") || context.header("Access-Control-Request-Method") == null) {
            return false;
        }
        context.status(204)
                .header("Access-Control-Allow-Methods", "GET, POST, PUT")
                .header("Access-Control-Allow-Headers", "Authorization, Content-Type, X-Request-Id, Percept-Timeout-Ms")
                .header("Access-Control-Max-Age", "3600");
        return true;
    }
}
