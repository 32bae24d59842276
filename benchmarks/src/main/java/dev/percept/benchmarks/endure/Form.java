package dev.percept.benchmarks.endure;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;

/** Writes multipart/form-data, also such as no decent client would send. */
final class Form {
    static final String BOUNDARY = "percept-endure";
    static final String CONTENT_TYPE = "multipart/form-data; boundary=" + BOUNDARY;

    private final ByteArrayOutputStream body = new ByteArrayOutputStream();

    static byte[] of(byte[] reference, byte[] candidate) {
        return new Form()
                .part("reference", reference)
                .part("candidate", candidate)
                .end();
    }

    Form part(String field, byte[] content) {
        text("--" + BOUNDARY + "\r\nContent-Disposition: form-data; name=\"" + field + "\"; filename=\"" + field
                + ".png\"\r\nContent-Type: image/png\r\n\r\n");
        body.writeBytes(content);
        return text("\r\n");
    }

    Form text(String text) {
        body.writeBytes(text.getBytes(StandardCharsets.ISO_8859_1));
        return this;
    }

    byte[] end() {
        return text("--" + BOUNDARY + "--\r\n").bytes();
    }

    byte[] bytes() {
        return body.toByteArray();
    }
}
