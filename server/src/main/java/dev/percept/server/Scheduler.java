package dev.percept.server;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Decodes the pictures of all requests on some threads, and runs what is decoded on others. Thread-safe.
 *
 * <p>Jobs take turns at being decoded, unit by unit, so that one of a hundred candidates delays one of a single candidate by one unit and
 * not by a hundred. Pixels in memory are bounded: decoding goes no further ahead than that. What is decoded runs in the order in which
 * it became so; with the first unit run those behind it of the same kind. A unit waits for company only while something is being
 * decoded or received that might be it, and no longer than the delay: an idle server adds none.
 *
 * <p>Unless it is said how many batches run at once, it is two, of which one may be of a model that keeps all processors busy by itself.
 *
 * <p>What is over, because of its deadline or a client that has gone, is dropped before it is decoded and before it is run.
 */
final class Scheduler implements AutoCloseable {
    /** Pixels of one batch: large pictures gain nothing by company. */
    private static final long MOST_BATCH_PIXELS = 4L << 20;

    private static final int CONCURRENCY = 2;

    private final Admission admission;
    private final Metrics metrics;
    private final int mostUnits;
    private final long delayNanos;
    /** Pixels that may be in memory, decoded or being decoded. */
    private final long mostHeld;

    /** Jobs with units that aren't begun; the one whose turn is next first. */
    private final Deque<Job<?>> waiting = new ArrayDeque<>();
    /** Decoded, the oldest first. */
    private final List<Job.Unit> ready = new ArrayList<>();

    private long held;
    private int decoding;
    private int running;
    /** Null where it is said how many batches run at once. */
    private final @Nullable Saturation saturation;

    private int saturating;
    private boolean closed;

    /** Units that run together. */
    private record Batch(List<Job.Unit> units, boolean saturates) {}

    /** Starts its threads. */
    Scheduler(Admission admission, ServerLimits limits, Metrics metrics) {
        this.admission = admission;
        this.metrics = metrics;
        this.mostUnits = limits.batch();
        this.delayNanos = limits.batchDelay().toNanos();
        this.mostHeld = heldPixels();
        int processors = Runtime.getRuntime().availableProcessors();
        Integer concurrency = limits.concurrency();
        this.saturation = concurrency == null ? new Saturation(processors) : null;
        for (int i = 1; i <= processors; i++) {
            start("percept-read-" + i, this::decodeUnits);
        }
        for (int i = 1; i <= (concurrency == null ? CONCURRENCY : concurrency); i++) {
            start("percept-run-" + i, this::runBatches);
        }
    }

    /** An eighth of the heap, at three bytes each: decoding takes several times what it leaves. At most 256 MiB. */
    private static long heldPixels() {
        return Math.min(256L << 20, Runtime.getRuntime().maxMemory() / 8) / 3;
    }

    /** What a thread does until this is closed. */
    private interface Loop {
        void run() throws InterruptedException;
    }

    private static void start(String name, Loop loop) {
        Thread thread = new Thread(
                () -> {
                    try {
                        loop.run();
                    } catch (InterruptedException e) {
                        throw new IllegalStateException("nobody has a reason to interrupt it", e);
                    }
                },
                name);
        thread.setDaemon(true);
        thread.start();
    }

    /**
     * Takes a job on.
     *
     * @throws ProblemException if this is closed
     */
    synchronized void submit(Job<?> job) {
        if (closed) {
            throw new ProblemException(Problem.notReady(Phase.STOPPING));
        }
        waiting.add(job);
        notifyAll();
    }

    /** Forgets jobs that are over: to be called when one is, so that what it holds is free. */
    synchronized void sweep() {
        waiting.removeIf(job -> {
            held -= job.isOver() ? job.released() : 0;
            return job.isOver();
        });
        Iterator<Job.Unit> units = ready.iterator();
        while (units.hasNext()) {
            Job.Unit unit = units.next();
            if (unit.job.isOver()) {
                units.remove();
                end(unit);
            }
        }
        notifyAll();
    }

    private void decodeUnits() throws InterruptedException {
        Job.Unit unit = nextToDecode();
        while (unit != null) {
            boolean toRun = false;
            try {
                long start = System.nanoTime();
                toRun = unit.decode();
                metrics.decoded(System.nanoTime() - start);
            } catch (Throwable e) {
                unit.job.fail(e);
            }
            decoded(unit, toRun);
            unit = nextToDecode();
        }
    }

    private synchronized Job.@Nullable Unit nextToDecode() throws InterruptedException {
        while (!closed) {
            Job.Unit unit = begin();
            if (unit != null) {
                return unit;
            }
            wait();
        }
        return null;
    }

