package dev.percept.server;

import dev.percept.PerceptualLoss;
import org.jspecify.annotations.Nullable;

/** Where a server is in its life, and the model that it has. Thread-safe. */
final class ServerState {
    private Phase phase = Phase.STARTING;
    private @Nullable PerceptualLoss loss;

    synchronized Phase phase() {
        return phase;
    }

    /**
     * The model.
     *
     * @throws ProblemException while the server is not ready
     */
    synchronized PerceptualLoss readyLoss() {
        if (phase != Phase.READY || loss == null) {
            throw new ProblemException(Problem.notReady(phase));
        }
        return loss;
    }

    /**
     * The model, to score with it.
     *
     * @throws ProblemException while the server is not ready, and once the model's GPU is lost
     */
    PerceptualLoss scoringLoss() {
        PerceptualLoss ready = readyLoss();
        String lost = ready.lost();
        if (lost != null) {
            throw new ProblemException(Problem.deviceLost(lost));
        }
        return ready;
    }

    /** The model, or null until it is loaded. */
    synchronized @Nullable PerceptualLoss loss() {
        return loss;
    }

    /**
     * Takes over a loaded model.
     *
     * @return false if the server was stopped meanwhile; the caller then closes the model
     */
    synchronized boolean becomeReady(PerceptualLoss loaded) {
        if (phase != Phase.STARTING) {
            return false;
        }
        loss = loaded;
        phase = Phase.READY;
        return true;
    }

    synchronized void beginStop() {
        phase = Phase.STOPPING;
    }

    /** Closes the model, if there is one; waits for calls in flight. */
    void closeLoss() {
        PerceptualLoss held = loss();
        if (held != null) {
            held.close();
        }
    }
}
