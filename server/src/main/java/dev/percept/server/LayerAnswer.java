// SPDX-License-Identifier: Apache-2.0
package dev.percept.server;

import io.javalin.http.Context;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * An answer that is about one layer.
 *
 * @param contentType of the body
 * @param layer its name
 * @param body to send
 */
@SuppressWarnings("ArrayRecordComponent") // Handed on, never compared.
record LayerAnswer(String contentType, String layer, byte[] body) {
    static final String NPY = "application/x-npy";
    static final String PNG = "image/png";

    /** Names the layer; what isn't visible ASCII, and %, as percent-encoded UTF-8. */
    static final String LAYER_HEADER = "Percept-Layer";

    /** What writes a body. */
    interface Content {
        void to(OutputStream out) throws IOException;
    }

    static LayerAnswer of(String contentType, String layer, Content content) {
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        try {
            content.to(body);
        } catch (IOException e) {
            throw new UncheckedIOException("into memory", e);
        }
        return new LayerAnswer(contentType, layer, body.toByteArray());
    }

    void write(Context context) {
        context.header(LAYER_HEADER, encoded(layer)).contentType(contentType).result(body);
    }

    private static String encoded(String name) {
        StringBuilder encoded = new StringBuilder();
        for (byte b : name.getBytes(StandardCharsets.UTF_8)) {
            if (b > ' ' && b <= '~' && b != '%') {
                encoded.append((char) b);
            } else {
                encoded.append(String.format("%%%02X", b));
            }
        }
        return encoded.toString();
    }

    /**
     * The problem with a layer that was asked for.
     *
     * @param kind of layers that there are
     */
    static ProblemException noLayer(String name, String kind, List<String> layers) {
        return new ProblemException(Problem.badForm("There is no layer '" + FormParts.printable(name) + "'; " + kind
                + " are " + String.join(", ", layers) + "."));
    }
}
