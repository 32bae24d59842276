package dev.percept.server;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.concurrent.TimeoutException;

/** Reads a body into memory, within limits of size and time. */
final class Body {
    private static final int CHUNK = 64 << 10;

    private Body() {}

    /**
     * Reads it to its end.
     *
     * @throws ProblemException if it is too large or too slow, or ends early
     */
    static byte[] read(InputStream in, int maxBytes, Duration patience) {
        // One buffer for all, however small the pieces in which a client sends it: a piece costs its own bytes and no
        // more.
        ByteArrayOutputStream body = new ByteArrayOutputStream(CHUNK);
        byte[] chunk = new byte[CHUNK];
        long end = System.nanoTime() + patience.toNanos();
        try {
            for (int count = in.read(chunk); count >= 0; count = in.read(chunk)) {
                if (count > maxBytes - body.size()) {
                    throw new ProblemException(Problem.tooLarge(maxBytes));
                }
                body.write(chunk, 0, count);
                if (System.nanoTime() > end) {
                    throw new ProblemException(
                            Problem.tooSlow("It has to be sent within " + patience.toSeconds() + " seconds."));
                }
            }
        } catch (IOException e) {
            if (e.getCause() instanceof TimeoutException) {
                throw new ProblemException(Problem.tooSlow("The client sent nothing for too long."));
            }
            throw new ProblemException(Problem.badForm("The body ends early."));
        }
        return body.toByteArray();
    }
}
