package dev.percept.onnx;

import dev.percept.image.Pixels;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Runs pictures on one model's rewritten graphs where they are worth it. Thread-safe. */
final class WinogradRuns {
    private final WinogradSessions sessions;
    private final BackboneSession backbone;
    private final FeatureHead head;

    /**
     * Runs on those sessions, which are this one's to close.
     *
     * @param backbone that features of a new session are compared with
     */
    WinogradRuns(WinogradSessions sessions, BackboneSession backbone, FeatureHead head) {
        this.sessions = sessions;
        this.backbone = backbone;
        this.head = head;
    }

    /** Whether pictures of a size should come one at a time. */
    boolean isBestAlone(Pixels size) {
        return sessions.isBestAlone(size);
    }

    /** Runs pictures on a session for their shape; null if there probably will be none, or is none after all. */
    @Nullable
    FeatureBatch run(List<Pixels> pictures) {
        Pixels size = pictures.get(0);
        int rows = backbone.rows(pictures);
        WinogradSession session = sessions.isLikely(size, rows) ? sessions.take(size, rows) : null;
        if (session == null) {
            return null;
        }
        try {
            return runOn(session, pictures);
        } finally {
            sessions.release(session);
        }
    }

    /** Runs pictures on a session; null if it turns out not to compute what it should. */
    private @Nullable FeatureBatch runOn(WinogradSession session, List<Pixels> pictures) {
        FeatureBatch features = backbone.run(pictures, session.session(), session.shape.rows(), sessions.kernels());
        if (session.proven) {
            return features;
        }
        boolean proven = proves(features, pictures.get(0));
        sessions.settle(session, pictures.get(0), proven);
        if (proven) {
            return features;
        }
        features.close();
        return null;
    }

    /** Compares the first picture's features with plain ones: the operators are no API, and the file may have changed. */
    private boolean proves(FeatureBatch features, Pixels picture) {
        try (FeatureBatch plain = backbone.run(List.of(picture))) {
            return features.isLike(plain);
        } catch (Throwable e) {
            features.close();
            throw e;
        }
    }

    /** Compares candidates with their references where they are worth a session, all at once or one by one; null if they aren't. */
    Engine.@Nullable Sums compare(ReferenceFeatures references, List<Pixels> candidates) {
        Pixels size = candidates.get(0);
        int rows = backbone.rows(candidates);
        int pictures = candidates.size() + (references.size() == candidates.size() ? candidates.size() : 0);
        int worth = sessions.worthRows(size, rows, pictures, references.size() == 1);
        WinogradSession session = worth == 0 ? null : sessions.take(size, worth);
        if (session == null) {
            return null;
        }
        try {
            if (worth >= rows) {
                return compareOn(session, references, candidates);
            }
            List<Engine.Sums> each = new ArrayList<>();
            for (int i = 0; i < candidates.size(); i++) {
                try (ReferenceFeatures reference = references.of(i)) {
                    Engine.Sums sums = compareOn(session, reference, List.of(candidates.get(i)));
                    if (sums == null) {
                        return null;
                    }
                    each.add(sums);
                }
            }
            return Engine.Sums.of(each);
        } finally {
            sessions.release(session);
        }
    }

    private Engine.@Nullable Sums compareOn(
            WinogradSession session, ReferenceFeatures references, List<Pixels> candidates) {
        try (FeatureBatch features = runOn(session, candidates)) {
            FeatureBatch reference = features == null
                    ? null
                    : references.by(features.kernels(), session.shape.rows(), left -> runOn(session, left));
            return features == null || reference == null ? null : head.compare(reference, features);
        }
    }

    /** Nothing may run on them any more. */
    void close() {
        sessions.close();
    }
}
