package dev.percept.benchmarks.endure;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;

/**
 * The service, and in the same process a door before it that keeps all that comes in: in the heap, or in native memory, where what
 * isn't closed of ONNX Runtime would be. The soak's check must catch both.
 *
 * <p>Arguments: {@code heap} or {@code native}, the door's port, the service's port.
 */
public final class Leaking {
    private static final int CHUNK = 64 << 10;
    private static final Queue<Object> KEPT = new ConcurrentLinkedQueue<>();

    private Leaking() {}

    /** Runs until it is killed. */
    public static void main(String[] arguments) throws IOException {
        boolean inHeap = arguments[0].equals("heap");
        int port = Integer.parseInt(arguments[2]);
        ServerSocket door = new ServerSocket(Integer.parseInt(arguments[1]), 100, InetAddress.getLoopbackAddress());
        start(() -> letIn(door, port, inHeap));
        dev.percept.server.Main.main(new String[] {"--port", arguments[2], "--device", "cpu", "--model", "nlpd"});
    }

    private interface Task {
        void run() throws IOException;
    }

    private static void start(Task task) {
        Thread thread = new Thread(
                () -> {
                    try {
                        task.run();
                    } catch (SocketException e) {
                        // One side has gone; the other sees it by its socket.
                    } catch (IOException e) {
                        throw new UncheckedIOException(e);
                    }
                },
                "leaking-door");
        thread.setDaemon(true);
        thread.start();
    }

    private static void letIn(ServerSocket door, int port, boolean inHeap) throws IOException {
        while (true) {
            Socket client = door.accept();
            Socket service = new Socket(InetAddress.getLoopbackAddress(), port);
            start(() -> pass(client, service, true, inHeap));
            start(() -> pass(service, client, false, inHeap));
        }
    }

    private static void pass(Socket from, Socket to, boolean keep, boolean inHeap) throws IOException {
        try (from;
                to) {
            InputStream in = from.getInputStream();
            OutputStream out = to.getOutputStream();
            byte[] chunk = new byte[CHUNK];
            for (int count = in.read(chunk); count >= 0; count = in.read(chunk)) {
                if (keep) {
                    byte[] kept = Arrays.copyOf(chunk, count);
                    KEPT.add(inHeap ? kept : ByteBuffer.allocateDirect(count).put(kept));
                }
                out.write(chunk, 0, count);
                out.flush();
            }
        }
    }
}
