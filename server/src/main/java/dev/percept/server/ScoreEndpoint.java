package dev.percept.server;

import dev.percept.DeviceException;
import dev.percept.ImageException;
import dev.percept.ModelException;
import dev.percept.PerceptException;
import dev.percept.PerceptualLoss;
import dev.percept.ScoreReport;
import dev.percept.ScoreResult;
import io.javalin.http.Context;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** {@code POST /v1/score}: a form of pictures in, a {@link ScoreReport} out. */
final class ScoreEndpoint {
    private static final Logger LOG = LoggerFactory.getLogger(ScoreEndpoint.class);
    private static final String FORM = "multipart/form-data";

    private final ServerState state;
    private final Admission admission;
    private final ServerLimits limits;

    ScoreEndpoint(ServerState state, Admission admission, ServerLimits limits) {
        this.state = state;
        this.admission = admission;
        this.limits = limits;
    }

    void handle(Context context) {
        // All that can be refused by the header alone is, before a place is taken and the body is read.
        PerceptualLoss loss = state.scoringLoss();
        String contentType = Objects.requireNonNullElse(context.req().getContentType(), "");
        if (!contentType.split(";", 2)[0].strip().equalsIgnoreCase(FORM)) {
            throw new ProblemException(Problem.wrongContentType());
        }
        if (context.req().getContentLengthLong() > limits.maxBodyBytes()) {
            throw new ProblemException(Problem.tooLarge(limits.maxBodyBytes()));
        }
        try (Admission.Ticket ticket = admission.admit()) {
            ScoreForm form = ScoreForm.parse(read(context), contentType);
            List<ScoreResult> results = ticket.inTurn(() -> score(loss, form, HttpService.requestId(context)));
            String report = ScoreReport.toJson(loss.backbone(), results);
            context.contentType(HttpService.JSON).result(report.getBytes(StandardCharsets.UTF_8));
        }
    }

    private byte[] read(Context context) {
        try {
            return Body.read(context.req().getInputStream(), limits.maxBodyBytes(), limits.receiveTimeout());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static List<ScoreResult> score(PerceptualLoss loss, ScoreForm form, String requestId) {
        List<ScoreResult> results;
        try {
            results = loss.score(form.reference(), form.candidates());
        } catch (PerceptException e) {
            throw problem(loss, e, requestId);
        }
        PerceptException error = results.size() == 1 ? results.get(0).error() : lostUnder(loss, results);
        if (error != null) {
            throw problem(loss, error, requestId);
        }
        return results.stream().map(result -> presentable(result, requestId)).toList();
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

    private static ProblemException problem(PerceptualLoss loss, PerceptException error, String requestId) {
        if (error instanceof ImageException) {
            return new ProblemException(Problem.unreadableImage(Objects.requireNonNull(error.getMessage())));
        }
        LOG.error("request {}: {}", requestId, error.getMessage(), error);
        if (error instanceof DeviceException) {
            String lost = loss.lost();
            return new ProblemException(lost == null ? Problem.deviceFailed() : Problem.deviceLost(lost));
        }
        return new ProblemException(Problem.modelFailed());
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
