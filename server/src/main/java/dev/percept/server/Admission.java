package dev.percept.server;

import java.time.Duration;

/**
 * Decides which requests are taken on, by what they cost: pixels to score, and bytes of bodies in memory. Thread-safe.
 *
 * <p>A {@link Ticket} is given before the body is read, so that a refusal costs next to nothing. By then only the body's length is known:
 * its pixels are taken to be as many for each byte as those of the requests before. Once the headers of the pictures are read, the
 * estimate is replaced. A request that is larger than everything that may wait is taken on when there is no other.
 */
final class Admission {
    /** The least that a picture counts as, in pixels: also the smallest takes a request's memory, and a turn. */
    static final long LEAST_PIXELS = 64 * 64;

    /** Bodies that are read at once. Each holds a thread, of which there must be some left for health. */
    static final int MOST_RECEIVING = 256;

    /** How much the latest request or batch counts in an average. */
    private static final double RECENT = 0.2;

    /**
     * The most pixels of a byte, and the largest part of what may wait, that one request counts as in the averages. Photographs have less. A
     * few small files that declare very many pixels would otherwise make all requests after them look so large that one is taken on
     * at a time.
     */
    private static final double MOST_PIXELS_PER_BYTE = 16;

    private static final long LARGEST_PART = 8;

    private static final long LONGEST_RETRY_SECONDS = 600;

    private final long mostPixels;
    private final long mostBytes;

    private long pixels;
    private long bytes;
    private int taken;
    private int unanswered;
    private int receiving;
    private boolean closed;

    private double pixelsPerByte = 1;
    private double pixelsPerRequest = 1 << 20;
    private double secondsPerPixel;

    /**
     * Takes on nothing yet.
     *
     * @param mostPixels of requests that are not done
     * @param mostBytes of their bodies
     */
    Admission(long mostPixels, long mostBytes) {
        this.mostPixels = mostPixels;
        this.mostBytes = mostBytes;
    }

    /**
     * Takes a request on.
     *
     * @param length of its body in bytes, or a negative number where it isn't known
     * @param longest body that is read, in bytes
     * @throws ProblemException if there is no room for it, or this is closed
     */
    synchronized Ticket admit(long length, long longest) {
        if (closed) {
            throw new ProblemException(Problem.notReady(Phase.STOPPING));
        }
        long body = length < 0 ? longest : length;
        long estimate =
                Math.max(2 * LEAST_PIXELS, (long) (length < 0 ? pixelsPerRequest : Math.ceil(length * pixelsPerByte)));
        boolean full = pixels + estimate > mostPixels || bytes + body > mostBytes;
        if (receiving == MOST_RECEIVING || (full && taken > 0)) {
            throw new ProblemException(busy());
        }
        pixels += estimate;
        bytes += body;
        taken++;
        unanswered++;
        receiving++;
        return new Ticket(body, estimate);
    }

    private Problem busy() {
        double seconds = Math.ceil(pixels * secondsPerPixel);
        return Problem.busy((long) Math.max(1, Math.min(seconds, LONGEST_RETRY_SECONDS)));
    }

    /**
     * Learns how long scoring takes.
     *
     * @param scored pixels
     * @param seconds that they took, shared among what was scored at the same time
     */
    synchronized void learn(long scored, double seconds) {
        double each = seconds / Math.max(1, scored);
        secondsPerPixel = secondsPerPixel == 0 ? each : (1 - RECENT) * secondsPerPixel + RECENT * each;
    }

    /**
     * Refuses new requests from now on, and waits until the admitted ones are answered: until their answers are written, as the web
     * server cuts off what is slow once it is told to stop.
     *
     * @return how many are left after this time
     */
    synchronized int drain(Duration patience) {
        closed = true;
        long end = System.nanoTime() + patience.toNanos();
        try {
            while (unanswered > 0) {
                long millis = (end - System.nanoTime()) / 1_000_000;
                if (millis <= 0) {
                    break;
                }
                wait(millis);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        return unanswered;
    }

    /** How many requests have been taken on and are not done. */
    synchronized int taken() {
        return taken;
    }

    /** Of those, how many send their body still. */
    synchronized int receiving() {
        return receiving;
    }

    /** Pixels of the requests that are not done, as far as they are known, and not scored yet. */
    synchronized long pixels() {
        return pixels;
    }

    /** Bytes of their bodies. */
    synchronized long bytes() {
        return bytes;
    }

    /** An admitted request. It holds its place until it is closed, and is waited for until it is answered. Either again does nothing. */
    final class Ticket implements AutoCloseable {
        private long ownBytes;
        private long ownPixels;
        private long measuredPixels;
        private boolean received;
        private boolean done;
        private boolean answered;

        private Ticket(long ownBytes, long ownPixels) {
            this.ownBytes = ownBytes;
            this.ownPixels = ownPixels;
        }

        /** Notes that the body is there. */
        void received(long length) {
            synchronized (Admission.this) {
                endReceiving();
                bytes += length - ownBytes;
                ownBytes = length;
            }
        }

        private void endReceiving() {
            if (!received) {
                received = true;
                receiving--;
            }
        }

        /**
         * Notes what the request really costs.
         *
         * @throws ProblemException if that is more than may wait at all, and there are other requests
         */
        void measured(long realPixels) {
            synchronized (Admission.this) {
                if (realPixels > mostPixels && taken > 1) {
                    throw new ProblemException(busy());
                }
                pixels += realPixels - ownPixels;
                ownPixels = realPixels;
                measuredPixels = realPixels;
                double each = Math.min((double) realPixels / Math.max(1, ownBytes), MOST_PIXELS_PER_BYTE);
                long whole = Math.min(realPixels, mostPixels / LARGEST_PART);
                pixelsPerByte = (1 - RECENT) * pixelsPerByte + RECENT * each;
                pixelsPerRequest = (1 - RECENT) * pixelsPerRequest + RECENT * whole;
            }
        }

        /** What the request really costs, in pixels; 0 as long as that isn't known. */
        long measured() {
            synchronized (Admission.this) {
                return measuredPixels;
            }
        }

        /** Notes that some of the pixels need no more work. */
        void scored(long somePixels) {
            synchronized (Admission.this) {
                long known = Math.min(somePixels, ownPixels);
                ownPixels -= known;
                pixels -= known;
            }
        }

        /** Notes that the answer is written, or nobody is there to read it. */
        void answered() {
            synchronized (Admission.this) {
                if (!answered) {
                    answered = true;
                    unanswered--;
                    Admission.this.notifyAll();
                }
            }
        }

        /** Gives its place back: nothing more is to be computed. */
        @Override
        public void close() {
            synchronized (Admission.this) {
                if (done) {
                    return;
                }
                done = true;
                endReceiving();
                pixels -= ownPixels;
                bytes -= ownBytes;
                ownPixels = 0;
                ownBytes = 0;
                taken--;
            }
        }
    }
}
