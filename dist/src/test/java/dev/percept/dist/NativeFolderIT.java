package dev.percept.dist;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.percept.dist.Commands.Outcome;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Folders that ONNX Runtime's natives can't be loaded from: exit code 5, and one line that names the folder. */
class NativeFolderIT {
    private static final boolean ROOT = System.getProperty("user.name", "").equals("root");

    private static Release release = new Release(Path.of(""));

    private final Path work;

    NativeFolderIT(@TempDir Path work) {
        this.work = work;
    }

    @BeforeAll
    static void unpack(@TempDir Path shared) throws IOException {
        // For another user, too.
        open(shared);
        release = Release.unpack(shared);
    }

    @Test
    void oneThatIsNotThere() throws IOException {
        assertRefused(given(work.resolve("none")), List.of(), work.resolve("none") + ": there is no such folder");
    }

    @Test
    void oneWithoutLibraries() throws IOException {
        assertRefused(given(work), List.of(), work + ": libonnxruntime", "isn't in it");
    }

    @Test
    void oneWithFilesThatAreNone() throws IOException {
        Files.writeString(work.resolve("libonnxruntime.so"), "nothing");
        Files.writeString(work.resolve("libonnxruntime4j_jni.so"), "nothing");
        assertRefused(
                given(work),
                List.of(),
                work + ": libonnxruntime.so can't be loaded: it is too short",
                "PERCEPT_NATIVE_DIR");
    }

    @Test
    void oneThatCannotBeRead() throws IOException {
        open(work);
        Path closed = Files.createDirectory(
                work.resolve("closed"),
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        List<String> asNobody = List.of();
        if (ROOT) {
            asNobody = List.of("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups");
        } else {
            Files.setPosixFilePermissions(closed, PosixFilePermissions.fromString("---------"));
        }
        assertRefused(given(closed), asNobody, closed.toString(), "can't be read");
    }

    /** As in a container whose root is read-only and that has no temp folder. */
    @Test
    void aTempFolderThatCannotBeWrittenTo() throws IOException {
        Path temp = work.resolve("none");
        assertRefused(
                Release.environment(work.resolve("cache"), "PERCEPT_JAVA_OPTS", "-Djava.io.tmpdir=" + temp),
                List.of(),
                "can't make a folder in the temp folder " + temp,
                "-Djava.io.tmpdir");
    }

    /** Hardened machines mount the folders that users may write to so that nothing in them can be run. */
    @Test
    void aCacheThatNothingMayBeLoadedFrom() throws IOException {
        Path cache = Files.createDirectory(work.resolve("cache"));
        Path mounted = noexec(cache);
        try {
            assertRefused(
                    Release.environment(mounted.resolve("percept")),
                    List.of(),
                    mounted.toString(),
                    "can't be loaded",
                    "set PERCEPT_CACHE to a folder that allows programs to run");
        } finally {
            if (mounted.equals(cache)) {
                run("umount", cache.toString());
            }
        }
    }

    /** A new folder of that kind, or one that is there. */
    private Path noexec(Path folder) throws IOException {
        if (ROOT
                && run("mount", "-t", "tmpfs", "-o", "noexec,size=200m", "tmpfs", folder.toString())
                                .code()
                        == 0) {
            return folder;
        }
        for (String line : Files.readAllLines(Path.of("/proc/mounts"))) {
            String[] words = line.split(" ", -1);
            Path place = Path.of(words[1]);
            if (words[2].equals("tmpfs")
                    && List.of(words[3].split(",", -1)).contains("noexec")
                    && Files.isWritable(place)
                    && Files.getFileStore(place).getUsableSpace() > 50_000_000) {
                Path own = Files.createTempDirectory(place, "percept-it");
                own.toFile().deleteOnExit();
                return own;
            }
        }
        assumeTrue(false, "no folder that forbids programs, and none can be mounted");
        return folder;
    }

    private Map<String, String> given(Path natives) {
        return Release.environment(work.resolve("cache"), "PERCEPT_NATIVE_DIR", natives.toString());
    }

    private void assertRefused(Map<String, String> environment, List<String> prefix, String... said)
            throws IOException {
        List<String> command = new ArrayList<>(prefix);
        // Not the checkout's: another user may not get there.
        Path picture = Files.copy(Release.samples().resolve("reference.png"), work.resolve("picture.png"));
        command.addAll(release.command("score", "--model", "nlpd", picture.toString(), picture.toString()));
        Map<String, String> all = Map.copyOf(environment);
        Outcome outcome = Commands.run(work, all, command);
        assertThat(outcome.code()).as(outcome.toString()).isEqualTo(5);
        assertThat(outcome.out()).isEmpty();
        assertThat(outcome.err()).startsWith("percept: ").hasLineCount(1).contains(said);
    }

    private Outcome run(String... command) throws IOException {
        return Commands.run(work, Map.of("PATH", Release.path()), List.of(command));
    }

    private static void open(Path folder) throws IOException {
        Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-xr-x"));
    }
}
