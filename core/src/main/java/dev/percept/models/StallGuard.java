package dev.percept.models;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.time.Duration;

/** Closes a stream from which nothing has come for a while, so that its reader ends: Java's HTTP client waits for ever. */
final class StallGuard implements AutoCloseable {
    private final InputStream watched;
    private final long limitNanos;
    private final Thread thread;
    private volatile long last = System.nanoTime();
    private volatile boolean done;

    StallGuard(InputStream watched, Duration limit) {
        this.watched = watched;
        this.limitNanos = limit.toNanos();
        this.thread = new Thread(this::watch, "percept-download-watch");
        thread.setDaemon(true);
        thread.start();
    }

    /** Something has come. */
    void alive() {
        last = System.nanoTime();
    }

    private void watch() {
        try {
            while (!done) {
                long left = limitNanos - (System.nanoTime() - last);
                if (left <= 0) {
                    watched.close();
                    return;
                }
                Thread.sleep(left / 1_000_000 + 1);
            }
        } catch (InterruptedException e) {
            // Not needed any more.
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        done = true;
        thread.interrupt();
    }
}
