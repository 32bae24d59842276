package dev.percept.server;

import jakarta.servlet.http.HttpServletRequest;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.concurrent.Semaphore;
import org.eclipse.jetty.ee10.servlet.ServletContextRequest;

/**
 * Throws away what a client is still sending when it has been refused.
 *
 * <p>A connection that is closed while the client sends is reset, and takes with it the answer that the client hasn't read
 * yet: instead of "busy, come back in a second" it sees a broken connection. So for a moment the rest is read, by few
 * threads at once. A client that asks first ({@code Expect: 100-continue}, as curl does) needs none of this.
 */
final class LingeringClose {
    private static final int AT_ONCE = 8;
    private static final Duration MOMENT = Duration.ofSeconds(2);

    private final Semaphore places = new Semaphore(AT_ONCE);

    /** Whether a request has a body of which something may be on its way. */
    static boolean isBodyUnread(HttpServletRequest request) throws IOException {
        boolean hasBody = request.getContentLengthLong() > 0 || request.getHeader("Transfer-Encoding") != null;
        // Asking for the stream would invite a client that waits for 100 Continue.
        return hasBody
                && request.getHeader("Expect") == null
                && !request.getInputStream().isFinished();
    }

    /** Reads and forgets, until the body ends, or the moment is over. To be called when the answer is sent. */
    void discardBody(HttpServletRequest request) throws IOException {
        if (!places.tryAcquire()) {
            return;
        }
        try {
            // The connection is closed afterwards; until then, reading from it may not block for long.
            ServletContextRequest.getServletContextRequest(request)
                    .getConnectionMetaData()
                    .getConnection()
                    .getEndPoint()
                    .setIdleTimeout(MOMENT.toMillis());
            InputStream in = request.getInputStream();
            byte[] chunk = new byte[64 << 10];
            long end = System.nanoTime() + MOMENT.toNanos();
            int count = 0;
            while (count >= 0 && System.nanoTime() < end) {
                count = in.read(chunk);
            }
        } finally {
            places.release();
        }
    }
}
