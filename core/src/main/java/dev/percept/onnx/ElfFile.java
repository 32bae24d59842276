package dev.percept.onnx;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What a Linux library says it needs, read from its dynamic section. 64 bits, little endian; nothing else can be loaded here.
 *
 * @param machine the processor's number in ELF
 * @param needed names of the libraries it is linked to
 * @param searched folders to look for them in, after {@code LD_LIBRARY_PATH}, with {@code $ORIGIN} resolved
 */
record ElfFile(int machine, List<String> needed, List<Path> searched) {
    /** The processor that this JVM runs on: AArch64 or x86-64. */
    static final int MACHINE = System.getProperty("os.arch", "").equals("aarch64") ? 183 : 62;

    private static final int HEADER = 64;
    private static final int SEGMENT = 56;
    private static final int LOADED = 1;
    private static final int DYNAMIC = 2;

    private static final int END = 0;
    private static final int NEEDED = 1;
    private static final int STRINGS = 5;
    private static final int OLD_RUN_PATH = 15;
    private static final int RUN_PATH = 29;
    private static final String DAMAGED = "it is damaged";
    private static final Pattern ORIGIN = Pattern.compile("\\$ORIGIN|\\$\\{ORIGIN\\}");
    /** Far more than any library has; a malformed file may claim any size. */
    private static final int LARGEST_SECTION = 1 << 20;

    private static final int LONGEST_TEXT = 1 << 14;

    /**
     * Reads a library. It is not mapped: what the process has mapped tells what it has loaded.
     *
     * @throws IOException if it can't be read, or isn't one; the message says so
     */
    static ElfFile read(Path file) throws IOException {
        try (FileChannel channel = FileChannel.open(file)) {
            if (channel.size() < HEADER) {
                throw new IOException(channel.size() == 0 ? "it is empty" : "it is too short for a library");
            }
            ByteBuffer header = bytes(channel, 0, HEADER);
            // "\x7fELF", 64 bits, little endian.
            if (header.getInt(0) != 0x464c457f || header.get(4) != 2 || header.get(5) != 1) {
                throw new IOException("it isn't a 64-bit library");
            }
            ByteBuffer segments =
                    bytes(channel, header.getLong(32), Short.toUnsignedInt(header.getShort(56)) * SEGMENT);
            return parse(file.toAbsolutePath().normalize().getParent(), channel, header.getShort(18), segments);
        }
    }

    /** Why a file can't be loaded as a library of this machine, or null; without paths. */
    static @Nullable String defect(Path file) {
        try {
            return read(file).defect();
        } catch (IOException e) {
            return reason(e);
        }
    }

    /** Why a file could not be read, without paths: the message of a {@link FileSystemException} is the path. */
    static String reason(IOException e) {
        return e instanceof FileSystemException || e.getMessage() == null ? "it can't be read" : e.getMessage();
    }

    @Nullable
    String defect() {
        return machine == MACHINE ? null : "it is for another processor";
    }

    private static ElfFile parse(@Nullable Path folder, FileChannel channel, int machine, ByteBuffer segments)
            throws IOException {
        long strings = -1;
        List<Long> names = new ArrayList<>();
        List<Long> paths = new ArrayList<>();
        List<Long> oldPaths = new ArrayList<>();
        ByteBuffer section = dynamic(channel, segments);
        while (section.remaining() >= 16) {
            long tag = section.getLong();
            long value = section.getLong();
            if (tag == END) {
                break;
            } else if (tag == STRINGS) {
                strings = offset(segments, value);
            } else if (tag == NEEDED) {
                names.add(value);
            } else if (tag == RUN_PATH) {
                paths.add(value);
            } else if (tag == OLD_RUN_PATH) {
                oldPaths.add(value);
            }
        }
        List<String> needed = new ArrayList<>();
        for (long name : names) {
            needed.add(text(channel, strings + name));
        }
        List<Path> searched = new ArrayList<>();
        // The newer kind switches the older off.
        for (long path : paths.isEmpty() ? oldPaths : paths) {
            for (String entry : text(channel, strings + path).split(":", -1)) {
                if (!entry.isEmpty()) {
                    searched.add(
                            Path.of(ORIGIN.matcher(entry).replaceAll(Matcher.quoteReplacement(String.valueOf(folder))))
                                    .normalize());
                }
            }
        }
        return new ElfFile(machine, List.copyOf(needed), List.copyOf(searched));
    }

    private static ByteBuffer dynamic(FileChannel channel, ByteBuffer segments) throws IOException {
        for (int at = 0; at < segments.limit(); at += SEGMENT) {
            if (segments.getInt(at) == DYNAMIC) {
                long size = segments.getLong(at + 32);
                return bytes(channel, segments.getLong(at + 8), (int) Math.max(0, Math.min(size, LARGEST_SECTION)));
            }
        }
        return ByteBuffer.allocate(0);
    }

    /** Where in the file an address lies that holds once the library is loaded. */
    private static long offset(ByteBuffer segments, long address) throws IOException {
        for (int at = 0; at < segments.limit(); at += SEGMENT) {
            long start = segments.getLong(at + 16);
            if (segments.getInt(at) == LOADED && address >= start && address - start < segments.getLong(at + 32)) {
                return address - start + segments.getLong(at + 8);
            }
        }
        throw new IOException(DAMAGED);
    }

    private static String text(FileChannel channel, long start) throws IOException {
        ByteBuffer bytes = bytes(channel, start, (int) Math.max(0, Math.min(LONGEST_TEXT, channel.size() - start)));
        String text = StandardCharsets.ISO_8859_1.decode(bytes).toString();
        int end = text.indexOf('\0');
        if (end < 0) {
            throw new IOException(DAMAGED);
        }
        return text.substring(0, end);
    }

    private static ByteBuffer bytes(FileChannel channel, long start, int size) throws IOException {
        if (start < 0 || start > channel.size() - size) {
            throw new IOException(DAMAGED);
        }
        ByteBuffer bytes = ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
        while (bytes.hasRemaining()) {
            if (channel.read(bytes, start + bytes.position()) < 0) {
                throw new IOException(DAMAGED);
            }
        }
        return bytes.flip();
    }
}
