package dev.percept.server;

import dev.percept.DeviceException;
import dev.percept.ImageException;
import dev.percept.ImageSource;
import dev.percept.ModelException;
import dev.percept.PerceptException;
import dev.percept.PerceptualLoss;
import dev.percept.ScoreReport;
import dev.percept.ScoreResult;
import io.javalin.http.Context;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** {@code POST /v1/score}: a form of pictures in, a {@link ScoreReport} out. */
final class ScoreEndpoint {
    private static final Logger LOG = LoggerFactory.getLogger(ScoreEndpoint.class);

    private final ServerState state;
    private final Intake intake;
    private final References references;

    ScoreEndpoint(ServerState state, Intake intake, References references) {
        this.references = references;
        this.state = state;
        this.intake = intake;
    }

    CompletableFuture<Void> handle(Context context) {
        // All that can be refused by the header alone is, before a place is taken and the body is read.
        state.requireScoring(context);
        String contentType = FormParts.requireForm(context);
        return intake.take(context, exchange -> {
            ScoreForm form = ScoreForm.parse(exchange.body(), contentType, ServerState.ofQuery(context));
            ServedModel.Lease model = exchange.lease(state, form.model());
            String id = form.referenceId();
            ImageSource reference =
                    id == null ? Objects.requireNonNull(form.reference()) : ReferenceEndpoints.source(references, id);
            ScoreJob job = new ScoreJob(model, exchange.ticket(), reference, form.candidates(), id);
            return exchange.answer(job, results -> write(context, model.loss(), results));
        });
    }

    private static void write(Context context, PerceptualLoss loss, List<ScoreResult> results) {
        String requestId = HttpService.requestId(context);
        PerceptException error = results.size() == 1 ? results.get(0).error() : lostUnder(loss, results);
        if (error != null) {
            throw error;
        }
        String report = ScoreReport.toJson(
                loss.backbone(),
                results.stream().map(result -> presentable(result, requestId)).toList());
        context.contentType(HttpService.JSON).result(report.getBytes(StandardCharsets.UTF_8));
    }

    /** The error of the first candidate that failed because the GPU is lost: none after it can have been scored. */
    private static @Nullable PerceptException lostUnder(PerceptualLoss loss, List<ScoreResult> results) {
        if (loss.lost() == null) {
            return null;
        }
        return results.stream()
                .map(ScoreResult::error)
                .filter(DeviceException.class::isInstance)
                .findFirst()
                .orElse(null);
    }

    /** As a client may see it: a picture's error names only the picture, a model's error may name the model's file. */
    private static ScoreResult presentable(ScoreResult result, String requestId) {
        PerceptException error = result.error();
        if (error == null || error instanceof ImageException) {
            return result;
        }
        LOG.error("request {}: {}", requestId, error.getMessage(), error);
        ModelException shown = new ModelException(
                result.candidate(),
                error instanceof DeviceException ? "the device failed on it" : "the model failed on it",
                "the server's log says why, under the id of this request");
        return new ScoreResult(result.reference(), result.candidate(), null, shown);
    }
}
