package dev.percept;

import dev.percept.image.Pixels;
import dev.percept.onnx.Completion;
import dev.percept.onnx.Engine;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
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
    /** The pixels of the one reference that all pairs have, or null if each has its own. */
    private final @Nullable Pixels shared;

    private final List<@Nullable ScoreResult> results = new ArrayList<>();
    /** The pairs whose pictures are equal, by index. */
    private final BitSet equal = new BitSet();
    /** By size: width and height in one number. */
    private final Map<Long, PairBatch> gathering = new LinkedHashMap<>();

    private long gatheredBytes;
    private @Nullable Flight inFlight;
    /** The shared reference, as each engine that was needed took it. */
    private final Map<Engine, Engine.References> sharedReferences = new HashMap<>();

    /** A batch that an engine was given. */
    private record Flight(
            PairBatch batch, Running running, Engine.References references, CompletableFuture<Engine.Sums> sums) {}

    /**
     * A call.
     *
     * @param pairs to score
     * @param shared pixels of the reference, if it is the same for all pairs, or null
     */
    Scoring(BackboneLoss loss, List<ImagePair> pairs, @Nullable Pixels shared) {
        this.loss = loss;
        this.pairs = pairs;
        this.shared = shared;
    }

    /**
     * Scores all pairs.
     *
     * @throws PerceptException if the shared reference fails
     */
    List<ScoreResult> run() {
        if (shared != null) {
            sharedReferences(loss.running());
        }
        List<PairDecoding> decodings = pairs.stream()
                .map(pair -> new PairDecoding(pair, shared, loss.backbone()))
                .toList();
        try (DecodeAhead ahead =
                new DecodeAhead(decodings, loss.running().engine().decodeAhead())) {
            for (int i = 0; i < decodings.size(); i++) {
                results.add(null);
                accept(i, ahead.take());
            }
            for (PairBatch batch : List.copyOf(gathering.values())) {
                start(batch);
            }
            finish(inFlight);
        }
        List<ScoreResult> complete = new ArrayList<>();
        for (ScoreResult result : results) {
            complete.add(Objects.requireNonNull(result));
        }
        return complete;
    }

    private void accept(int index, DecodedPair pair) {
        Pixels reference = pair.reference();
        Pixels candidate = pair.candidate();
        if (reference == null || candidate == null) {
            set(index, null, pair.error());
        } else {
            boolean same = candidate.sameAs(reference);
            equal.set(index, same);
            if (!same || !scoredEqual(index, reference)) {
                gather(index, reference, candidate);
            }
        }
    }

    private void gather(int index, Pixels reference, Pixels candidate) {
        PairBatch batch =
                gathering.computeIfAbsent((long) candidate.width() << 32 | candidate.height(), size -> new PairBatch());
        batch.add(index, reference, candidate);
        gatheredBytes += 2L * candidate.rgb().length;
        if (batch.size() >= rows(loss.running(), candidate)) {
            start(batch);
        } else if (gatheredBytes > WAITING_BYTES) {
            start(gathering.values().stream()
                    .max(Comparator.comparingLong(PairBatch::bytes))
                    .orElseThrow());
        }
    }

    private int rows(Running running, Pixels size) {
        return running.engine().rows(size.width(), size.height(), shared == null ? 1 : 0);
    }

    /** Scores equal pictures, where that is cheaper than to compare them like any others; else returns false. */
    private boolean scoredEqual(int index, Pixels picture) {
        Running running = loss.running();
        PairBatch alone = PairBatch.of(index, picture, picture);
        try {
            Engine.References references = references(running, alone);
            try {
                Engine.Sums sums = running.engine().same(references);
                if (sums == null) {
                    return false;
                }
                record(alone, running, sums);
            } finally {
                closeUnlessShared(references);
            }
        } catch (PerceptException e) {
            failed(alone, running, e);
        }
        return true;
    }

    private Engine.References references(Running running, PairBatch batch) {
        return shared == null ? running.engine().references(batch.references()) : sharedReferences(running);
    }

    private Engine.References sharedReferences(Running running) {
        Engine.References known = sharedReferences.get(running.engine());
        if (known == null) {
            Pixels pixels = Objects.requireNonNull(shared);
            try {
                known = running.engine().references(List.of(pixels));
            } catch (DeviceException e) {
                Running other = loss.fallBack(running, e);
                if (other == null) {
                    throw e;
                }
                return sharedReferences(other);
            }
            sharedReferences.put(running.engine(), known);
        }
        return known;
    }

    private void closeUnlessShared(Engine.References references) {
        if (shared == null) {
            references.close();
        }
    }

    /** Gives a batch to the engine, and then takes what it made of the one before. */
    private void start(PairBatch batch) {
        gathering.values().remove(batch);
        gatheredBytes -= batch.bytes();
        Running running = loss.running();
        Flight before = inFlight;
        Flight started = null;
        PerceptException error = null;
        try {
            Engine.References references = references(running, batch);
            started = new Flight(batch, running, references, compare(running, references, batch.candidates()));
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

    private CompletableFuture<Engine.Sums> compare(
            Running running, Engine.References references, List<Pixels> candidates) {
        try {
            return running.engine().compare(references, candidates);
        } catch (Throwable e) {
            closeUnlessShared(references);
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
            record(flight.batch, flight.running, Completion.of(flight.sums));
        } catch (PerceptException e) {
            failed(flight.batch, flight.running, e);
        } finally {
            closeUnlessShared(flight.references);
        }
    }

    /** A batch that failed runs once more where {@code auto} has somewhere else to go; else all of it has failed. */
    private void failed(PairBatch batch, Running failed, PerceptException error) {
        PerceptException cause = error;
        Running other = null;
        try {
            other = error instanceof DeviceException device ? loss.fallBack(failed, device) : null;
        } catch (PerceptException e) {
            cause = e;
        }
        if (other == null) {
            for (int index : batch.indices()) {
                set(index, null, cause);
            }
            return;
        }
        int from = 0;
        while (from < batch.size()) {
            int to =
                    Math.min(batch.size(), from + rows(other, batch.candidates().get(0)));
            runAgain(batch.part(from, to), other);
            from = to;
        }
    }

    private void runAgain(PairBatch batch, Running running) {
        try {
            Engine.References references = references(running, batch);
            try {
                record(batch, running, Completion.of(running.engine().compare(references, batch.candidates())));
            } finally {
                closeUnlessShared(references);
            }
        } catch (PerceptException e) {
            batch.indices().forEach(index -> set(index, null, e));
        }
    }

    private void record(PairBatch batch, Running running, Engine.Sums sums) {
        for (int row = 0; row < batch.size(); row++) {
            int index = batch.indices().get(row);
            try {
                set(index, score(index, running, batch, sums, row), null);
            } catch (ModelException e) {
                set(index, null, e);
            }
        }
    }

    private Score score(int index, Running running, PairBatch batch, Engine.Sums sums, int row) {
        List<LayerScore> parts = new ArrayList<>();
        double total = 0;
        for (int i = 0; i < loss.layers().size(); i++) {
            LayerSpec layer = loss.layers().get(i);
            double value = layer.distance().fromSum(sum(index, sums.sums()[i][row]), sums.values()[i]);
            total += layer.weight() * value;
            if (!Double.isFinite(value) || !Double.isFinite(total)) {
                throw loss.notFinite(pairs.get(index).candidate().name(), layer);
            }
            parts.add(new LayerScore(layer.name(), layer.weight(), layer.distance(), value, layer.channels()));
        }
        Pixels size = batch.candidates().get(row);
        return new Score(total, parts, loss.provenance(running, size.width(), size.height()));
    }

    /**
     * A sum, as it came from a run. Equal pictures are equal by definition, though a kernel may depend on a picture's place in a
     * batch; but what isn't finite stays so.
     */
    private double sum(int index, double sum) {
        return Double.isFinite(sum) && equal.get(index) ? 0 : sum;
    }

    private void set(int index, @Nullable Score score, @Nullable PerceptException error) {
        ImagePair pair = pairs.get(index);
        results.set(
                index, new ScoreResult(pair.reference().name(), pair.candidate().name(), score, error));
    }

    /** Waits for what still runs after a failure, and frees references. */
    @Override
    public void close() {
        Flight flight = inFlight;
        if (flight != null) {
            flight.sums.handle((sums, error) -> error).join();
            closeUnlessShared(flight.references);
        }
        sharedReferences.values().forEach(Engine.References::close);
    }
}
