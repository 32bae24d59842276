package dev.percept.server;

import dev.percept.ImageSource;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.eclipse.jetty.http.MultiPart;
import org.jspecify.annotations.Nullable;

/**
 * The form that {@code POST /v1/score} takes: one field named reference or reference_id, one or more named candidate, and
 * perhaps model, which may stand in the query instead.
 *
 * @param reference the reference, or null if it was sent before
 * @param referenceId what names it then, else null
 * @param candidates at least one, in the order of the form
 * @param model its name, or null for the default
 */
record ScoreForm(
        @Nullable ImageSource reference,
        @Nullable String referenceId,
        List<ImageSource> candidates,
        @Nullable String model) {
    static final String REFERENCE = "reference";
    static final String REFERENCE_ID = "reference_id";
    static final String CANDIDATE = "candidate";

    /**
     * Reads the form out of a body in memory.
     *
     * @param contentType that names the boundary
     * @param queryModel the model that the query names, or null
     * @throws ProblemException if it is not such a form
     */
    static ScoreForm parse(byte[] body, String contentType, @Nullable String queryModel) {
        return FormParts.read(body, contentType, parts -> of(parts, queryModel));
    }

    private static ScoreForm of(Iterable<MultiPart.Part> parts, @Nullable String queryModel) {
        String model = queryModel;
        ImageSource reference = null;
        String referenceId = null;
        List<ImageSource> candidates = new ArrayList<>();
        Set<String> unknown = new LinkedHashSet<>();
        for (MultiPart.Part part : parts) {
            String field = part.getName() == null ? "" : part.getName();
            if (field.equals(CANDIDATE)) {
                candidates.add(FormParts.image(part, CANDIDATE + "-" + (candidates.size() + 1)));
            } else if (field.equals(REFERENCE_ID)) {
                if (referenceId != null) {
                    throw new ProblemException(Problem.badForm("There is more than one field reference_id; send one."));
                }
                referenceId = FormParts.text(part);
            } else if (field.equals(ServerState.MODEL)) {
                if (model != null) {
                    throw new ProblemException(Problem.badForm("There is more than one model; send one."));
                }
                model = FormParts.text(part);
            } else if (!field.equals(REFERENCE)) {
                unknown.add("'" + FormParts.printable(field) + "'");
            } else if (reference == null) {
                reference = FormParts.image(part, REFERENCE);
            } else {
                throw new ProblemException(Problem.badForm("There is more than one field reference; send one."));
            }
        }
        if (!unknown.isEmpty()) {
            throw new ProblemException(Problem.badForm("There is no field " + String.join(", ", unknown)
                    + "; the fields are reference, reference_id, candidate and model."));
        }
        if ((reference == null) == (referenceId == null)) {
            throw new ProblemException(Problem.badForm(
                    reference == null
                            ? "The field reference is missing, and so is reference_id."
                            : "There are both reference and reference_id; send one of them."));
        }
        if (candidates.isEmpty()) {
            throw new ProblemException(Problem.badForm("There is no field candidate; send one or more."));
        }
        return new ScoreForm(reference, referenceId, candidates, model);
    }
}
