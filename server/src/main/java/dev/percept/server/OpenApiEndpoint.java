package dev.percept.server;

import io.javalin.http.Context;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Objects;

/** {@code GET /openapi.yaml}: the description of all that is answered here, as it is checked in. */
final class OpenApiEndpoint {
    static final String RESOURCE = "openapi.yaml";

    private final byte[] document = document();

    private static byte[] document() {
        try (InputStream in = OpenApiEndpoint.class.getResourceAsStream(RESOURCE)) {
            return Objects.requireNonNull(in, RESOURCE).readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    void handle(Context context) {
        context.contentType("application/yaml").result(document);
    }
}
