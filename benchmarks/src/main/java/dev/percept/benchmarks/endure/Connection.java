package dev.percept.benchmarks.endure;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/**
 * HTTP/1.1 over a socket, byte by byte as it is told: a decent client's library would neither send what is wrong nor tell when
 * the body was asked for. For one thread.
 */
final class Connection implements AutoCloseable {
    private static final int PATIENCE_MILLIS = 120_000;
    private static final int LONGEST_LINE = 16 << 10;

    private final Socket socket = new Socket();
    private final InputStream in;

    /**
     * An answer, also one of 1xx.
     *
     * @param status its code
     * @param headers by their names in lower case
     * @param body as text, empty where there is none
     */
    record Answer(int status, Map<String, String> headers, String body) {
        /** Whether the connection can be used again. */
        boolean keepsOpen() {
            return !headers.getOrDefault("connection", "").equalsIgnoreCase("close");
        }

        /** The total of the only candidate. NaN where there is none. */
        double total() {
            String name = "\"total\":";
            int from = body.indexOf(name);
            if (status != 200 || from < 0) {
                return Double.NaN;
            }
            from += name.length();
            int to = from;
            while (to < body.length() && ",}\n".indexOf(body.charAt(to)) < 0) {
                to++;
            }
            return Double.parseDouble(body.substring(from, to).strip());
        }
    }

    Connection(URI server) throws IOException {
        socket.connect(new InetSocketAddress(server.getHost(), server.getPort()), PATIENCE_MILLIS);
        socket.setTcpNoDelay(true);
        socket.setSoTimeout(PATIENCE_MILLIS);
        in = new BufferedInputStream(socket.getInputStream());
    }

    /** The head of a request; the lines come without their ends. */
    static byte[] head(String... lines) {
        return (String.join("\r\n", lines) + "\r\nHost: localhost\r\n\r\n").getBytes(StandardCharsets.ISO_8859_1);
    }

    void send(byte[] bytes) throws IOException {
        send(bytes, 0, bytes.length);
    }

    void send(byte[] bytes, int from, int count) throws IOException {
        socket.getOutputStream().write(bytes, from, count);
        socket.getOutputStream().flush();
    }

    /** Says that nothing more will come. */
    void endSending() throws IOException {
        socket.shutdownOutput();
    }

    /**
     * Reads the next answer.
     *
     * @throws EOFException if the server has closed the connection instead
     */
    Answer receive() throws IOException {
        String[] status = line().split(" ", 3);
        if (status.length < 2 || !status[0].startsWith("HTTP/1.")) {
            throw new IOException("not an answer: " + String.join(" ", status));
        }
        Map<String, String> headers = new TreeMap<>();
        for (String line = line(); !line.isEmpty(); line = line()) {
            int colon = line.indexOf(':');
            headers.put(
                    line.substring(0, colon).toLowerCase(Locale.ROOT),
                    line.substring(colon + 1).strip());
        }
        int code = Integer.parseInt(status[1]);
        byte[] body;
        if (code < 200 || code == 204) {
            body = new byte[0];
        } else if (headers.containsKey("transfer-encoding")) {
            body = chunks();
        } else {
            body = bytes(Integer.parseInt(headers.getOrDefault("content-length", "none")));
        }
        return new Answer(code, headers, new String(body, StandardCharsets.UTF_8));
    }

    private byte[] chunks() throws IOException {
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        for (int size = Integer.parseInt(line(), 16); size > 0; size = Integer.parseInt(line(), 16)) {
            body.writeBytes(bytes(size));
            line();
        }
        line();
        return body.toByteArray();
    }

    private byte[] bytes(int count) throws IOException {
        byte[] bytes = in.readNBytes(count);
        if (bytes.length < count) {
            throw new EOFException("an answer that ends early: " + bytes.length + " of " + count + " bytes");
        }
        return bytes;
    }

    private String line() throws IOException {
        StringBuilder line = new StringBuilder();
        for (int next = in.read(); next != '\n'; next = in.read()) {
            if (next < 0) {
                throw new EOFException("the server closed the connection");
            }
            if (line.length() == LONGEST_LINE) {
                throw new IOException("a line without an end");
            }
            line.append((char) next);
        }
        return line.toString().stripTrailing();
    }

    /** Leaves without a word: the server sees a reset, where {@link #close()} is an orderly end. */
    void reset() throws IOException {
        socket.setSoLinger(true, 0);
        socket.close();
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
