package dev.percept.benchmarks.profile;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * ONNX Runtime's profile of one session.
 *
 * @param runs in the order in which they ended
 */
record SessionProfile(List<Run> runs) {
    /** Of Winograd's F(4 × 4, 3 × 3): a product for each of its frequencies. */
    private static final long FREQUENCIES = 36;

    /**
     * One run.
     *
     * @param pictures in its batch
     * @param milliseconds from its begin to its end
     * @param operators that ran
     * @param parts what took how long, the longest first; they add up to the run
     */
    record Run(int pictures, double milliseconds, int operators, List<Part> parts) {}

    /**
     * What operators of one kind took.
     *
     * @param operations multiplications and additions, in products of matrices; 0 for anything else
     */
    record Part(String name, double milliseconds, double operations) {
        private Part with(Part other) {
            return new Part(name, milliseconds + other.milliseconds, operations + other.operations);
        }
    }

    SessionProfile {
        runs = List.copyOf(runs);
    }

    /** What a closed session has written. */
    static SessionProfile read(Path file) throws IOException {
        List<JsonObject> nodes = new ArrayList<>();
        List<Run> runs = new ArrayList<>();
        for (JsonElement each : JsonParser.parseString(Files.readString(file)).getAsJsonArray()) {
            JsonObject event = each.getAsJsonObject();
            String name = event.get("name").getAsString();
            if (name.endsWith("_kernel_time")) {
                nodes.add(event);
            } else if (name.equals("model_run")) {
                runs.add(run(event, nodes));
                nodes.clear();
            }
        }
        return new SessionProfile(runs);
    }

    double milliseconds() {
        return runs.stream().mapToDouble(Run::milliseconds).sum();
    }

    /** The run that took least for each picture, of those with most. */
    Run fastest() {
        int most = runs.stream().mapToInt(Run::pictures).max().orElseThrow();
        return runs.stream()
                .filter(run -> run.pictures() == most)
                .min(Comparator.comparingDouble(Run::milliseconds))
                .orElseThrow();
    }

    private static Run run(JsonObject event, List<JsonObject> nodes) {
        double all = milliseconds(event);
        Map<String, Part> parts = new LinkedHashMap<>();
        double inside = 0;
        int pictures = 0;
        for (JsonObject node : nodes) {
            Part part = part(node);
            inside += part.milliseconds();
            parts.merge(part.name(), part, Part::with);
            List<Long> input = shape(node, "input_type_shape", 0);
            // The first operator takes the pictures.
            if (pictures == 0 && !input.isEmpty()) {
                pictures = Math.toIntExact(input.get(0));
            }
        }
        parts.put("between operators", new Part("between operators", all - inside, 0));
        List<Part> sorted = new ArrayList<>(parts.values());
        sorted.sort(Comparator.comparingDouble(Part::milliseconds).reversed());
        return new Run(pictures, all, nodes.size(), List.copyOf(sorted));
    }

    private static Part part(JsonObject node) {
        String operator = node.getAsJsonObject("args").get("op_name").getAsString();
        double took = milliseconds(node);
        List<Long> output = shape(node, "output_type_shape", 0);
        switch (operator) {
            case "Conv" -> {
                List<Long> filters = shape(node, "input_type_shape", 1);
                boolean frequencies = filters.get(2) == 1 && filters.get(0) % FREQUENCIES == 0;
                double operations = 2.0 * count(output) * filters.get(1) * filters.get(2) * filters.get(3);
                return new Part(frequencies ? "products of frequencies" : "convolutions", took, operations);
            }
            case "MatMul" -> {
                List<Long> left = shape(node, "input_type_shape", 0);
                return new Part("products of frequencies", took, 2.0 * count(output) * left.get(left.size() - 1));
            }
            case "Gemm", "FusedGemm" -> {
                List<Long> left = shape(node, "input_type_shape", 0);
                String name = output.get(0) == FREQUENCIES ? "input transforms" : "output transforms";
                return new Part(name, took, 2.0 * count(output) * left.get(1));
            }
            case "Gather" -> {
                return new Part("gathering tiles", took, 0);
            }
            default -> {
                return new Part(operator, took, 0);
            }
        }
    }

    private static double milliseconds(JsonObject event) {
        return event.get("dur").getAsDouble() / 1e3;
    }

    private static double count(List<Long> shape) {
        return shape.stream().mapToDouble(Long::doubleValue).reduce(1, (left, right) -> left * right);
    }

    /** The shape of an input or output, without its type. */
    private static List<Long> shape(JsonObject node, String key, int index) {
        JsonArray tensors = node.getAsJsonObject("args").getAsJsonArray(key);
        List<Long> shape = new ArrayList<>();
        for (Map.Entry<String, JsonElement> typed :
                tensors.get(index).getAsJsonObject().entrySet()) {
            typed.getValue().getAsJsonArray().forEach(length -> shape.add(length.getAsLong()));
        }
        return shape;
    }
}
