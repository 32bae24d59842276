package dev.percept;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The results of one model as a JSON document, the same from the command line and the server. Its form is
 * {@code docs/schema/score-1.schema.json}; numbers are written so that they read back exactly.
 */
public final class ScoreReport {
    private static final Gson JSON =
            new GsonBuilder().setPrettyPrinting().disableHtmlEscaping().create();

    private ScoreReport() {}

    /**
     * The document.
     *
     * @param backbone the model that scored
     * @param results in the order of the report
     */
    public static String toJson(Backbone backbone, List<ScoreResult> results) {
        JsonObject model = new JsonObject();
        model.addProperty("name", backbone.name());
        model.addProperty("sha256", backbone.sha256());
        model.add("weights", weights(backbone.spec().weights()));
        JsonArray entries = new JsonArray();
        results.forEach(result -> entries.add(entry(result)));
        JsonObject document = new JsonObject();
        document.add("model", model);
        document.add("results", entries);
        return JSON.toJson(document);
    }

    private static JsonObject entry(ScoreResult result) {
        JsonObject entry = new JsonObject();
        entry.addProperty("reference", result.reference());
        entry.addProperty("candidate", result.candidate());
        if (result.error() != null) {
            entry.addProperty("error", result.error().getMessage());
            return entry;
        }
        Score score = result.orElseThrow();
        entry.addProperty("total", score.total());
        JsonArray layers = new JsonArray();
        for (LayerScore layer : score.layers()) {
            JsonObject part = new JsonObject();
            part.addProperty("name", layer.name());
            part.addProperty("weight", layer.weight());
            part.addProperty("distance", layer.distance().id());
            part.addProperty("value", layer.value());
            part.addProperty("channels", layer.channels());
            layers.add(part);
        }
        entry.add("layers", layers);
        entry.add("provenance", provenance(score.provenance()));
        return entry;
    }

    private static JsonObject provenance(Provenance provenance) {
        Provenance.Execution execution = provenance.execution();
        JsonObject object = new JsonObject();
        object.addProperty("model", provenance.model());
        object.addProperty("model_sha256", provenance.modelSha256());
        object.addProperty("weights", provenance.weights().source());
        object.addProperty("random_weights", provenance.weights().random());
        object.addProperty("percept", provenance.percept());
        object.addProperty("runtime", execution.runtime());
        object.addProperty("device", execution.requested().toString());
        object.addProperty("provider", execution.provider());
        addIfPresent(object, "fallback", execution.fallback());
        object.addProperty("precision", execution.precision().id());
        if (provenance.precision() != null) {
            object.addProperty("precision_error", provenance.precision().lossError());
        }
        object.addProperty("kernels", execution.kernels());
        object.addProperty("threads", execution.threads());
        object.addProperty("width", provenance.width());
        object.addProperty("height", provenance.height());
        object.addProperty("evaluation", provenance.evaluation().id());
        addIfPresent(object, "evaluation_remark", provenance.evaluationRemark());
        object.add("policies", policies(provenance));
        JsonObject images = new JsonObject();
        images.add("reference", facts(provenance.reference()));
        images.add("candidate", facts(provenance.candidate()));
        object.add("images", images);
        return object;
    }

    private static JsonObject policies(Provenance provenance) {
        ImageOptions images = provenance.images();
        JsonObject object = new JsonObject();
        object.addProperty("alpha", images.alpha().id());
        if (provenance.background() != null) {
            object.addProperty("background", provenance.background().id());
        }
        object.addProperty("colour", "srgb-" + provenance.bits());
        object.addProperty("icc", images.icc().id());
        object.addProperty("orientation", images.orientation().id());
        if (images.resize() != null) {
            object.addProperty("resize", images.resize().toString());
        }
        object.addProperty("size_mismatch", images.sizeMismatch().id());
        if (images.mayResize()) {
            object.addProperty("filter", images.filter().id());
        }
        return object;
    }

    private static JsonObject facts(ImageFacts facts) {
        JsonObject object = new JsonObject();
        object.addProperty("format", facts.format());
        object.addProperty("width", facts.width());
        object.addProperty("height", facts.height());
        object.addProperty("bits", facts.bits());
        object.addProperty("orientation", facts.orientation());
        addIfPresent(object, "profile", facts.profile());
        if (facts.profileUse() != null) {
            object.addProperty("profile_use", facts.profileUse().id());
        }
        object.addProperty("alpha", facts.alpha());
        return object;
    }

    private static JsonObject weights(WeightsSpec weights) {
        JsonObject object = new JsonObject();
        object.addProperty("source", weights.source());
        addIfPresent(object, "sha256", weights.sha256());
        addIfPresent(object, "licence", weights.licence());
        object.addProperty("random", weights.random());
        return object;
    }

    private static void addIfPresent(JsonObject object, String name, @Nullable String value) {
        if (value != null) {
            object.addProperty(name, value);
        }
    }
}
