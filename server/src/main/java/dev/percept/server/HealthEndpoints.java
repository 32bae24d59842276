package dev.percept.server;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import dev.percept.PerceptualLoss;
import dev.percept.Provenance;
import dev.percept.terminal.Messages;
import io.javalin.http.Context;
import java.nio.charset.StandardCharsets;
import java.util.List;

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

    /**
     * All models are loaded, their devices work, and requests are admitted. What runs them is asked each time: it may change. What is
     * told of the default model stands in the answer itself, and of all under {@code models}.
     */
    void ready(Context context) {
        List<ServedModel> ready = state.readyModels();
        JsonArray models = new JsonArray();
        for (ServedModel model : ready) {
            PerceptualLoss loss = model.loss();
            ServerState.requireSound(loss);
            JsonObject one = new JsonObject();
            one.addProperty("name", model.name());
            addExecution(one, loss.execution());
            models.add(one);
        }
        JsonObject answer = new JsonObject();
        answer.addProperty("status", "ready");
        models.get(0)
                .getAsJsonObject()
                .entrySet()
                .forEach(entry ->
                        answer.add(entry.getKey().equals("name") ? "model" : entry.getKey(), entry.getValue()));
        answer.add("models", models);
        write(context, answer);
    }

    private static void addExecution(JsonObject answer, Provenance.Execution execution) {
        answer.addProperty("provider", execution.provider());
        answer.addProperty("precision", execution.precision().id());
        if (execution.fallback() != null) {
            answer.addProperty("fallback", Messages.oneLine(execution.fallback()));
        }
    }

    private static void write(Context context, JsonObject answer) {
        context.contentType(HttpService.JSON).result(JSON.toJson(answer).getBytes(StandardCharsets.UTF_8));
    }
}
