package dev.percept.server;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import dev.percept.Backbone;
import dev.percept.BackboneSpec;
import dev.percept.InputSpec;
import dev.percept.LayerSpec;
import dev.percept.PerceptualLoss;
import dev.percept.Provenance;
import dev.percept.WeightsSpec;
import dev.percept.terminal.Messages;
import io.javalin.http.Context;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * {@code GET /v1/models}: what a client should know before it sends pictures, and nothing of where the files are. {@code POST
 * /v1/models/{name}/reload}: loads one anew.
 */
final class ModelsEndpoint {
    private static final Gson JSON =
            new GsonBuilder().setPrettyPrinting().disableHtmlEscaping().create();

    static final String NAME = "name";

    private final ServerState state;
    private final Gate gate;

    ModelsEndpoint(ServerState state, Gate gate) {
        this.state = state;
        this.gate = gate;
    }

    void handle(Context context) {
        JsonArray models = new JsonArray();
        List<ServedModel> ready = state.readyModels();
        ready.forEach(model -> models.add(describe(model.name(), model.loss(), model == ready.get(0))));
        JsonObject answer = new JsonObject();
        answer.add("models", models);
        context.contentType(HttpService.JSON).result(JSON.toJson(answer).getBytes(StandardCharsets.UTF_8));
    }

    /** Loads a model anew, on a thread of its own, and answers when that is done. */
    CompletableFuture<Void> reload(Context context) {
        gate.requireKeys();
        ServedModel model = state.model(context.pathParam(NAME));
        boolean isDefault = model == state.readyModels().get(0);
        String by = "request " + HttpService.requestId(context);
        return CompletableFuture.runAsync(
                () -> {
                    JsonObject answer = describe(model.name(), Reload.run(model, by), isDefault);
                    context.contentType(HttpService.JSON)
                            .result(JSON.toJson(answer).getBytes(StandardCharsets.UTF_8));
                },
                ModelsEndpoint::onOwnThread);
    }

    private static void onOwnThread(Runnable task) {
        Thread thread = new Thread(task, "percept-reload");
        thread.setDaemon(true);
        thread.start();
    }

    /**
     * What there is to know of a model.
     *
     * @param name that requests choose it by
     * @param isDefault whether requests get it that choose none
     */
    static JsonObject describe(String name, PerceptualLoss loss, boolean isDefault) {
        Backbone backbone = loss.backbone();
        BackboneSpec spec = backbone.spec();
        Provenance.Execution execution = loss.execution();
        JsonObject model = new JsonObject();
        model.addProperty("name", name);
        model.addProperty("default", isDefault);
        model.addProperty("sha256", backbone.sha256());
        addIfPresent(model, "description", spec.description());
        model.add("weights", weights(spec.weights()));
        JsonArray layers = new JsonArray();
        loss.layers().forEach(layer -> layers.add(layer(layer)));
        model.add("layers", layers);
        model.add("input", input(spec.input().size()));
        model.addProperty("provider", execution.provider());
        model.addProperty("precision", execution.precision().id());
        if (execution.fallback() != null) {
            model.addProperty("fallback", Messages.oneLine(execution.fallback()));
        }
        return model;
    }

    private static JsonObject weights(WeightsSpec spec) {
        JsonObject weights = new JsonObject();
        weights.addProperty("source", spec.source());
        addIfPresent(weights, "sha256", spec.sha256());
        addIfPresent(weights, "licence", spec.licence());
        weights.addProperty("random", spec.random());
        return weights;
    }

    private static JsonObject layer(LayerSpec spec) {
        JsonObject layer = new JsonObject();
        layer.addProperty("name", spec.name());
        layer.addProperty("weight", spec.weight());
        layer.addProperty("distance", spec.distance().id());
        layer.addProperty("channels", spec.channels());
        return layer;
    }

    private static JsonObject input(InputSpec.Size size) {
        JsonObject input = new JsonObject();
        if (size.fixedWidth() != null) {
            input.addProperty("width", size.fixedWidth());
            input.addProperty("height", size.fixedHeight());
        } else {
            input.addProperty("minimum", size.minimum());
            input.addProperty("multiple", size.multiple());
        }
        return input;
    }

    private static void addIfPresent(JsonObject object, String name, @Nullable String value) {
        if (value != null) {
            object.addProperty(name, value);
        }
    }
}
