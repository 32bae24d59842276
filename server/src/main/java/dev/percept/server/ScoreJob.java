package dev.percept.server;

import dev.percept.ImagePair;
import dev.percept.ImageSource;
import dev.percept.PerceptException;
import dev.percept.PerceptualLoss;
import dev.percept.ScoreResult;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Scores candidates against one reference, as {@link PerceptualLoss#score(ImageSource, List)} does. A unit is a candidate. */
final class ScoreJob extends Job<List<ScoreResult>> {
    private final ImageSource reference;
    private final List<ImageSource> candidates;
    private final List<Long> costs = new ArrayList<>();
    private final long referenceCost;
    /** What tells that others have the same reference, or null if it is this one's own. */
    private final @Nullable Object sharing;

    private final List<@Nullable ScoreResult> results;
    private int begun;
    private int open;
    /** Set when the first unit is decoded. */
    private volatile ImageSource.@Nullable Decoded decodedReference;

    /**
     * A job.
     *
     * @param ticket of the request, which learns how large the pictures are
     * @param reference that can be read again and again
     * @param sharing equal for jobs that have the same reference, or null
     */
    ScoreJob(
            ServedModel.Lease model,
            Admission.Ticket ticket,
            ImageSource reference,
            List<ImageSource> candidates,
            @Nullable Object sharing) {
        super(model, ticket);
        this.reference = reference;
        this.candidates = candidates;
        this.sharing = sharing;
        this.results = new ArrayList<>(Collections.nCopies(candidates.size(), null));
        this.open = candidates.size();
        this.referenceCost = cost(reference);
        long all = referenceCost;
        for (ImageSource candidate : candidates) {
            long cost = cost(candidate);
            costs.add(cost);
            all += cost;
        }
        ticket.measured(all);
    }

    /** What pairs have in common that run together. */
    private record Kind(
            PerceptualLoss loss,
            int width,
            int height,
            @Nullable Object reference) {}

    private final class Pair extends Unit {
        private final int index;
        private @Nullable ImagePair pair;
        private @Nullable Kind kind;

        private Pair(int index) {
            super(ScoreJob.this, costs.get(index));
            this.index = index;
        }

        @Override
        boolean decode() {
            ImageSource.Decoded decoded = decodedReference;
            if (decoded == null) {
                decoded = loss.decode(reference);
                decodedReference = decoded;
            }
            try {
                pair = loss.decode(new ImagePair(decoded, candidates.get(index)));
            } catch (PerceptException e) {
                set(new ScoreResult(reference.name(), candidates.get(index).name(), null, e));
                return false;
            }
            ImageSource.Decoded candidate = (ImageSource.Decoded) pair.candidate();
            // Cropped, it is another one for each candidate.
            Object shared =
                    pair.reference() != decoded ? null : sharing == null && candidates.size() > 1 ? decoded : sharing;
            kind = new Kind(loss, candidate.width(), candidate.height(), shared);
            return true;
        }

        @Override
        Object kind() {
            return Objects.requireNonNull(kind);
        }

        private void set(ScoreResult result) {
            ScoreJob.this.set(index, result);
        }
    }

    private void set(int index, ScoreResult result) {
        List<ScoreResult> all = new ArrayList<>();
        synchronized (results) {
            results.set(index, result);
            open--;
            if (open > 0) {
                return;
            }
            results.forEach(each -> all.add(Objects.requireNonNull(each)));
        }
        complete(all);
    }

    /**
     * Scores pairs of one kind, and gives each job what is its own. With a reference that they share, or one pair only, its features
     * are kept and taken again.
     */
    static void run(List<Unit> units) {
        List<Pair> pairs = units.stream().map(Pair.class::cast).toList();
        List<ImagePair> decoded =
                pairs.stream().map(unit -> Objects.requireNonNull(unit.pair)).toList();
        Kind kind = Objects.requireNonNull(pairs.get(0).kind);
        List<ScoreResult> results;
        try {
            results = kind.reference == null && decoded.size() > 1
                    ? kind.loss.score(decoded)
                    : kind.loss.score(
                            decoded.get(0).reference(),
                            decoded.stream().map(ImagePair::candidate).toList());
        } catch (PerceptException e) {
            // Of the reference, and so of all of them.
            pairs.forEach(unit -> unit.job.fail(e));
            return;
        }
        for (int i = 0; i < pairs.size(); i++) {
            ScoreResult result = results.get(i);
            pairs.get(i)
                    .set(new ScoreResult(
                            decoded.get(i).reference().name(), result.candidate(), result.score(), result.error()));
        }
    }

    @Override
    @Nullable
    Unit next() {
        boolean waits = begun > 0 && decodedReference == null;
        return waits || isExhausted() ? null : new Pair(begun);
    }

    @Override
    void begin() {
        begun++;
    }

    @Override
    boolean isBegun() {
        return begun > 0;
    }

    @Override
    boolean isExhausted() {
        return begun == candidates.size();
    }

    @Override
    long keeps() {
        return referenceCost;
    }
}
