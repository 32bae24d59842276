package dev.percept.kept;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A folder of files that can be made again, but are believed where they are found. It and they must belong to the user or to root, and
 * nobody else may write to them; otherwise, or where the folder can't be used, nothing is found and nothing is kept. Thread-safe;
 * processes may use it at once.
 *
 * <p>Where a file system knows no owners, as on Windows, whoever may write to the cache is believed, as with the natives there.
 */
public final class KeptFolder {
    /** The environment variable that is {@code no} where nothing shall be kept or found. */
    public static final String SWITCH = "PERCEPT_KEEP";

    private static final String BESIDE = ".part";
    private static final Duration UNFINISHED = Duration.ofHours(1);
    private static final Duration USE = Duration.ofHours(1);
    private static final int OTHERS_MAY_WRITE = 022;

    private final Path folder;
    private final long mostBytes;
    private final boolean on;

    /**
     * A folder in a cache, made when something is kept.
     *
     * @param mostBytes that its files may take together: those are deleted that were not used for the longest time
     */
    public KeptFolder(Path cache, String name, long mostBytes) {
        this(cache, name, mostBytes, !"no".equals(System.getenv(SWITCH)));
    }

    KeptFolder(Path cache, String name, long mostBytes, boolean on) {
        this.folder = cache.resolve(name);
        this.mostBytes = mostBytes;
        this.on = on;
    }

    /** Writes a file. */
    public interface Content {
        /** Writes to a file that is there already, and empty. */
        void writeTo(Path file) throws IOException;
    }

    /** The file of this name, or null if there is none that can be believed. */
    public @Nullable Path find(String name) {
        Path file = folder.resolve(name);
        try {
            return on && isOurs(folder) && isOurs(file) ? file : null;
        } catch (NoSuchFileException e) {
            return null;
        } catch (IOException e) {
            log(file + " can't be used", e);
            return null;
        }
    }

    /** Notes that a file was of use now, to the hour: what is known of a file in one state holds for as long. */
    public void used(Path file) {
        try {
            Instant now = Instant.now();
            if (Files.getLastModifiedTime(file).toInstant().isBefore(now.minus(USE))) {
                Files.setLastModifiedTime(file, FileTime.from(now));
            }
        } catch (IOException e) {
            log(file + " can't be marked as used", e);
        }
    }

    /**
     * Keeps a file: writes it beside, then moves it.
     *
     * @param bytes that it will have, at most
     * @return whether it was kept
     */
    public boolean keep(String name, long bytes, Content content) {
        if (!on || bytes > mostBytes) {
            return false;
        }
        try {
            make();
            if (!isOurs(folder) || Files.getFileStore(folder).getUsableSpace() < 2 * bytes) {
                return false;
            }
            Path beside = Files.createTempFile(folder, name, BESIDE);
            try {
                content.writeTo(beside);
                Files.move(beside, folder.resolve(name), StandardCopyOption.ATOMIC_MOVE);
            } finally {
                Files.deleteIfExists(beside);
            }
            deleteOldest(name);
            return true;
        } catch (IOException e) {
            log(name + " can't be kept in " + folder, e);
            return false;
        }
    }

    /** Deletes a file that turned out to be of no use. */
    public void drop(Path file) {
        try {
            Files.deleteIfExists(file);
        } catch (IOException e) {
            log(file + " can't be deleted", e);
        }
    }

    private void make() throws IOException {
        Files.createDirectories(folder.toAbsolutePath().getParent());
        try {
            if (knowsOwners()) {
                Files.createDirectory(
                        folder, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
            } else {
                Files.createDirectory(folder);
            }
        } catch (FileAlreadyExistsException e) {
            // Whose it is, is looked at next.
        }
    }

    private boolean knowsOwners() {
        return folder.getFileSystem().supportedFileAttributeViews().contains("unix");
    }

    private boolean isOurs(Path path) throws IOException {
        if (!knowsOwners()) {
            return Files.exists(path, LinkOption.NOFOLLOW_LINKS) && !Files.isSymbolicLink(path);
        }
        Map<String, Object> found =
                Files.readAttributes(path, "unix:uid,mode,isSymbolicLink", LinkOption.NOFOLLOW_LINKS);
        int owner = number(found, "uid");
        return (owner == 0 || owner == user())
                && (number(found, "mode") & OTHERS_MAY_WRITE) == 0
                && Boolean.FALSE.equals(found.get("isSymbolicLink"));
    }

    /** Whom this process belongs to: Java doesn't say, but its own folder among the processes does, or else the user's home. */
    private static int user() throws IOException {
        Path process = Path.of("/proc/self");
        Path own = Files.exists(process) ? process : Path.of(System.getProperty("user.home", "."));
        return number(Files.readAttributes(own, "unix:uid"), "uid");
    }

    private static int number(Map<String, Object> attributes, String name) throws IOException {
        if (attributes.get(name) instanceof Integer number) {
            return number;
        }
        throw new IOException("the file system doesn't say the " + name + " of its files");
    }

    private record Entry(Path file, long bytes, Instant used) {}

    /** Deletes what is too much, and what killed processes left half done. */
    private void deleteOldest(String but) throws IOException {
        List<Entry> entries = new ArrayList<>();
        try (Stream<Path> files = Files.list(folder)) {
            for (Path file : files.toList()) {
                try {
                    entries.add(new Entry(
                            file,
                            Files.size(file),
                            Files.getLastModifiedTime(file).toInstant()));
                } catch (NoSuchFileException e) {
                    // Another process was faster.
                }
            }
        }
        entries.sort(Comparator.comparing(Entry::used));
        long bytes = entries.stream().mapToLong(Entry::bytes).sum();
        Instant unfinished = Instant.now().minus(UNFINISHED);
        for (Entry entry : entries) {
            String name = String.valueOf(entry.file().getFileName());
            boolean abandoned = name.endsWith(BESIDE) && entry.used().isBefore(unfinished);
            boolean tooMuch = bytes > mostBytes && !name.equals(but) && !name.endsWith(BESIDE);
            if (abandoned || tooMuch) {
                Files.deleteIfExists(entry.file());
                bytes -= entry.bytes();
            }
        }
    }

    private static void log(String what, IOException e) {
        System.getLogger(KeptFolder.class.getName()).log(System.Logger.Level.DEBUG, what, e);
    }
}
