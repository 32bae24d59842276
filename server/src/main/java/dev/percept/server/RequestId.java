package dev.percept.server;

import java.util.UUID;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** The name of a request, for the client's log and ours. */
final class RequestId {
    static final String HEADER = "X-Request-Id";

    // Goes into logs and headers, so nothing that could forge a line of either.
    private static final Pattern WELL_FORMED = Pattern.compile("[A-Za-z0-9._-]{1,64}");

    private RequestId() {}

    /** The one that the client gave, where it is well-formed, else a new one. */
    static String of(@Nullable String given) {
        return given != null && WELL_FORMED.matcher(given).matches()
                ? given
                : UUID.randomUUID().toString();
    }
}
