package dev.percept;

import dev.percept.image.Picture;
import dev.percept.image.Pixels;
import dev.percept.onnx.Completion;
import dev.percept.onnx.Engine;
import dev.percept.onnx.Parts;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * One call of {@code score}: decodes pairs ahead, gathers those of one size into batches, and assembles the next batch while
 * the last one runs. For one thread; closed when the call ends.
 */
final class Scoring implements AutoCloseable {
    /** The most bytes of pixels that wait for a batch of their size to fill. */
    private static final long WAITING_BYTES = 256L << 20;

    private final BackboneLoss loss;
    private final List<ImagePair> pairs;
    /** The reference, if it is the same for all pairs, or null if each has its own. */
    private final @Nullable Picture shared;

    private final @Nullable SharedReference sharedReference;

    private final Results results;
    private final Map<Kind, PairBatch> gathering = new LinkedHashMap<>();

    /** Why the shared reference can't be scored with anything, or null. */
    private @Nullable PerceptException referenceFailure;

    private long gatheredBytes;
    private @Nullable Flight inFlight;

    /** What pairs of one batch have in common; {@code reference} is the one that they share, or null. */
    private record Kind(
            int width, int height, boolean deep, @Nullable Pixels reference) {
        /** Not a record's own, which costs a cold start some milliseconds. */
        @Override
        public int hashCode() {
            return 31 * width + height;
        }
    }

    /** A batch that an engine was given. */
    private record Flight(
            PairBatch batch, Running running, Engine.References references, CompletableFuture<Engine.Sums> sums) {}

    /**
     * A call.
     *
     * @param pairs to score
     * @param shared the reference, if it is the same for all pairs, or null
     */
    Scoring(BackboneLoss loss, List<ImagePair> pairs, @Nullable Picture shared) {
        this.loss = loss;
        this.pairs = pairs;
        this.results = new Results(loss, pairs);
        this.shared = shared;
        this.sharedReference = shared == null ? null : new SharedReference(shared);
    }

    /**
     * Scores all pairs.
     *
     * @throws PerceptException if the shared reference fails
     */
    List<ScoreResult> run() {
        List<PairDecoding> decodings = pairs.stream()
                .map(pair -> new PairDecoding(pair, shared, loss.preparation()))
                .toList();
        // What is decoded needs no thread.
        boolean done = decodings.stream().allMatch(PairDecoding::isDone);
        try (DecodeAhead ahead = new DecodeAhead(
                decodings, done ? 0 : loss.engines().now().engine().decodeAhead())) {
            for (int i = 0; i < decodings.size(); i++) {
                accept(i, ahead.take());
                requireReference();
            }
            for (PairBatch batch : List.copyOf(gathering.values())) {
                start(batch);
                requireReference();
            }
            finish(inFlight);
        }
        return results.complete();
    }

    private void requireReference() {
        if (referenceFailure != null) {
            throw referenceFailure;
        }
    }

    private void accept(int index, DecodedPair pair) {
        Picture reference = pair.reference();
        Picture candidate = pair.candidate();
        if (reference == null || candidate == null) {
            results.fail(index, pair.error());
            return;
        }
        int views = Math.max(reference.views().size(), candidate.views().size());
        for (int background = 0; background < views; background++) {
            Pixels left = reference.view(background);
            Pixels right = candidate.view(background);
            Running running = loss.engines().now();
            if (right.sameAs(left)) {
                results.identical(
                        new PairBatch.Comparison(index, background, pair, Parts.IDENTICAL),
                        running,
                        left.isDeep() ? left : right);
                continue;
            }
            if (left.isDeep() || right.isDeep()) {
                left = sharedReference == null ? left.deep() : sharedReference.deepened(left);
                right = right.deep();
            }
            Parts parts = running.engine().parts(left, right, loss.memoryBytes(left), wholeRuns(running, left));
            PairBatch.Comparison comparison = new PairBatch.Comparison(index, background, pair, parts);
            if (parts.isWhole()) {
                gather(comparison, left, right);
            } else {
                scoreParts(running, comparison, left, right);
            }
        }
    }

    /** How many pictures a pair costs if it is evaluated as a whole: a reference's are shared by all that are still to come. */
    private double wholeRuns(Running running, Pixels reference) {
        if (sharedReference == null || !sharedReference.has(reference)) {
            return 2;
        }
        return sharedReference.isTaken(running.engine(), reference) ? 1 : 1 + 1.0 / pairs.size();
    }

    private void scoreParts(Running running, PairBatch.Comparison comparison, Pixels reference, Pixels candidate) {
        PairBatch alone = PairBatch.of(comparison, reference, candidate);
        try {
            results.record(alone, running, running.engine().compare(reference, candidate, comparison.parts()));
        } catch (PerceptException e) {
            failed(alone, running, e);
        }
    }

