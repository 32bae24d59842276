package dev.percept.models;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A server on this machine that misbehaves as told, in the place of the hub. One request for each connection. */
final class WeightsServer implements AutoCloseable {
    private static final Pattern RANGE = Pattern.compile("bytes=(\\d+)-(\\d*)");

    final List<String> ranges = new CopyOnWriteArrayList<>();
    /** Answered first, one for each request; 200 is the content as usual. */
    final Deque<Integer> statuses = new ArrayDeque<>();
    /** Connections end after so many bytes, one for each request. */
    final Deque<Integer> cuts = new ArrayDeque<>();

    /** Served first, one for each request. */
    final Deque<byte[]> others = new ArrayDeque<>();

    volatile byte[] content;
    volatile boolean knowsRanges = true;
    private final ServerSocket socket = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());

    WeightsServer(byte[] content) throws IOException {
        this.content = content;
        Thread thread = new Thread(this::serve, "weights-server");
        thread.setDaemon(true);
        thread.start();
    }

    String address() {
        return "http://127.0.0.1:" + socket.getLocalPort();
    }

    private void serve() {
        while (!socket.isClosed()) {
            try (Socket connection = socket.accept()) {
                answer(connection);
            } catch (IOException e) {
                // The client went away, or the test has ended.
            }
        }
    }

    private void answer(Socket connection) throws IOException {
        var in = new BufferedReader(new InputStreamReader(connection.getInputStream(), StandardCharsets.US_ASCII));
        String request = in.readLine();
        String asked = "null";
        for (String line = in.readLine(); line != null && !line.isEmpty(); line = in.readLine()) {
            if (line.toLowerCase(Locale.ROOT).startsWith("range: ")) {
                asked = line.substring("range: ".length());
            }
        }
        if (request == null) {
            return;
        }
        ranges.add(asked);
        OutputStream out = connection.getOutputStream();
        Integer status = statuses.poll();
        if (!request.contains("/model.safetensors ")) {
            status = 404;
        }
        byte[] other = others.poll();
        byte[] served = other == null ? content : other;
        int from = 0;
        int to = served.length;
        int code = 200;
        Matcher range = RANGE.matcher(asked);
        if (knowsRanges && range.matches()) {
            from = Integer.parseInt(range.group(1));
            to = range.group(2).isEmpty() ? to : Math.min(to, Integer.parseInt(range.group(2)) + 1);
            code = from < to ? 206 : 416;
        }
        code = status != null && status != 200 ? status : code;
        int length = code < 300 ? to - from : 0;
        String head = "HTTP/1.1 " + code + " As told\r\nConnection: close\r\nContent-Length: " + length + "\r\n"
                + (code == 206 ? "Content-Range: bytes " + from + "-" + (to - 1) + "/" + served.length + "\r\n" : "")
                + "\r\n";
        out.write(head.getBytes(StandardCharsets.US_ASCII));
        Integer cut = code < 300 ? cuts.poll() : null;
        if (length > 0) {
            out.write(served, from, cut == null ? length : Math.min(cut, length));
        }
        out.flush();
    }

    @Override
    public void close() {
        try {
            socket.close();
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }
}
