package dev.percept.server;

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
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** {@code POST /v1/score}: a form of pictures in, a {@link ScoreReport} out. */
final class ScoreEndpoint {
    private static final Logger LOG = LoggerFactory.getLogger(ScoreEndpoint.class);
    private static final String FORM = "multipart/form-data";

    /** Qualified class names, as they appear in messages of the JDK's and other image readers. */
    private static final Pattern CLASS_NAME = Pattern.compile(
            "\\b(?:javax?|jdk|sun|com\\.sun|com\\.twelvemonkeys|dev\\.percept|ai\\.onnxruntime)(?:\\.[\\w$]+)+");

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
        PerceptualLoss loss = state.readyLoss();
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
            throw problem(form.reference().name(), e, requestId);
        }
        PerceptException error = results.size() == 1 ? results.get(0).error() : null;
        if (error != null) {
            throw problem(results.get(0).candidate(), error, requestId);
        }
        return results.stream().map(result -> presentable(result, requestId)).toList();
    }

    private static ProblemException problem(String name, PerceptException error, String requestId) {
        if (error instanceof ImageException) {
            return new ProblemException(Problem.unreadableImage(presentable(name, error)));
        }
        LOG.error("request {}: {}", requestId, error.getMessage(), error);
        return new ProblemException(Problem.modelFailed());
    }

    /** As a client may see it: a model's error can name the file of the model. */
    private static ScoreResult presentable(ScoreResult result, String requestId) {
        PerceptException error = result.error();
        if (error == null) {
            return result;
        }
        String name = result.candidate();
        PerceptException shown;
        if (error instanceof ImageException) {
            // The exception's own form is "where: problem; remedy".
            String text = presentable(name, error).substring(name.length() + 2);
            int remedy = text.lastIndexOf("; ");
            shown = new ImageException(name, text.substring(0, remedy), text.substring(remedy + 2));
        } else {
            LOG.error("request {}: {}", requestId, error.getMessage(), error);
            shown = new ModelException(
                    name, "the model failed on it", "the server's log says why, under the id of this request");
        }
        return new ScoreResult(result.reference(), name, null, shown);
    }

    private static String presentable(String name, PerceptException error) {
        String message = Objects.requireNonNull(error.getMessage());
        // Not in the name: the client chose it.
        return message.startsWith(name)
                ? name + CLASS_NAME.matcher(message.substring(name.length())).replaceAll("an error")
                : CLASS_NAME.matcher(message).replaceAll("an error");
    }
}
