package dev.percept.benchmarks.endure;

import dev.percept.benchmarks.endure.Connection.Answer;
import java.io.EOFException;
import java.io.IOException;
import java.net.SocketException;
import java.net.URI;
import org.jspecify.annotations.Nullable;

/** A decent client, which keeps its connection as long as the server does. For one thread. */
final class Client implements AutoCloseable {
    private final URI server;
    private @Nullable Connection connection;
    private boolean admitted;

    Client(URI server) {
        this.server = server;
    }

    /** Scores a form: sends its body when the server asks for it, as curl does with a large one. */
    Answer score(byte[] form) throws IOException {
        return ask(
                Connection.head(
                        "POST /v1/score HTTP/1.1",
                        "Content-Type: " + Form.CONTENT_TYPE,
                        "Content-Length: " + form.length,
                        "Expect: 100-continue"),
                form);
    }

    Answer get(String path) throws IOException {
        return ask(Connection.head("GET " + path + " HTTP/1.1"), new byte[0]);
    }

    Answer post(String path) throws IOException {
        return ask(Connection.head("POST " + path + " HTTP/1.1", "Content-Length: 0"), new byte[0]);
    }

    /** Whether the server asked for the body of the last request: it had taken it on. */
    boolean admitted() {
        return admitted;
    }

    private Answer ask(byte[] head, byte[] body) throws IOException {
        admitted = false;
        Connection before = connection;
        if (before != null) {
            try {
                return ask(before, head, body);
            } catch (EOFException | SocketException e) {
                close();
                if (admitted) {
                    throw e;
                }
                // It had been idle too long, or the server is stopping; another one tells.
            }
        }
        Connection fresh = new Connection(server);
        connection = fresh;
        try {
            return ask(fresh, head, body);
        } catch (IOException e) {
            close();
            throw e;
        }
    }

    private Answer ask(Connection open, byte[] head, byte[] body) throws IOException {
        open.send(head);
        Answer answer = open.receive();
        if (answer.status() == 100) {
            admitted = true;
            open.send(body);
            answer = open.receive();
        }
        if (!answer.keepsOpen()) {
            close();
        }
        return answer;
    }

    @Override
    public void close() throws IOException {
        if (connection != null) {
            connection.close();
            connection = null;
        }
    }
}
