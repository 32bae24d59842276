// SPDX-License-Identifier: Apache-2.0
package dev.percept.server;

import dev.percept.PerceptException;
import dev.percept.PerceptualLoss;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Loads a model anew, in the place of the one that serves meanwhile. It comes there only if it works ({@link WarmUp}), and the reason why one
 * does not is logged.
 */
final class Reload {
    private static final Logger LOG = LoggerFactory.getLogger(Reload.class);

    private Reload() {}

    /**
     * Reloads a model, once the one that was replaced last is closed; takes as long as that, and loading, takes.
     *
     * @param by who wants it, for the log
     * @return the new one: to look at, since without a lease it may be closed at any time
     * @throws ProblemException if it is being reloaded already, can't be loaded or used, or the server is stopped; then the old one stays
     */
    static PerceptualLoss run(ServedModel model, String by) {
        if (!model.beginReload()) {
            throw new ProblemException(Problem.reloadRunning(model.name()));
        }
        return claimed(model, by);
    }

    /**
     * {@link #run} for those who can't come back: where the model is being reloaded already, perhaps from a file that is old by now, it is
     * reloaded once more after that.
     */
    static void await(ServedModel model, String by) {
        if (model.awaitReload()) {
            claimed(model, by);
        }
    }

    private static PerceptualLoss claimed(ServedModel model, String by) {
        try {
            requireOpen(model.awaitRoom());
            PerceptualLoss next = load(model, by);
            boolean taken = model.replace(next);
            if (!taken) {
                next.close();
            }
            requireOpen(taken);
            LOG.info(
                    "{}: model {} is reloaded, SHA-256 {}",
                    by,
                    model.name(),
                    next.backbone().sha256());
            return next;
        } finally {
            model.endReload();
        }
    }

    private static void requireOpen(boolean open) {
        if (!open) {
            throw new ProblemException(Problem.notReady(Phase.STOPPING));
        }
    }

    private static PerceptualLoss load(ServedModel model, String by) {
        try {
            PerceptualLoss next = model.load();
            try {
                WarmUp.run(next);
                return next;
            } catch (Throwable e) {
                next.close();
                throw e;
            }
        } catch (PerceptException | IllegalArgumentException | InternalError e) {
            // InternalError is what Java says of a mapped file that is cut while it is read.
            LOG.error("{}: model {} isn't replaced: {}", by, model.name(), e.getMessage(), e);
            throw new ProblemException(Problem.badModel(model.name()));
        }
    }
}
