package dev.percept.server;

import java.io.IOException;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** A good scoring request of which the server has the first half, and waits for the second. */
final class HalfSent implements AutoCloseable {
    private final Socket socket;
    private final byte[] body = Form.good().bytes();

    HalfSent(URI server) throws IOException {
        socket = new Socket(server.getHost(), server.getPort());
        socket.setSoTimeout(30_000);
        String head = "POST /v1/score HTTP/1.1\r\nHost: localhost\r\nContent-Type: " + Form.CONTENT_TYPE
                + "\r\nContent-Length: " + body.length + "\r\n\r\n";
        socket.getOutputStream().write(head.getBytes(StandardCharsets.US_ASCII));
        socket.getOutputStream().write(body, 0, body.length / 2);
        socket.getOutputStream().flush();
    }

    void sendRest() throws IOException {
        socket.getOutputStream().write(Arrays.copyOfRange(body, body.length / 2, body.length));
        socket.getOutputStream().flush();
    }

    /** The answer, head and all; reads until the server closes, or has sent as much as it said. */
    String answer() throws IOException {
        StringBuilder text = new StringBuilder();
        byte[] chunk = new byte[8192];
        int expected = Integer.MAX_VALUE;
        while (text.length() < expected) {
            int count = socket.getInputStream().read(chunk);
            if (count < 0) {
                break;
            }
            text.append(new String(chunk, 0, count, StandardCharsets.ISO_8859_1));
            int head = text.indexOf("\r\n\r\n");
            if (head >= 0) {
                String length = text.substring(0, head).replaceAll("(?s).*Content-Length: (\\d+).*", "$1");
                expected = head + 4 + Integer.parseInt(length);
            }
        }
        return text.toString();
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
