package dev.percept;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.FutureTask;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * Decodes pictures in order, on other threads ahead of whoever takes them, as far as a budget of memory allows. For one thread.
 */
final class DecodeAhead implements AutoCloseable {
    /**
     * Pixels that wait to be taken, of all calls together: from so many bytes on nothing more is begun. Decoding takes more than
     * what it leaves, and so this is a small part of the heap.
     */
    private static final long BUDGET = Math.min(256L << 20, Runtime.getRuntime().maxMemory() / 8);

    private static final AtomicLong HELD = new AtomicLong();

    /** One for all models: decoding needs processors, whoever asks. Its threads end when they have nothing to do. */
    private static final ExecutorService THREADS = threads();

    private final Iterator<PairDecoding> upcoming;
    private final int most;
    private final Deque<Decoding> started = new ArrayDeque<>();
    /** Bytes of the largest pair up to now; the others are taken to be no larger. */
    private long largest;

    /** One pair, decoded by the first thread that runs it. */
    private static final class Decoding extends FutureTask<DecodedPair> {
        private Decoding(PairDecoding pair) {
            super(pair::decode);
        }

        @Override
        protected void done() {
            if (!isCancelled()) {
                HELD.addAndGet(bytes());
            }
        }

        private long bytes() {
            try {
                return get().bytes();
            } catch (ExecutionException e) {
                return 0;
            } catch (InterruptedException e) {
                throw new IllegalStateException("what is done needs no waiting for", e);
            }
        }
    }

    /**
     * Prepares to decode.
     *
     * @param pairs in the order in which they will be taken
     * @param most pairs that may be decoded ahead; with 0 they are decoded when they are taken, by the thread that takes them
     */
    DecodeAhead(List<PairDecoding> pairs, int most) {
        this.upcoming = pairs.iterator();
        this.most = most;
    }

    private static ExecutorService threads() {
        int processors = Runtime.getRuntime().availableProcessors();
        AtomicInteger count = new AtomicInteger();
        ThreadPoolExecutor threads = new ThreadPoolExecutor(
                processors, processors, 5, TimeUnit.SECONDS, new LinkedBlockingQueue<>(), run -> {
                    Thread thread = new Thread(run, "percept-decode-" + count.incrementAndGet());
                    thread.setDaemon(true);
                    return thread;
                });
        threads.allowCoreThreadTimeOut(true);
        return threads;
    }

    /** Bytes of pixels that wait to be taken, of all calls together. */
    static long held() {
        return HELD.get();
    }

    /** The next pair, decoded, or why it could not be. Those after it are begun, for whoever takes it to be busy meanwhile. */
    DecodedPair take() {
        @Nullable Decoding next = started.poll();
        DecodedPair pair = next == null ? upcoming.next().decode() : finished(next);
        largest = Math.max(largest, pair.bytes());
        while (started.size() < most && upcoming.hasNext() && isRoomForOneMore()) {
            begin(upcoming.next());
        }
        return pair;
    }

    /** Nothing is begun before it is known how large pictures are. */
    private boolean isRoomForOneMore() {
        return largest > 0 && (started.size() + 1) * largest <= BUDGET;
    }

    private void begin(PairDecoding pair) {
        Decoding task = new Decoding(pair);
        started.add(task);
        if (!pair.needsItsCaller()) {
            THREADS.execute(() -> {
                // Over the budget it is left to whoever takes it.
                if (HELD.get() < BUDGET) {
                    task.run();
                }
            });
        }
    }

    private static DecodedPair finished(Decoding task) {
        // Does nothing where another thread has begun with it; else there is no reason to wait for one.
        task.run();
        boolean interrupted = false;
        try {
            while (true) {
                try {
                    DecodedPair pair = task.get();
                    HELD.addAndGet(-pair.bytes());
                    return pair;
                } catch (InterruptedException e) {
                    // As native code does, this finishes what it began; whoever interrupted will be heard afterwards.
                    interrupted = true;
                }
            }
        } catch (ExecutionException e) {
            // decode() catches what pictures can do wrong.
            if (e.getCause() instanceof Error error) {
                throw error;
            }
            throw new IllegalStateException(e.getCause());
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    /** Forgets what was started and not taken. */
    @Override
    public void close() {
        for (Decoding task : started) {
            if (!task.cancel(false)) {
                HELD.addAndGet(-task.bytes());
            }
        }
    }
}
