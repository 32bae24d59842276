package dev.percept.server;

import dev.percept.ImageSource;
import io.javalin.http.Context;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletionException;
import java.util.function.Function;
import org.eclipse.jetty.http.MultiPart;
import org.eclipse.jetty.http.MultiPartConfig;
import org.eclipse.jetty.http.MultiPartFormData;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.util.Attributes;
import org.jspecify.annotations.Nullable;

/**
 * The form that {@code POST /v1/score} takes: one field named reference or reference_id, one or more named candidate, and
 * perhaps model, which may stand in the query instead.
 *
 * @param reference the reference, or null if it was sent before
 * @param referenceId what names it then, else null
 * @param candidates at least one, in the order of the form
 * @param model its name, or null for the default
 */
record ScoreForm(
        @Nullable ImageSource reference,
        @Nullable String referenceId,
        List<ImageSource> candidates,
        @Nullable String model) {
    private static final String FORM = "multipart/form-data";
    static final String REFERENCE = "reference";
    static final String REFERENCE_ID = "reference_id";
    static final String CANDIDATE = "candidate";

    /** The most pictures in one form, the reference among them. */
    static final int MAX_PARTS = 101;

    static final int MAX_NAME_LENGTH = 200;

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
     * Reads the form out of a body in memory.
     *
     * @param contentType that names the boundary
     * @param queryModel the model that the query names, or null
     * @throws ProblemException if it is not such a form
     */
    static ScoreForm parse(byte[] body, String contentType, @Nullable String queryModel) {
        return parsed(body, contentType, parts -> of(parts, queryModel));
    }

    /**
     * Reads any form out of a body in memory. Its parts are copies of the body's; nothing is written anywhere.
     *
     * @param contentType that names the boundary
     * @param reader what is made of the parts
     * @throws ProblemException if it is no form
     */
    static <T> T parsed(byte[] body, String contentType, Function<Iterable<MultiPart.Part>, T> reader) {
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

    private static ScoreForm of(Iterable<MultiPart.Part> parts, @Nullable String queryModel) {
        String model = queryModel;
        ImageSource reference = null;
        String referenceId = null;
        List<ImageSource> candidates = new ArrayList<>();
        Set<String> unknown = new LinkedHashSet<>();
        for (MultiPart.Part part : parts) {
            String field = part.getName() == null ? "" : part.getName();
            if (field.equals(CANDIDATE)) {
                candidates.add(image(part, CANDIDATE + "-" + (candidates.size() + 1)));
            } else if (field.equals(REFERENCE_ID)) {
                if (referenceId != null) {
                    throw new ProblemException(Problem.badForm("There is more than one field reference_id; send one."));
                }
                referenceId = new String(bytes(part), StandardCharsets.UTF_8);
            } else if (field.equals(ServerState.MODEL)) {
                if (model != null) {
                    throw new ProblemException(Problem.badForm("There is more than one model; send one."));
                }
                model = new String(bytes(part), StandardCharsets.UTF_8);
            } else if (!field.equals(REFERENCE)) {
                unknown.add("'" + printable(field, MAX_NAME_LENGTH) + "'");
            } else if (reference == null) {
                reference = image(part, REFERENCE);
            } else {
                throw new ProblemException(Problem.badForm("There is more than one field reference; send one."));
            }
        }
        if (!unknown.isEmpty()) {
            throw new ProblemException(Problem.badForm("There is no field " + String.join(", ", unknown)
                    + "; the fields are reference, reference_id, candidate and model."));
        }
        if ((reference == null) == (referenceId == null)) {
            throw new ProblemException(Problem.badForm(
                    reference == null
                            ? "The field reference is missing, and so is reference_id."
                            : "There are both reference and reference_id; send one of them."));
        }
        if (candidates.isEmpty()) {
            throw new ProblemException(Problem.badForm("There is no field candidate; send one or more."));
        }
        return new ScoreForm(reference, referenceId, candidates, model);
    }

    static ImageSource image(MultiPart.Part part, String otherwise) {
        return ImageSource.of(bytes(part), fileName(part.getFileName(), otherwise));
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
        String name = printable(last, MAX_NAME_LENGTH);
        return name.isEmpty() || name.equals(".") || name.equals("..") ? otherwise : name;
    }

    /** Without control and invisible formatting characters, which could make a line look like another. */
    static String printable(String text, int maxLength) {
        String clean = text.replaceAll("[\\p{Cc}\\p{Cf}\\p{Zl}\\p{Zp}]", "").strip();
        if (clean.length() <= maxLength) {
            return clean;
        }
        return clean.substring(0, clean.offsetByCodePoints(0, clean.codePointCount(0, maxLength)));
    }
}
