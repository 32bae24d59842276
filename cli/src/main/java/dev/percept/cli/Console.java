package dev.percept.cli;

import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.OutputStreamWriter;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Standard input, output and error, texts in UTF-8 whatever the locale says (in an empty environment JDK 17 would print {@code 1?128}
 * for {@code 1×128}). Java's own writers swallow failures; this one remembers the first, so that a full disk is not
 * mistaken for success.
 */
final class Console {
    private final InputStream in;
    private final BooleanSupplier toPipe;
    private final BooleanSupplier errToTerminal;
    private final Watched sink;
    private final PrintWriter out;
    private final PrintWriter err;

    Console(InputStream in, OutputStream out, OutputStream err) {
        this(in, out, err, () -> false);
    }

    /** @param toPipe asked after a failure: whether {@code out} is a pipe, which only fails when its reader has gone */
    Console(InputStream in, OutputStream out, OutputStream err, BooleanSupplier toPipe) {
        this(in, out, err, toPipe, () -> false);
    }

    private Console(
            InputStream in, OutputStream out, OutputStream err, BooleanSupplier toPipe, BooleanSupplier errToTerminal) {
        this.in = in;
        this.toPipe = toPipe;
        this.errToTerminal = errToTerminal;
        this.sink = new Watched(out);
        this.out = new PrintWriter(new OutputStreamWriter(sink, StandardCharsets.UTF_8), false);
        this.err = new PrintWriter(new OutputStreamWriter(err, StandardCharsets.UTF_8), true);
    }

    /** The console of this process. */
    static Console ofProcess() {
        return new Console(
                new FileInputStream(FileDescriptor.in),
                new FileOutputStream(FileDescriptor.out),
                new FileOutputStream(FileDescriptor.err),
                Console::outIsPipe,
                Console::errIsTerminal);
    }

    /** What a picture may be read from, once. */
    InputStream in() {
        return in;
    }

    /** For results. Buffered until the command is done. */
    PrintWriter out() {
        return out;
    }

    /** For everything else, line by line. */
    PrintWriter err() {
        return err;
    }

    /** Whether somebody watches {@link #err()}, where a line may be written over. */
    boolean isWatched() {
        return errToTerminal.getAsBoolean();
    }

    /** Writes what is buffered. Returns why that failed, or null if it didn't, or if only the reader has gone away. */
    @Nullable
    String finish() {
        out.flush();
        err.flush();
        IOException failure = sink.failure;
        return failure == null || readerHasGone(failure) ? null : String.valueOf(failure.getMessage());
    }

    /** {@code percept … | head}: nobody wants the rest, and that is no error. */
    private boolean readerHasGone(IOException failure) {
        String message = String.valueOf(failure.getMessage()).toLowerCase(Locale.ROOT);
        // The message is the C library's and may be in the user's language.
        return message.contains("broken pipe") || message.contains("pipe is being closed") || toPipe.getAsBoolean();
    }

    private static boolean outIsPipe() {
        try {
            return Files.readSymbolicLink(Path.of("/proc/self/fd/1")).toString().startsWith("pipe:");
        } catch (IOException | UnsupportedOperationException e) {
            return false;
        }
    }

    private static boolean errIsTerminal() {
        try {
            String target = Files.readSymbolicLink(Path.of("/proc/self/fd/2")).toString();
            return target.startsWith("/dev/pts/") || target.startsWith("/dev/tty");
        } catch (IOException | UnsupportedOperationException e) {
            // Elsewhere Java tells of standard input and output only, and a log must not be filled.
            return false;
        }
    }

    /** Remembers the first failure, and writes nothing after it. */
    private static final class Watched extends FilterOutputStream {
        private @Nullable IOException failure;

        Watched(OutputStream target) {
            super(target);
        }

        @Override
        public void write(int b) throws IOException {
            write(new byte[] {(byte) b}, 0, 1);
        }

        @Override
        public void write(byte[] bytes, int offset, int length) throws IOException {
            if (failure != null) {
                throw failure;
            }
            try {
                out.write(bytes, offset, length);
            } catch (IOException e) {
                failure = e;
                throw e;
            }
        }
    }
}
