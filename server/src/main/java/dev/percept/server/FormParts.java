package dev.percept.server;

import dev.percept.ImageSource;
import io.javalin.http.Context;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import java.util.concurrent.CompletionException;
import java.util.function.Function;
import org.eclipse.jetty.http.MultiPart;
import org.eclipse.jetty.http.MultiPartConfig;
import org.eclipse.jetty.http.MultiPartFormData;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.util.Attributes;
import org.jspecify.annotations.Nullable;

/** Any form's parts: out of a body in memory, as pictures and texts, with names that can be printed. */
final class FormParts {
    private static final String FORM = "multipart/form-data";
    /** The most pictures in one form, the reference among them. */
    private static final int MAX_PARTS = 101;

    private static final int MAX_NAME_LENGTH = 200;

    private FormParts() {}

    /**
     * The content type of a request that has a form for its body.
     *
     * @throws ProblemException if it has something else
     */
    static String requireForm(Context context) {
        String contentType = Objects.requireNonNullElse(context.req().getContentType(), "");
        if (!contentType.split(";", 2)[0].strip().equalsIgnoreCase(FORM)) {
            throw new ProblemException(Problem.wrongContentType());
        }
        return contentType;
    }

    /**
     * Reads any form out of a body in memory. Its parts are copies of the body's; nothing is written anywhere.
     *
     * @param contentType that names the boundary
     * @param reader what is made of the parts
     * @throws ProblemException if it is no form
     */
    static <T> T read(byte[] body, String contentType, Function<Iterable<MultiPart.Part>, T> reader) {
        if (MultiPart.extractBoundary(contentType) == null) {
            throw new ProblemException(Problem.badForm("Content-Type names no boundary."));
        }
        MultiPartConfig config = new MultiPartConfig.Builder()
                .maxParts(MAX_PARTS)
                .maxSize(-1)
                .maxPartSize(-1)
                // Never a file: Jetty leaves them behind when a request fails (jetty#13464).
                .maxMemoryPartSize(-1)
                .build();
        try {
            Content.Source source = Content.Source.from(ByteBuffer.wrap(body));
            return reader.apply(MultiPartFormData.getParts(source, new Attributes.Mapped(), contentType, config));
        } catch (CompletionException | IllegalArgumentException | IllegalStateException e) {
            throw new ProblemException(
                    Problem.badForm("The body is not well-formed multipart/form-data, or has more than " + MAX_PARTS
                            + " parts or too long part headers."));
        }
    }

    /** The picture that a part is, by its file's name or else another. */
    static ImageSource image(MultiPart.Part part, String otherwise) {
        return ImageSource.of(bytes(part), fileName(part.getFileName(), otherwise));
    }

    static String text(MultiPart.Part part) {
        return new String(bytes(part), StandardCharsets.UTF_8);
    }

    private static byte[] bytes(MultiPart.Part part) {
        try {
            ByteBuffer content = Content.Source.asByteBuffer(part.createContentSource());
            byte[] bytes = new byte[content.remaining()];
            content.get(bytes);
            return bytes;
        } catch (IOException e) {
            throw new UncheckedIOException("a part that is in memory", e);
        }
    }

    /** The last part of a file name, as it can be printed in a line, or another name where there is none. */
    static String fileName(@Nullable String given, String otherwise) {
        if (given == null) {
            return otherwise;
        }
        // Both separators, whatever system the client runs on.
        String last = given.substring(Math.max(given.lastIndexOf('/'), given.lastIndexOf('\\')) + 1);
        String name = printable(last);
        return name.isEmpty() || name.equals(".") || name.equals("..") ? otherwise : name;
    }

    /** Without control and invisible formatting characters, which could make a line look like another, and not too long. */
    static String printable(String text) {
        String clean = text.replaceAll("[\\p{Cc}\\p{Cf}\\p{Zl}\\p{Zp}]", "").strip();
        if (clean.length() <= MAX_NAME_LENGTH) {
            return clean;
        }
        return clean.substring(0, clean.offsetByCodePoints(0, clean.codePointCount(0, MAX_NAME_LENGTH)));
    }
}
