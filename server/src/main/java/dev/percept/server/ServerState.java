package dev.percept.server;

import dev.percept.PerceptualLoss;
import io.javalin.http.Context;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Where a server is in its life, and the models that it has. Thread-safe. */
final class ServerState {
    /** What requests choose a model with: a field of a form, or a parameter of the query. */
    static final String MODEL = "model";

    private Phase phase = Phase.STARTING;
    private List<ServedModel> models = List.of();

    synchronized Phase phase() {
        return phase;
    }

    /** The models, the default first; none until all are loaded. */
    synchronized List<ServedModel> models() {
        return models;
    }

    /**
     * The models, the default first.
     *
     * @throws ProblemException while the server is not ready
     */
    synchronized List<ServedModel> readyModels() {
        if (phase != Phase.READY) {
            throw new ProblemException(Problem.notReady(phase));
        }
        return models;
    }

    /**
     * A model.
     *
     * @param name or null for the default
     * @throws ProblemException while the server is not ready, or if there is no such model
     */
    ServedModel model(@Nullable String name) {
        return find(readyModels(), name);
    }

    private static ServedModel find(List<ServedModel> models, @Nullable String name) {
        if (name == null) {
            return models.get(0);
        }
        return models.stream()
                .filter(model -> model.name().equals(name))
                .findFirst()
                .orElseThrow(() -> new ProblemException(Problem.unknownModel(
                        name, models.stream().map(ServedModel::name).toList())));
    }

    /**
     * Goes on if a request may find a model that scores, by what is known before its body is read.
     *
     * @throws ProblemException while the server is not ready, if there is no such model, and once the GPU of the one that it would have
     *     is lost
     */
    void requireScoring(Context context) {
        String name = ofQuery(context);
        if (name != null || readyModels().size() == 1) {
            requireSound(model(name).loss());
        }
    }

    /**
     * Leases a model, to score with it, for a request that was admitted: whether the server is still ready doesn't matter then.
     *
     * @param name or null for the default
     * @throws ProblemException if there is no such model, or its GPU is lost
     */
    ServedModel.Lease lease(@Nullable String name) {
        ServedModel.Lease lease = find(models(), name).lease();
        try {
            requireSound(lease.loss());
            return lease;
        } catch (ProblemException e) {
            lease.close();
            throw e;
        }
    }

    /** @throws ProblemException if the model's GPU is lost */
    static void requireSound(PerceptualLoss loss) {
        String lost = loss.lost();
        if (lost != null) {
            throw new ProblemException(Problem.deviceLost(lost));
        }
    }

    /**
     * The model that a query names, or null.
     *
     * @throws ProblemException if it names several
     */
    static @Nullable String ofQuery(Context context) {
        List<String> names = context.queryParams(MODEL);
        if (names.size() > 1) {
            throw new ProblemException(Problem.badForm("There is more than one " + MODEL + "; send one."));
        }
        return names.isEmpty() ? null : names.get(0);
    }

    /**
     * Takes over loaded models.
     *
     * @param loaded at least one, the default first
     * @return false if the server was stopped meanwhile; the caller then closes the models
     */
    synchronized boolean becomeReady(List<ServedModel> loaded) {
        if (phase != Phase.STARTING) {
            return false;
        }
        models = List.copyOf(loaded);
        phase = Phase.READY;
        return true;
    }

    synchronized void beginStop() {
        phase = Phase.STOPPING;
    }

    /** Closes the models, if there are some; waits for calls in flight. */
    void closeModels() {
        models().forEach(ServedModel::close);
    }
}
