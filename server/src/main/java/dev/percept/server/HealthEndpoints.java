package dev.percept.server;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonObject;
import dev.percept.PerceptualLoss;
import dev.percept.Provenance;
import dev.percept.terminal.Messages;
import io.javalin.http.Context;
import java.nio.charset.StandardCharsets;

/** {@code GET /health/live} and {@code GET /health/ready}. Neither waits for a request that is being scored. */
final class HealthEndpoints {
    private static final Gson JSON = new GsonBuilder().disableHtmlEscaping().create();

    private final ServerState state;

    HealthEndpoints(ServerState state) {
        this.state = state;
    }

    /** The process answers; whether it can score is the other endpoint's to say. */
    void live(Context context) {
        JsonObject answer = new JsonObject();
        answer.addProperty("status", "live");
        write(context, answer);
    }

    /** The model is loaded, its device works, and requests are admitted. What runs it is asked each time: it may change. */
    void ready(Context context) {
        PerceptualLoss loss = state.scoringLoss();
        Provenance.Execution execution = loss.execution();
        JsonObject answer = new JsonObject();
        answer.addProperty("status", "ready");
        answer.addProperty("model", loss.backbone().name());
        answer.addProperty("provider", execution.provider());
        answer.addProperty("precision", execution.precision().id());
        if (execution.fallback() != null) {
            answer.addProperty("fallback", Messages.oneLine(execution.fallback()));
        }
        write(context, answer);
    }

    private static void write(Context context, JsonObject answer) {
        context.contentType(HttpService.JSON).result(JSON.toJson(answer).getBytes(StandardCharsets.UTF_8));
    }
}
