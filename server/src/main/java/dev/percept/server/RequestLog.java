package dev.percept.server;

import io.javalin.http.Context;
import io.javalin.router.Endpoint;
import java.util.HashMap;
import java.util.Map;
import org.eclipse.jetty.ee10.servlet.ServletContextRequest;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.MDC;
import org.slf4j.event.Level;

/**
 * A line for each request, when it is answered. What there is to note of it stands in SLF4J's MDC: its id, method, route, status,
 * milliseconds, bytes of the bodies (of the request's, if it announced them), the name of its key, and where something was computed, the model and
 * how many pixels the pictures count as. Never a key, nor a path or a name that the client
 * made up.
 */
final class RequestLog {
    private static final Logger LOG = LoggerFactory.getLogger(RequestLog.class);
    private static final String MODEL = "percept.model";
    private static final String PIXELS = "percept.pixels";

    private RequestLog() {}

    /** Notes which model a request has chosen. */
    static void noteModel(Context context, String name) {
        context.attribute(MODEL, name);
    }

    /** Notes how many pixels its pictures count as. */
    static void notePixels(Context context, long pixels) {
        context.attribute(PIXELS, pixels);
    }

    /** Logs it; those that need no key, of which there are many that nobody asks about, only for debugging. */
    static void log(Context context, float millis) {
        Endpoint route = context.endpoints().matchedHttpEndpoint();
        boolean open = route != null && context.routeRoles().contains(Gate.Access.OPEN);
        Level level = open && context.statusCode() < 500 ? Level.DEBUG : Level.INFO;
        if (!LOG.isEnabledForLevel(level)) {
            return;
        }
        Map<String, String> notes = new HashMap<>();
        notes.put("id", HttpService.requestId(context));
        notes.put("method", context.req().getMethod());
        notes.put("route", route == null ? "none" : route.path);
        notes.put("status", Integer.toString(context.statusCode()));
        notes.put("millis", Long.toString(Math.round(millis)));
        long received = context.req().getContentLengthLong();
        if (received >= 0) {
            notes.put("bytes_in", Long.toString(received));
        }
        notes.put(
                "bytes_out",
                Long.toString(ServletContextRequest.getServletContextRequest(context.req())
                        .getHttpOutput()
                        .getWritten()));
        String model = context.attribute(MODEL);
        if (model != null) {
            notes.put("model", model);
        }
        Long pixels = context.attribute(PIXELS);
        if (pixels != null) {
            notes.put("pixels", Long.toString(pixels));
        }
        String key = Gate.clientOf(context);
        if (key != null) {
            notes.put("key", key);
        }
        notes.forEach(MDC::put);
        try {
            LOG.atLevel(level).log("answered");
        } finally {
            notes.keySet().forEach(MDC::remove);
        }
    }
}
