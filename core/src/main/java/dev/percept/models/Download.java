package dev.percept.models;

import dev.percept.ModelException;
import dev.percept.PerceptException;
import dev.percept.Version;
import java.io.IOException;
import java.io.InputStream;
import java.net.ConnectException;
import java.net.URI;
import java.net.UnknownHostException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.UnresolvedAddressException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Fetches one file, or one range of it, and goes on where an earlier try broke off. What has arrived may be wrong: whoever uses it
 * compares its digest.
 */
final class Download {
    private static final int ATTEMPTS = 5;
    private static final int CHUNK = 1 << 16;
    private static final long LONGEST_PAUSE_MILLIS = 30_000;
    private static final Duration CONNECT = Duration.ofSeconds(30);
    private static final int RANGE_NOT_SATISFIABLE = 416;
    private static final Pattern CONTENT_RANGE = Pattern.compile("bytes (\\d+)-\\d+/(\\d+|\\*)");

    /** A server answered a request for a range with the whole file. */
    static final class RangeRefused extends Exception {
        private static final long serialVersionUID = 1L;
    }

    /** A connection or answer after which another try makes sense, unless {@code hopeless}. */
    private static final class BrokenOff extends Exception {
        private static final long serialVersionUID = 1L;
        private final boolean hopeless;

        BrokenOff(String reason, boolean hopeless) {
            super(reason);
            this.hopeless = hopeless;
        }
    }

    /** Is told the bytes that a file has now. */
    interface Progress {
        void at(long bytes);
    }

    private final HttpClient client;
    private final URI address;
    private final @Nullable Long size;
    private final long pauseMillis;
    private final Duration stall;
    private final String remedy;

    /**
     * @param environment where proxies are named
     * @param size of the whole file in bytes, if known
     * @param pauseMillis before the second try; it doubles with each
     * @param stall after so long without a byte a connection is given up
     * @param remedy what messages advise
     */
    Download(
            Map<String, String> environment,
            URI address,
            @Nullable Long size,
            long pauseMillis,
            Duration stall,
            String remedy) {
        // HTTP/2 would share one window among streams that aren't there.
        this.client = HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .followRedirects(HttpClient.Redirect.NORMAL)
                .proxy(new Proxies(environment))
                .connectTimeout(CONNECT)
                .build();
        this.address = address;
        this.size = size;
        this.pauseMillis = pauseMillis;
        this.stall = stall;
        this.remedy = remedy;
    }

    /**
     * Appends to {@code part} until it holds the whole file.
     *
     * @return whether that was put together of what several connections gave, perhaps of different files
     * @throws ModelException if that can't be had; what has arrived stays
     */
    boolean whole(Path part, Progress progress) {
        try {
            return repeat(part, 0, 0, -1, progress);
        } catch (RangeRefused e) {
            throw new IllegalStateException("no range was asked for", e);
        }
    }

    /**
     * Appends to {@code part}, of which this range begins at {@code at}, until it holds the range.
     *
     * @return whether the range was put together of what several connections gave
     * @throws ModelException if that can't be had; what has arrived stays
     */
    boolean range(Path part, long at, long offset, long length, Progress progress) throws RangeRefused {
        return repeat(part, at, offset, length, progress);
    }

    private boolean repeat(Path part, long at, long offset, long length, Progress progress) throws RangeRefused {
        int failures = 0;
        boolean pieced = false;
        while (true) {
            long before = bytes(part);
            pieced |= before > at;
            String reason;
            boolean hopeless;
            try {
                if (receive(part, at, offset, length, progress)) {
                    return pieced;
                }
                reason = "the connection ended early";
                hopeless = false;
            } catch (BrokenOff e) {
                reason = String.valueOf(e.getMessage());
                hopeless = e.hopeless;
            } catch (IOException | IllegalArgumentException e) {
                reason = reasonOf(e);
                // Without a first byte it is not the network that is bad, there is none.
                hopeless = before == 0 && (!(e instanceof IOException) || e instanceof ConnectException);
            }
            // Whoever gets on, however slowly, is not given up.
            failures = bytes(part) > before ? 0 : failures + 1;
            if (hopeless || failures >= ATTEMPTS) {
                throw unreachable(reason);
            }
            pause(failures);
        }
    }

