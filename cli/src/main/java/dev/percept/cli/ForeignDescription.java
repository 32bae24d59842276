// SPDX-License-Identifier: Apache-2.0
package dev.percept.cli;

import com.google.gson.GsonBuilder;
import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import dev.percept.ForeignModel;
import dev.percept.ForeignModel.Candidate;
import dev.percept.ForeignModel.Port;
import dev.percept.terminal.Messages;
import java.util.List;
import java.util.stream.Collectors;

/**
 * A model without a spec, written down.
 *
 * @param model what is known of it
 */
record ForeignDescription(ForeignModel model) {
    /** Lines of {@code key: value}, then one line for each tensor that may serve as a layer. */
    String text() {
        StringBuilder text = new StringBuilder();
        line(text, "location", model.location());
        line(text, "sha256", model.sha256());
        line(text, "opset", String.valueOf(model.opset()));
        model.inputs().forEach(input -> line(text, "input", port(input)));
        model.outputs().forEach(output -> line(text, "output", port(output)));
        if (model.obstacle() != null) {
            line(text, "may serve as layers", "not known: " + model.obstacle());
        } else if (model.candidates().isEmpty()) {
            line(text, "may serve as layers", "no tensor is known to, but percept export wrap takes any");
        } else {
            text.append("may serve as layers, at ")
                    .append(model.width())
                    .append("×")
                    .append(model.height())
                    .append(":\n");
            model.candidates().forEach(candidate -> text.append(candidate(candidate)));
        }
        return text.toString();
    }

    private static void line(StringBuilder text, String key, String value) {
        text.append(key).append(": ").append(Messages.oneLine(value)).append("\n");
    }

    private static String port(Port port) {
        var shape = port.shape();
        String lengths = shape == null
                ? "of any shape"
                : shape.stream()
                        .map(length -> length == null ? "?" : length.toString())
                        .collect(Collectors.joining("×"));
        return port.name() + ", " + port.type() + " " + lengths;
    }

    private static String candidate(Candidate candidate) {
        return Text.cell(candidate.tensor()) + " " + Text.shape(candidate.shape()) + "  " + candidate.channels()
                + " channels" + (candidate.stride() == null ? "" : ", stride " + candidate.stride()) + ", "
                + Text.cell(candidate.reason()) + "\n";
    }

    /** The command that describes it, with what only somebody who knows the network can fill in. */
    String wrap() {
        String layers = model.candidates().isEmpty()
                ? "NAMES"
                : model.candidates().stream().map(Candidate::tensor).collect(Collectors.joining(","));
        // A graph that takes bytes normalises them itself.
        boolean bytes = model.inputs().stream().anyMatch(input -> input.type().equals("UINT8"));
        return "percept export wrap " + quoted(model.location()) + " --layers " + quoted(layers)
                + (bytes ? "" : " --mean R,G,B --std R,G,B");
    }

    /** As a POSIX shell takes it for one word. */
    private static String quoted(String word) {
        return word.matches("[\\w./,:=@%+-]+") ? word : "'" + word.replace("'", "'\\''") + "'";
    }

    /** The same as one JSON object. */
    String json() {
        JsonObject object = new JsonObject();
        object.addProperty("location", model.location());
        object.addProperty("sha256", model.sha256());
        object.addProperty("opset", model.opset());
        object.addProperty("described", false);
        object.add("inputs", ports(model.inputs()));
        object.add("outputs", ports(model.outputs()));
        JsonObject shown = new JsonObject();
        shown.addProperty("width", model.width());
        shown.addProperty("height", model.height());
        object.add("shapes_at", shown);
        JsonArray candidates = new JsonArray();
        model.candidates().forEach(candidate -> candidates.add(object(candidate)));
        object.add("candidates", candidates);
        if (model.obstacle() != null) {
            object.addProperty("obstacle", model.obstacle());
        }
        object.addProperty("wrap", wrap());
        return new GsonBuilder()
                        .setPrettyPrinting()
                        .disableHtmlEscaping()
                        .serializeNulls()
                        .create()
                        .toJson(object)
                + "\n";
    }

    private static JsonArray ports(List<Port> ports) {
        JsonArray array = new JsonArray();
        for (Port port : ports) {
            JsonObject object = new JsonObject();
            object.addProperty("name", port.name());
            object.addProperty("type", port.type());
            var shape = port.shape();
            if (shape != null) {
                JsonArray lengths = new JsonArray();
                shape.forEach(lengths::add);
                object.add("shape", lengths);
            }
            array.add(object);
        }
        return array;
    }

    private static JsonObject object(Candidate candidate) {
        JsonObject object = new JsonObject();
        object.addProperty("tensor", candidate.tensor());
        JsonArray shape = new JsonArray();
        candidate.shape().forEach(shape::add);
        object.add("shape", shape);
        object.addProperty("channels", candidate.channels());
        if (candidate.stride() != null) {
            object.addProperty("stride", candidate.stride());
        }
        object.addProperty("reason", candidate.reason());
        return object;
    }
}
