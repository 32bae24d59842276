package dev.percept.server;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonObject;
import dev.percept.ImageSource;
import io.javalin.http.Context;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;

/** {@code PUT /v1/references}, and {@code HEAD} and {@code DELETE /v1/references/{id}}: references that are sent once. */
final class ReferenceEndpoints {
    static final String PATH = "/v1/references";
    static final String ID = "id";

    private static final String NAME = "reference";
    private static final Gson JSON =
            new GsonBuilder().setPrettyPrinting().disableHtmlEscaping().create();

    private final ServerState state;
    private final Intake intake;
    private final References references;

    ReferenceEndpoints(ServerState state, Intake intake, References references) {
        this.state = state;
        this.intake = intake;
        this.references = references;
    }

    /** Keeps a picture, if it is one. */
    CompletableFuture<Void> put(Context context) {
        state.requireScoring(context);
        requirePicture(context);
        requireRoom(context.req().getContentLengthLong());
        return intake.take(context, exchange -> {
            byte[] file = exchange.body();
            requireRoom(file.length);
            ServedModel.Lease model = exchange.lease(state, ServerState.ofQuery(context));
            ImageSource picture = ImageSource.of(file, NAME);
            SoloJob<ImageSource.Decoded, References.Stored> job = SoloJob.decoding(
                    model,
                    exchange.ticket(),
                    List.of(picture),
                    () -> model.loss().decode(picture),
                    decoded -> new References.Stored(References.id(file), file, decoded.width(), decoded.height()));
            return exchange.answer(job, stored -> answer(context, stored, references.put(stored)));
        });
    }

    private static void requirePicture(Context context) {
        String type = Objects.requireNonNullElse(context.req().getContentType(), "")
                .split(";", 2)[0]
                .strip()
                .toLowerCase(Locale.ROOT);
        // What is in it is told by its bytes; a type only keeps forms out.
        if (!type.isEmpty() && !type.startsWith("image/") && !type.equals("application/octet-stream")) {
            throw new ProblemException(Problem.notAPicture());
        }
    }

    private void requireRoom(long length) {
        if (!references.hasRoomFor(length)) {
            throw new ProblemException(Problem.referenceTooLarge(references.mostBytes()));
        }
    }

    private static void answer(Context context, References.Stored stored, boolean isNew) {
        JsonObject answer = new JsonObject();
        answer.addProperty(ID, stored.id());
        answer.addProperty("width", stored.width());
        answer.addProperty("height", stored.height());
        answer.addProperty("bytes", stored.file().length);
        context.status(isNew ? 201 : 200)
                .header("Location", PATH + "/" + stored.id())
                .contentType(HttpService.JSON)
                .result(JSON.toJson(answer).getBytes(StandardCharsets.UTF_8));
    }

    /** Whether a picture is kept. It counts as used. */
    void head(Context context) {
        stored(references, context.pathParam(ID));
    }

    /** Forgets a picture. */
    void delete(Context context) {
        if (!references.remove(context.pathParam(ID))) {
            throw new ProblemException(Problem.unknownReference());
        }
        context.status(204);
    }

    /**
     * The reference that a form names as {@code reference_id}, to be read; it is called by its id.
     *
     * @throws ProblemException if that is no id, or names none that is kept
     */
    static ImageSource source(References references, String id) {
        if (!References.ID.matcher(id).matches()) {
            throw new ProblemException(
                    Problem.badForm("The field reference_id has to be sha256: and 64 digits of 0-9 and a-f, as PUT "
                            + PATH + " answers."));
        }
        return ImageSource.of(stored(references, id).file(), id);
    }

    /**
     * A reference that was sent.
     *
     * @throws ProblemException if it isn't kept, or not any more
     */
    private static References.Stored stored(References references, String id) {
        References.Stored stored = references.get(id);
        if (stored == null) {
            throw new ProblemException(Problem.unknownReference());
        }
        return stored;
    }
}
