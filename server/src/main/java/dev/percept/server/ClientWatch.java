package dev.percept.server;

import jakarta.servlet.http.HttpServletRequest;
import java.io.IOException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.SocketChannel;
import org.eclipse.jetty.ee10.servlet.ServletContextRequest;
import org.eclipse.jetty.io.AbstractEndPoint;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.io.ssl.SslConnection;
import org.eclipse.jetty.util.BufferUtil;
import org.eclipse.jetty.util.Callback;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Notices that a client has closed its connection while it could still be waiting for an answer.
 *
 * <p>Jetty reads nothing of a connection of HTTP/1.1 between the end of a request and the end of its answer, and so doesn't notice. But it
 * has no other use for the connection's selector either: this asks to be called when there is something to read. If then no byte can
 * be, it is the end of the stream, or the report is old: of bytes that Jetty has read before the watch began. So it asks once more, as an
 * end is reported again and an old report isn't. If some bytes can be read, it is the client's next request: they are left to Jetty, and the
 * watch ends.
 *
 * <p>Under TLS what can be read may be the record that says the client has gone, so Jetty is made to decrypt it; what else comes out it
 * keeps for whoever reads next. That this has happened can't be seen, nor whether a record had anything in it, so after a few reports that
 * were not the end the watch ends.
 */
final class ClientWatch implements Callback, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(ClientWatch.class);

    /** One may be old, and under TLS one may be of a record that says nothing. */
    private static final int MOST_REPORTS = 3;

    /** What a connection holds for its reader. */
    private enum Sight {
        /** Bytes, which are not for this. */
        BYTES,
        /** No bytes that could be seen, at least not yet. */
        NOTHING,
        END
    }

    private final EndPoint endPoint;
    private final Runnable gone;

    /** Guarded by this, as is the interest in what can be read: once it is over, that is Jetty's. */
    private boolean over;

    private int reports;

    ClientWatch(EndPoint endPoint, Runnable gone) {
        this.endPoint = endPoint;
        this.gone = gone;
    }

    /**
     * Begins to watch. Where it can't be done, since it is neither HTTP/1.1 nor that under TLS, nothing is ever noticed.
     *
     * @param request whose body has been read to its end
     * @param gone is run once, if the client goes before this is closed
     */
    static ClientWatch begin(HttpServletRequest request, Runnable gone) {
        ClientWatch watch = new ClientWatch(
                ServletContextRequest.getServletContextRequest(request)
                        .getConnectionMetaData()
                        .getConnection()
                        .getEndPoint(),
                gone);
        watch.begin();
        return watch;
    }

    void begin() {
        if (endPoint instanceof SslConnection.SslEndPoint
                || (endPoint.getTransport() instanceof SocketChannel && endPoint instanceof AbstractEndPoint)) {
            endPoint.tryFillInterested(this);
        }
    }

    /** There is something to read. */
    @Override
    public void succeeded() {
        synchronized (this) {
            if (over) {
                return;
            }
            reports++;
            Sight sight = look();
            if (sight != Sight.END) {
                if (sight == Sight.NOTHING && reports < MOST_REPORTS) {
                    endPoint.tryFillInterested(this);
                }
                return;
            }
            over = true;
        }
        gone.run();
    }

    private Sight look() {
        try {
            if (endPoint instanceof SslConnection.SslEndPoint) {
                return endPoint.fill(BufferUtil.EMPTY_BUFFER) < 0 ? Sight.END : Sight.NOTHING;
            }
            // Java has no way to look without reading, but this asks the system how many bytes there are.
            SocketChannel channel = (SocketChannel) endPoint.getTransport();
            if (channel.socket().getInputStream().available() > 0) {
                return Sight.BYTES;
            }
            return reports > 1 ? Sight.END : Sight.NOTHING;
        } catch (IOException e) {
            LOG.debug("a connection that was waiting for its answer failed", e);
            return Sight.END;
        }
    }

    /** The connection was closed from this side, or this was. */
    @Override
    public void failed(Throwable reason) {
        LOG.trace("a client isn't watched any more", reason);
    }

    /** Ends the watch. To be called before the answer is sent, since Jetty reads the connection again after that. */
    @Override
    public synchronized void close() {
        boolean wasOver = over;
        over = true;
        if (!wasOver
                && endPoint instanceof AbstractEndPoint own
                && own.getFillInterest().isInterested()) {
            own.getFillInterest().onFail(new ClosedChannelException());
        }
    }
}