    /** Begins with the unit whose turn it is, or returns null if there is none, or no room for it. */
    private Job.@Nullable Unit begin() {
        boolean idle = decoding + running + ready.size() == 0;
        boolean roomForBegun = true;
        boolean roomForNew = true;
        for (Iterator<Job<?>> jobs = waiting.iterator(); jobs.hasNext() && roomForBegun; ) {
            Job<?> job = jobs.next();
            Job.Unit unit = job.isOver() ? null : job.next();
            if (unit == null) {
                continue;
            }
            // Jobs keep their reference while they last. If new ones could take all the room with theirs, none would
            // come to its end.
            long room = (job.isBegun() ? mostHeld : mostHeld / 2) - held;
            long needs = job.needs(unit);
            boolean fits = idle || (needs <= room && (job.isBegun() || roomForNew));
            if (fits) {
                jobs.remove();
                job.began();
                if (!job.isExhausted()) {
                    waiting.add(job);
                }
                decoding++;
                held += needs;
                return unit;
            }
            // Nobody is overtaken by one who needs less room.
            roomForNew = false;
            roomForBegun = !job.isBegun();
        }
        return null;
    }

    private synchronized void decoded(Job.Unit unit, boolean toRun) {
        decoding--;
        if (toRun && !unit.job.isOver() && !closed) {
            unit.readyAt = System.nanoTime();
            ready.add(unit);
        } else {
            end(unit);
        }
        notifyAll();
    }

    private void end(Job.Unit unit) {
        held -= unit.pixels + unit.job.ended(unit);
    }

    private void runBatches() throws InterruptedException {
        Batch batch = nextToRun();
        while (batch != null) {
            long start = System.nanoTime();
            try {
                run(batch.units);
            } catch (Throwable e) {
                batch.units.forEach(unit -> unit.job.fail(e));
            }
            ran(batch, start);
            batch = nextToRun();
        }
    }

    private static void run(List<Job.Unit> batch) {
        if (batch.get(0).kind() == null) {
            batch.get(0).run();
        } else {
            ScoreJob.run(batch);
        }
    }

    /** The next batch; null if this is closed. */
    private synchronized @Nullable Batch nextToRun() throws InterruptedException {
        while (!closed) {
            Job.Unit first = ready.stream().filter(this::mayRunNow).findFirst().orElse(null);
            if (first == null) {
                wait();
                continue;
            }
            List<Job.Unit> batch = withItsKind(first);
            long left = first.readyAt + delayNanos - System.nanoTime();
            boolean mayBeJoined =
                    first.kind() != null && batch.size() < mostUnits && (decoding > 0 || admission.receiving() > 0);
            if (left > 0 && mayBeJoined) {
                TimeUnit.NANOSECONDS.timedWait(this, left);
                continue;
            }
            ready.removeAll(batch);
            running++;
            boolean saturates = saturates(first);
            saturating += saturates ? 1 : 0;
            metrics.starts(first.job.model, batch.size(), System.nanoTime() - first.readyAt);
            return new Batch(batch, saturates);
        }
        return null;
    }

    private boolean saturates(Job.Unit unit) {
        return saturation != null && saturation.of(unit.job.model);
    }

    private boolean mayRunNow(Job.Unit unit) {
        return saturating == 0 || !saturates(unit);
    }

    private List<Job.Unit> withItsKind(Job.Unit first) {
        List<Job.Unit> batch = new ArrayList<>(List.of(first));
        Object kind = first.kind();
        if (kind == null) {
            return batch;
        }
        long pixels = first.pixels;
        for (Job.Unit other : ready) {
            boolean fits = batch.size() < mostUnits && pixels + other.pixels <= MOST_BATCH_PIXELS;
            if (fits && other != first && kind.equals(other.kind())) {
                batch.add(other);
                pixels += other.pixels;
            }
        }
        return batch;
    }

    private void ran(Batch batch, long start) {
        long nanos = System.nanoTime() - start;
        long pixels = batch.units.stream().mapToLong(unit -> unit.pixels).sum();
        Job<?> first = batch.units.get(0).job;
        boolean onCpu = first.loss.execution().provider().equals("cpu");
        synchronized (this) {
            metrics.ran(first.model, nanos);
            admission.learn(pixels, nanos / 1e9 / running);
            if (saturation != null) {
                saturation.ran(first.model, pixels, nanos, onCpu);
            }
            running--;
            saturating -= batch.saturates ? 1 : 0;
            batch.units.forEach(this::end);
            notifyAll();
        }
    }

    /** Pixels in memory, decoded or being decoded. */
    synchronized long held() {
        return held;
    }

    /** Fails what is left, and ends the threads once they are done with what they do. */
    @Override
    public void close() {
        List<Job<?>> left = new ArrayList<>();
        synchronized (this) {
            closed = true;
            left.addAll(waiting);
            ready.forEach(unit -> left.add(unit.job));
            notifyAll();
        }
        left.forEach(job -> job.fail(new ProblemException(Problem.notReady(Phase.STOPPING))));
        sweep();
    }
}