    private void gather(PairBatch.Comparison comparison, Pixels reference, Pixels candidate) {
        boolean isShared = sharedReference != null && sharedReference.has(reference);
        if (isShared) {
            Running running = loss.engines().now();
            PairBatch alone = PairBatch.of(comparison, reference, candidate);
            try {
                // It is needed now, and how many candidates fit into a run isn't known before something ran.
                references(running, alone);
            } catch (PerceptException e) {
                if (!failed(alone, running, e) && !loss.mayCrop()) {
                    referenceFailure = e;
                }
                return;
            }
        }
        Kind kind = new Kind(candidate.width(), candidate.height(), candidate.isDeep(), isShared ? reference : null);
        PairBatch batch = gathering.computeIfAbsent(kind, absent -> new PairBatch());
        batch.add(comparison, reference, candidate);
        gatheredBytes += 2 * candidate.bytes();
        if (batch.size() >= rows(loss.engines().now(), batch)) {
            start(batch);
        } else if (gatheredBytes > WAITING_BYTES) {
            start(gathering.values().stream()
                    .max(Comparator.comparingLong(PairBatch::bytes))
                    .orElseThrow());
        }
    }

    private int rows(Running running, PairBatch batch) {
        return running.engine().rows(batch.candidates().get(0), isShared(batch) ? 0 : 1);
    }

    private boolean isShared(PairBatch batch) {
        return sharedReference != null && sharedReference.has(batch.references().get(0));
    }

    private Engine.References references(Running running, PairBatch batch) {
        if (sharedReference == null || !isShared(batch)) {
            return running.engine().references(batch.references());
        }
        try {
            return sharedReference.of(running, batch.references().get(0));
        } catch (PerceptException e) {
            if (!loss.mayCrop() && !(e instanceof DeviceException)) {
                referenceFailure = e;
            }
            throw e;
        }
    }

    private void closeUnlessShared(PairBatch batch, Engine.References references) {
        if (!isShared(batch)) {
            references.close();
        }
    }

    /** Gives a batch to the engine, and then takes what it made of the one before. */
    @SuppressWarnings("ReferenceEquality") // It is that very one.
    private void start(PairBatch batch) {
        gathering.values().removeIf(each -> each == batch);
        gatheredBytes -= batch.bytes();
        Running running = loss.engines().now();
        Flight before = inFlight;
        Flight started = null;
        PerceptException error = null;
        try {
            Engine.References references = references(running, batch);
            started = new Flight(batch, running, references, compare(running, references, batch));
        } catch (PerceptException e) {
            error = e;
        }
        try {
            finish(before);
        } finally {
            inFlight = started;
        }
        if (error != null) {
            failed(batch, running, error);
        } else if (started != null && started.sums.isDone()) {
            // As on the CPU: what its references hold is not kept while the next batch is gathered.
            finish(started);
        }
    }

    private CompletableFuture<Engine.Sums> compare(Running running, Engine.References references, PairBatch batch) {
        try {
            return running.engine().compare(references, batch.candidates());
        } catch (Throwable e) {
            closeUnlessShared(batch, references);
            throw e;
        }
    }

    /** Waits for a batch that was started. */
    private void finish(@Nullable Flight flight) {
        if (flight == null) {
            return;
        }
        inFlight = null;
        try {
            results.record(flight.batch, flight.running, Completion.of(flight.sums));
        } catch (PerceptException e) {
            failed(flight.batch, flight.running, e);
        } finally {
            closeUnlessShared(flight.batch, flight.references);
        }
    }

    /**
     * A batch that failed runs once more where {@code auto} has somewhere else to go; else all of it has failed.
     *
     * @return whether it ran elsewhere
     */
    private boolean failed(PairBatch batch, Running failed, PerceptException error) {
        PerceptException cause = error;
        Running other = null;
        try {
            other = error instanceof DeviceException device ? loss.engines().fallBack(failed, device) : null;
        } catch (PerceptException e) {
            cause = e;
        }
        if (other == null) {
            results.fail(batch, cause);
            return false;
        }
        int from = 0;
        while (from < batch.size()) {
            int to = Math.min(batch.size(), from + rows(other, batch));
            runAgain(batch.part(from, to), other);
            from = to;
        }
        return true;
    }

    private void runAgain(PairBatch batch, Running running) {
        try {
            Engine.References references = references(running, batch);
            try {
                results.record(batch, running, Completion.of(running.engine().compare(references, batch.candidates())));
            } finally {
                closeUnlessShared(batch, references);
            }
        } catch (PerceptException e) {
            results.fail(batch, e);
        }
    }

    /** Waits for what still runs after a failure, and frees references. */
    @Override
    public void close() {
        Flight flight = inFlight;
        if (flight != null) {
            flight.sums.handle((sums, error) -> error).join();
            closeUnlessShared(flight.batch, flight.references);
        }
        if (sharedReference != null) {
            sharedReference.close();
        }
    }
}
