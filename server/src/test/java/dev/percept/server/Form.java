package dev.percept.server;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** Writes multipart/form-data, also such as no decent client would send. */
final class Form {
    static final String BOUNDARY = "----percept-test";
    static final String CONTENT_TYPE = "multipart/form-data; boundary=" + BOUNDARY;

    private final ByteArrayOutputStream body = new ByteArrayOutputStream();

    /** A picture of the samples folder. */
    static byte[] sample(String name) {
        try {
            return Files.readAllBytes(samplePath(name));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static Path samplePath(String name) {
        return Path.of("..", "samples", name + ".png");
    }

    /** A form that is all right: the sample against itself. */
    static Form good() {
        return new Form()
                .file("reference", "reference.png", sample("reference"))
                .file("candidate", "blur-1.png", sample("blur-1"));
    }

    Form file(String field, @Nullable String fileName, byte[] content) {
        String quoted = fileName == null ? "" : "; filename=\"" + fileName + "\"";
        text("--" + BOUNDARY + "\r\nContent-Disposition: form-data; name=\"" + field + "\"" + quoted
                + "\r\nContent-Type: image/png\r\n\r\n");
        body.writeBytes(content);
        return text("\r\n");
    }

    Form text(String text) {
        body.writeBytes(text.getBytes(StandardCharsets.UTF_8));
        return this;
    }

    byte[] bytes() {
        byte[] end = ("--" + BOUNDARY + "--\r\n").getBytes(StandardCharsets.UTF_8);
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        all.writeBytes(body.toByteArray());
        all.writeBytes(end);
        return all.toByteArray();
    }
}
