package dev.percept.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.eclipse.jetty.io.ByteArrayEndPoint;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What the selector reports, and what a client did. */
@Timeout(20)
class ClientWatchTest {
    private final AtomicInteger gone = new AtomicInteger();
    private SocketChannel client = SocketChannel.open();
    private SocketChannel server = SocketChannel.open();
    private Connected endPoint = new Connected();
    private ClientWatch watch = new ClientWatch(endPoint, gone::incrementAndGet);

    ClientWatchTest() throws IOException {}

    /** An end point over a real connection. */
    private final class Connected extends ByteArrayEndPoint {
        @Override
        public Object getTransport() {
            return server;
        }

        /** What the selector does when it reports that there is something to read. */
        void readable() {
            getFillInterest().fillable();
        }
    }

    @BeforeEach
    void connect() throws IOException {
        client.close();
        server.close();
        try (ServerSocketChannel listening = ServerSocketChannel.open()) {
            listening.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
            client = SocketChannel.open(listening.getLocalAddress());
            server = listening.accept();
        }
        watch.begin();
    }

    @AfterEach
    void disconnect() throws IOException {
        client.close();
        server.close();
    }

    @Test
    void whatJettyHasReadMeanwhileIsNoEnd() {
        // The selector saw bytes, Jetty read them, the watch began, and only then the selector's report comes.
        endPoint.readable();

        assertThat(gone).hasValue(0);
        assertThat(endPoint.getFillInterest().isInterested()).isTrue();
    }

    @Test
    void anEndIsReportedAgainAndIsOne() throws Exception {
        client.close();
        endPoint.readable();
        endPoint.readable();

        assertThat(gone).hasValue(1);
        assertThat(endPoint.getFillInterest().isInterested()).isFalse();
    }

    @Test
    void theNextRequestEndsTheWatch() throws Exception {
        client.write(ByteBuffer.wrap(new byte[] {'G'}));
        while (server.socket().getInputStream().available() == 0) {
            TimeUnit.MILLISECONDS.sleep(5);
        }
        endPoint.readable();
        client.close();
        endPoint.readable();

        assertThat(gone).hasValue(0);
    }

    @Test
    void isOverOnceClosed() throws Exception {
        endPoint.readable();
        watch.close();
        assertThat(endPoint.getFillInterest().isInterested()).isFalse();
        client.close();
        endPoint.readable();

        assertThat(gone).hasValue(0);
    }
}
