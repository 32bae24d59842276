package dev.percept.benchmarks.peers;

import com.google.gson.Gson;
import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.percept.Backbone;
import dev.percept.Device;
import dev.percept.LayerScore;
import dev.percept.LayerSpec;
import dev.percept.LossOptions;
import dev.percept.PerceptualLoss;
import dev.percept.Score;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * Answers requests on standard input, a JSON object a line, until it ends: {@code Driver MODEL}. It stays up, so that its
 * measurements can take turns with those of others.
 *
 * <ul>
 *   <li>{@code {"do": "describe"}}: what runs.
 *   <li>{@code {"do": "measure", "way": "pairs|each|shared", "pairs": N, "width": W, "height": H, "file": F}}: scores N pairs once.
 *       F holds 8-bit RGB pictures without any header, references first: one if they share it, else N. The answer has
 *       {@code seconds}, from pictures in memory to scores, {@code layers}: for each pair the layers' values, and {@code totals}.
 * </ul>
 *
 * <p>What fails is answered with {@code error}.
 */
public final class Driver {
    private static final Gson JSON = new Gson();

    private final PerceptualLoss loss;

    private Driver(PerceptualLoss loss) {
        this.loss = loss;
    }

    /** Runs it. */
    public static void main(String[] arguments) throws IOException {
        System.setProperty("java.awt.headless", "true");
        // Nothing else may be printed among the answers.
        PrintStream out = System.out;
        System.setOut(System.err);
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        LossOptions options = LossOptions.defaults().withDevice(Device.CPU);
        try (PerceptualLoss loss = PerceptualLoss.load(Backbone.open(arguments[0]), options)) {
            Driver driver = new Driver(loss);
            for (String line = in.readLine(); line != null; line = in.readLine()) {
                out.println(JSON.toJson(driver.answer(line)));
                out.flush();
            }
        }
    }

    private JsonObject answer(String line) {
        try {
            JsonObject request = JsonParser.parseString(line).getAsJsonObject();
            String wanted = request.get("do").getAsString();
            return switch (wanted) {
                case "describe" -> describe();
                case "measure" -> measure(Request.of(request));
                default -> throw new IllegalArgumentException("can't " + wanted);
            };
        } catch (IOException | RuntimeException | OutOfMemoryError e) {
            JsonObject failure = new JsonObject();
            failure.addProperty("error", e.toString());
            return failure;
        }
    }

    private JsonObject describe() {
        JsonObject answer = new JsonObject();
        answer.addProperty("model", loss.backbone().name());
        answer.addProperty("weights", loss.backbone().spec().weights().source());
        JsonArray layers = new JsonArray();
        for (LayerSpec layer : loss.layers()) {
            JsonObject entry = new JsonObject();
            entry.addProperty("name", layer.name());
            entry.addProperty("weight", layer.weight());
            layers.add(entry);
        }
        answer.add("layers", layers);
        JsonObject versions = new JsonObject();
        versions.addProperty("Java", System.getProperty("java.version", "unknown"));
        versions.addProperty("ONNX Runtime in Java", loss.execution().runtime());
        answer.add("versions", versions);
        return answer;
    }

    private JsonObject measure(Request request) {
        long start = System.nanoTime();
        List<Score> scores = request.run(loss);
        double seconds = (System.nanoTime() - start) / 1e9;
        JsonObject answer = new JsonObject();
        answer.addProperty("seconds", seconds);
        JsonArray layers = new JsonArray();
        JsonArray totals = new JsonArray();
        for (Score score : scores) {
            JsonArray values = new JsonArray();
            score.layers().stream().map(LayerScore::value).forEach(values::add);
            layers.add(values);
            totals.add(score.total());
        }
        answer.add("layers", layers);
        answer.add("totals", totals);
        // Which kernels ran may depend on what was asked for.
        answer.addProperty("execution", scores.get(0).provenance().execution().toString());
        return answer;
    }
}
