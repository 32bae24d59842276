// SPDX-License-Identifier: Apache-2.0
package dev.percept.server;

import dev.percept.ImageSource;
import io.javalin.http.Context;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.eclipse.jetty.http.MultiPart;
import org.jspecify.annotations.Nullable;

/**
 * A form of one picture for each of some fields, and of parameters, which may stand in the query instead. A parameter FIELD_id, where there
 * may be one, names a picture that was sent before, in place of the field.
 *
 * @param pictures by field; there is one for each, unless it was sent before
 * @param parameters by name, as far as they were given
 */
record PictureForm(Map<String, ImageSource> pictures, Map<String, String> parameters) {
    private static final String ID = "_id";

    /** What a form may have. */
    record Fields(List<String> pictures, List<String> parameters) {
        private ProblemException unknown(String what, String name) {
            List<String> all = new ArrayList<>(what.equals("field") ? pictures : List.of());
            all.addAll(parameters);
            return new ProblemException(Problem.badForm("There is no " + what + " '" + FormParts.printable(name)
                    + "'; there are " + String.join(", ", all) + "."));
        }
    }

    /**
     * Reads a form out of a body in memory.
     *
     * @param contentType that names the boundary
     * @throws ProblemException if it is not such a form
     */
    static PictureForm parse(byte[] body, String contentType, Context context, Fields fields) {
        Map<String, String> parameters = new LinkedHashMap<>();
        context.queryParamMap()
                .forEach((name, values) -> values.forEach(value -> {
                    if (!fields.parameters.contains(name)) {
                        throw fields.unknown("parameter", name);
                    }
                    putOnce(parameters, name, value);
                }));
        return FormParts.read(body, contentType, parts -> of(parts, parameters, fields));
    }

    private static PictureForm of(Iterable<MultiPart.Part> parts, Map<String, String> parameters, Fields fields) {
        Map<String, ImageSource> pictures = new LinkedHashMap<>();
        for (MultiPart.Part part : parts) {
            String field = part.getName() == null ? "" : part.getName();
            if (fields.pictures.contains(field)) {
                putOnce(pictures, field, FormParts.image(part, field));
            } else if (fields.parameters.contains(field)) {
                putOnce(parameters, field, FormParts.text(part));
            } else {
                throw fields.unknown("field", field);
            }
        }
        for (String field : fields.pictures) {
            boolean sentBefore = parameters.containsKey(field + ID);
            if (pictures.containsKey(field) == sentBefore) {
                throw new ProblemException(Problem.badForm(
                        sentBefore
                                ? "There are both " + field + " and " + field + ID + "; send one of them."
                                : "The field " + field + " is missing."));
            }
        }
        return new PictureForm(pictures, parameters);
    }

    private static <T> void putOnce(Map<String, T> map, String name, T value) {
        if (map.put(name, value) != null) {
            throw new ProblemException(Problem.badForm("There is more than one " + name + "; send one."));
        }
    }

    /** The picture of a field that is there. */
    ImageSource picture(String field) {
        return Objects.requireNonNull(pictures.get(field));
    }

    /**
     * The picture of a field, or the one that was sent before and is named in its place.
     *
     * @throws ProblemException if that isn't kept, or not any more
     */
    ImageSource picture(String field, References references) {
        String id = parameters.get(field + ID);
        return id == null ? picture(field) : ReferenceEndpoints.source(references, id);
    }

    /** A parameter, or null where it wasn't given. */
    @Nullable
    String parameter(String name) {
        return parameters.get(name);
    }
}