    /** One connection. Returns whether everything is there. */
    private boolean receive(Path part, long at, long offset, long length, Progress progress)
            throws IOException, BrokenOff, RangeRefused {
        long had = bytes(part) - at;
        boolean whole = length < 0;
        if (had == length && !whole) {
            return true;
        }
        HttpRequest.Builder request = HttpRequest.newBuilder(address)
                .timeout(stall)
                .header("User-Agent", "percept/" + Version.percept())
                .header("Accept-Encoding", "identity");
        if (!whole) {
            request.header("Range", "bytes=" + (offset + had) + "-" + (offset + length - 1));
        } else if (had > 0) {
            request.header("Range", "bytes=" + had + "-");
        }
        HttpResponse<InputStream> response = send(request.build());
        try (InputStream body = response.body()) {
            long from = at + had;
            long total = response.headers().firstValueAsLong("Content-Length").orElse(-1);
            switch (response.statusCode()) {
                case 200 -> {
                    if (!whole) {
                        throw new RangeRefused();
                    }
                    // The server does not resume: this is the file from its beginning.
                    from = 0;
                    requireSize(total);
                }
                case 206 -> {
                    Matcher sent = CONTENT_RANGE.matcher(
                            response.headers().firstValue("Content-Range").orElse(""));
                    if (!sent.matches() || !sent.group(1).equals(Long.toString(offset + had))) {
                        throw new BrokenOff("the server sent another range than was asked for", false);
                    }
                    total = sent.group(2).equals("*") ? -1 : Long.parseLong(sent.group(2));
                    requireSize(total);
                }
                case RANGE_NOT_SATISFIABLE -> {
                    if (whole && had > 0) {
                        return true; // As long as the file, or longer: its digest tells.
                    }
                    throw new BrokenOff("the server has no such range: the file is another one", true);
                }
                default -> throw new BrokenOff("HTTP " + response.statusCode(), !repeatable(response.statusCode()));
            }
            long end = whole ? (total < 0 ? Long.MAX_VALUE : total) : at + length;
            long now = append(body, part, from, end, progress);
            return now == end || (whole && total < 0);
        }
    }

    private static boolean repeatable(int status) {
        return status >= 500 || status == 408 || status == 429;
    }

    private void requireSize(long total) throws BrokenOff {
        if (size != null && total >= 0 && total != size) {
            throw new BrokenOff("the file has " + total + " bytes there, not the pinned " + size, true);
        }
    }

    private HttpResponse<InputStream> send(HttpRequest request) throws IOException {
        try {
            return client.send(request, HttpResponse.BodyHandlers.ofInputStream());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw unreachable("it was interrupted");
        }
    }

    /** Writes what comes, up to {@code end}. Returns the file's length then. */
    private long append(InputStream body, Path part, long from, long end, Progress progress) throws IOException {
        try (StallGuard guard = new StallGuard(body, stall);
                FileChannel file = open(part, from)) {
            byte[] chunk = new byte[CHUNK];
            long at = from;
            while (at < end) {
                int count = body.read(chunk, 0, (int) Math.min(chunk.length, end - at));
                if (count < 0) {
                    break;
                }
                guard.alive();
                write(part, file, ByteBuffer.wrap(chunk, 0, count));
                at += count;
                progress.at(at);
            }
            return at;
        }
    }

    private static FileChannel open(Path part, long from) {
        try {
            FileChannel file = FileChannel.open(part, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
            return file.truncate(from).position(from);
        } catch (IOException e) {
            throw full(part, e);
        }
    }

    /** Told apart here from a connection that broke: trying again makes no room on a disk. */
    private static void write(Path part, FileChannel file, ByteBuffer bytes) {
        try {
            while (bytes.hasRemaining()) {
                file.write(bytes);
            }
        } catch (IOException e) {
            throw full(part, e);
        }
    }

    private static ModelException full(Path part, IOException e) {
        return new ModelException(
                part.toString(),
                "it can't be written (" + PerceptException.reason(e) + ")",
                "make room, or set PERCEPT_CACHE to another folder",
                e);
    }

    private void pause(int failures) {
        try {
            long pause = pauseMillis << Math.min(failures, 20);
            Thread.sleep(Math.min(pause, LONGEST_PAUSE_MILLIS));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw unreachable("it was interrupted");
        }
    }

    private ModelException unreachable(String reason) {
        return new ModelException(address.toString(), "it can't be fetched: " + reason, remedy);
    }

    private static String reasonOf(Exception e) {
        for (Throwable cause = e; cause != null; cause = cause.getCause()) {
            if (cause instanceof UnknownHostException || cause instanceof UnresolvedAddressException) {
                return "the host's name can't be resolved: there is no network, or a proxy is needed (HTTPS_PROXY)";
            }
        }
        return e instanceof ConnectException && e.getMessage() == null
                ? "nothing answers there"
                : PerceptException.reason(e);
    }

    private static long bytes(Path part) {
        try {
            return Files.exists(part) ? Files.size(part) : 0;
        } catch (IOException e) {
            throw full(part, e);
        }
    }
}
