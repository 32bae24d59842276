package dev.percept.benchmarks.endure;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * A way to treat the service badly.
 *
 * @param name of it
 * @param allowed what may come of it: status codes, {@link #CLOSED} or {@link #GONE}
 * @param parallel how many do it at once
 * @param attempt does it once, and returns what came of it
 */
record Attack(String name, Set<Integer> allowed, int parallel, Attempt attempt) {
    /** The service closed the connection without an answer. */
    static final int CLOSED = 0;

    /** The client went away before there was an answer. */
    static final int GONE = -1;

    /** The answer was 200, and its score wrong. */
    static final int WRONG = -2;

    private static final int PARALLEL = 8;
    private static final String POST = "POST /v1/score HTTP/1.1";
    private static final String TYPE = "Content-Type: " + Form.CONTENT_TYPE;

    /** One attempt, on a connection of its own. */
    interface Attempt {
        /** The number is that of the attempt; attempts differ by it. */
        int on(Connection connection, int number) throws IOException, InterruptedException;
    }

    /** All of them, on this pair of small pictures. */
    static List<Attack> all(Workload.Item good, byte[] picture) {
        byte[] form = good.form();
        return List.of(
                new Attack("a slow sender", Set.of(200), PARALLEL, (connection, number) -> {
                    connection.send(Connection.head(POST, TYPE, "Content-Length: " + form.length));
                    int piece = form.length / 20 + 1;
                    for (int from = 0; from < form.length; from += piece) {
                        connection.send(form, from, Math.min(piece, form.length - from));
                        Thread.sleep(20);
                    }
                    return status(connection, good);
                }),
                new Attack("chunks of one byte", Set.of(200), 1, (connection, number) -> {
                    connection.send(Connection.head(POST, TYPE, "Transfer-Encoding: chunked"));
                    byte[] chunks = new byte[6 * form.length + 5];
                    for (int i = 0; i < form.length; i++) {
                        byte[] chunk = {'1', '\r', '\n', form[i], '\r', '\n'};
                        System.arraycopy(chunk, 0, chunks, 6 * i, 6);
                    }
                    System.arraycopy(new byte[] {'0', '\r', '\n', '\r', '\n'}, 0, chunks, 6 * form.length, 5);
                    connection.send(chunks);
                    return status(connection, good);
                }),
                form("101 candidates", many(picture, 101)),
                form("two references", new Form().part("reference", picture).part("reference", picture)),
                form("no candidate", new Form().part("reference", picture)),
                form("no reference", new Form().part("candidate", picture)),
                form("a field that isn't known", good(picture).part("url", picture)),
                form("empty pictures", new Form().part("reference", new byte[0]).part("candidate", new byte[0])),
                head("a length that is too long", CLOSED, (connection, number) -> {
                    connection.send(Connection.head(POST, TYPE, "Content-Length: " + (form.length + 10)));
                    connection.send(form);
                    connection.endSending();
                    return status(connection, good);
                }),
                head("a length that is too short", CLOSED, (connection, number) -> {
                    connection.send(Connection.head(POST, TYPE, "Content-Length: " + form.length / 2));
                    connection.send(form);
                    return status(connection, good);
                }),
                head("two lengths", POST, TYPE, "Content-Length: 10", "Content-Length: 11"),
                head("a length that is no number", POST, TYPE, "Content-Length: many"),
                head("a length and chunks", POST, TYPE, "Content-Length: 3", "Transfer-Encoding: chunked"),
                head("a body of a terabyte", POST, TYPE, "Content-Length: " + (1L << 40)),
                head("a header without an end", "GET / HTTP/1.1", "X-Long: " + "x".repeat(100_000)),
                head("no HTTP", "\u0016\u0003\u0001 hello"),
                head("another method", "DELETE /v1/score HTTP/1.1"),
                head("a path that leads out", "GET /../../../../etc/passwd HTTP/1.1"),
                head("no form", POST, "Content-Type: image/png", "Content-Length: 0"),
                head("a form without a boundary", POST, "Content-Type: multipart/form-data", "Content-Length: 0"),
                gone("gone amid the body", form, false, form.length / 2),
                gone("reset amid the body", form, true, form.length / 2),
                gone("gone before the answer", form, false, form.length),
                gone("reset before the answer", form, true, form.length),
                new Attack("malformed forms", range(), PARALLEL, (connection, number) -> {
                    byte[] body = malformed(form, picture, number);
                    connection.send(Connection.head(POST, TYPE, "Content-Length: " + body.length));
                    connection.send(body);
                    return status(connection, good);
                }));
    }

    /** A picture file that is not as it should be, as the candidate: refused, or read as far as it goes. */
    static Attack picture(String name, byte[] reference, List<byte[]> files) {
        // One at a time: some declare so many pixels that others are rightly told to come back later.
        return new Attack(name, Set.of(200, 413, 422), 1, (connection, number) -> {
            byte[] body = Form.of(reference, files.get(number % files.size()));
            connection.send(Connection.head(POST, TYPE, "Content-Length: " + body.length));
            connection.send(body);
            return connection.receive().status();
        });
    }

    /** A sender that stops: it is told so after half a minute. */
    static Attack stalled(Workload.Item good) {
        return new Attack("a sender that stops", Set.of(408), 100, (connection, number) -> {
            connection.send(Connection.head(POST, TYPE, "Content-Length: " + good.form().length));
            connection.send(good.form(), 0, good.form().length / 2);
            return status(connection, good);
        });
    }

    /** Codes that say that it is the client's fault. */
    private static Set<Integer> range() {
        return Set.of(400, 404, 405, 408, 411, 413, 415, 422, 431);
    }

    private static Set<Integer> range(int more) {
        return Stream.concat(range().stream(), Stream.of(more)).collect(Collectors.toUnmodifiableSet());
    }

    private static Attack form(String name, Form form) {
        byte[] body = form.end();
        return new Attack(name, range(), PARALLEL, (connection, number) -> {
            connection.send(Connection.head(POST, TYPE, "Content-Length: " + body.length));
            connection.send(body);
            return connection.receive().status();
        });
    }

    private static Attack head(String name, String... lines) {
        byte[] head = Connection.head(lines);
        return head(name, CLOSED, (connection, number) -> {
            connection.send(head);
            return connection.receive().status();
        });
    }

    private static Attack head(String name, int alsoAllowed, Attempt attempt) {
        return new Attack(name, range(alsoAllowed), PARALLEL, attempt);
    }

    private static Attack gone(String name, byte[] form, boolean reset, int sent) {
        return new Attack(name, Set.of(GONE), PARALLEL, (connection, number) -> {
            connection.send(Connection.head(POST, TYPE, "Content-Length: " + form.length));
            connection.send(form, 0, sent);
            if (reset) {
                // At another moment each time: while it is read, decoded, scored.
                Thread.sleep(number % 10);
                connection.reset();
            }
            return GONE;
        });
    }

    private static int status(Connection connection, Workload.Item good) throws IOException {
        Connection.Answer answer = connection.receive();
        return answer.status() == 200 && !good.isRight(answer.total()) ? WRONG : answer.status();
    }

    private static Form good(byte[] picture) {
        return new Form().part("reference", picture).part("candidate", picture);
    }

    private static Form many(byte[] picture, int candidates) {
        Form form = new Form().part("reference", picture);
        for (int i = 0; i < candidates; i++) {
            form.part("candidate", picture);
        }
        return form;
    }

    private static byte[] malformed(byte[] form, byte[] picture, int number) {
        return switch (number % 8) {
            case 0 -> new byte[0];
            case 1 -> "hello".getBytes(StandardCharsets.US_ASCII);
            case 2 -> good(picture).bytes(); // The last boundary is missing.
            case 3 -> Arrays.copyOf(form, form.length / 3);
            case 4 -> Arrays.copyOfRange(form, 20, form.length);
            case 5 ->
                new Form()
                        .text("--" + Form.BOUNDARY + "\r\nContent-Disposition: nothing\r\n\r\nx\r\n")
                        .end();
            case 6 ->
                new Form()
                        .text("--" + Form.BOUNDARY + "\r\n" + "X-Many: x\r\n".repeat(2_000) + "\r\nx\r\n")
                        .end();
            default ->
                new Form()
                        .text("--" + Form.BOUNDARY + "\r\n\u0000\u0001\u0002\r\n\r\nx\r\n")
                        .end();
        };
    }
}
