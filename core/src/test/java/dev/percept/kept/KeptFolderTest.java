package dev.percept.kept;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is believed must be the user's own, and what can't be kept is no error. */
class KeptFolderTest {
    private static final int MOST = 100;

    @TempDir
    Path cache = Path.of("");

    @Test
    void whatWasKeptIsFound() throws IOException {
        assertThat(folder().find("a")).isNull();
        assertThat(keep("a", 10)).isTrue();
        assertThat(folder().find("a")).isNotNull().hasSize(10);
        assertThat(names()).containsExactly("a");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(cache.resolve("things"))))
                .isEqualTo("rwx------");
    }

    @Test
    void nothingIsBelievedThatOthersMayWriteTo() throws IOException {
        keep("a", 10);
        Path file = cache.resolve("things/a");
        for (String open : new String[] {"rw--w----", "rw-----w-"}) {
            Files.setPosixFilePermissions(file, PosixFilePermissions.fromString(open));
            assertThat(folder().find("a")).as(open).isNull();
        }
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r--r--"));
        assertThat(folder().find("a")).isNotNull();
        Files.setPosixFilePermissions(cache.resolve("things"), PosixFilePermissions.fromString("rwxrwxrwx"));
        assertThat(folder().find("a")).isNull();
        assertThat(keep("b", 10)).isFalse();
    }

    @Test
    void nothingIsBelievedThatIsSomebodyElses() throws IOException {
        keep("a", 10);
        Path file = cache.resolve("things/a");
        assumeTrue(Integer.valueOf(0).equals(Files.getAttribute(file, "unix:uid")), "only root can give files away");
        Files.setAttribute(file, "unix:uid", 12345);
        assertThat(folder().find("a")).isNull();
        Files.setAttribute(file, "unix:uid", 0);
        Files.setAttribute(cache.resolve("things"), "unix:uid", 12345);
        assertThat(folder().find("a")).isNull();
    }

    @Test
    void linksAreNotFollowed() throws IOException {
        Path elsewhere = Files.createDirectory(cache.resolve("elsewhere"));
        Files.writeString(elsewhere.resolve("a"), "a");
        Files.createSymbolicLink(cache.resolve("things"), elsewhere);
        assertThat(folder().find("a")).isNull();
        assertThat(keep("b", 10)).isFalse();
    }

    @Test
    void whatWasNotUsedForTheLongestTimeMakesRoom() throws IOException {
        keep("a", 40);
        keep("b", 40);
        Instant now = Instant.now();
        Files.setLastModifiedTime(cache.resolve("things/a"), FileTime.from(now.minusSeconds(9000)));
        Files.setLastModifiedTime(cache.resolve("things/b"), FileTime.from(now.minusSeconds(8000)));
        Path unfinished = Files.write(cache.resolve("things/c.part"), new byte[10]);
        folder().used(cache.resolve("things/a"));
        keep("d", 40);
        assertThat(names()).containsExactly("a", "c.part", "d");
        Files.setLastModifiedTime(unfinished, FileTime.from(now.minusSeconds(7200)));
        keep("d", 40);
        assertThat(names()).containsExactly("a", "d");
        assertThat(keep("large", MOST + 1)).isFalse();
    }

    @Test
    void useIsNotedToTheHour() throws IOException {
        keep("a", 10);
        Path file = cache.resolve("things/a");
        FileTime lately = FileTime.from(Instant.now().minusSeconds(3000));
        Files.setLastModifiedTime(file, lately);
        FileTime noted = Files.getLastModifiedTime(file);
        folder().used(file);
        assertThat(Files.getLastModifiedTime(file)).isEqualTo(noted);
    }

    @Test
    void whatCannotBeWrittenLeavesNothingBehind() throws IOException {
        Files.writeString(cache.resolve("file"), "");
        assertThat(new KeptFolder(cache.resolve("file"), "things", MOST, true).keep("a", 10, file -> {}))
                .isFalse();
        assertThat(folder().keep("a", 10, file -> {
                    throw new IOException("no space left");
                }))
                .isFalse();
        assertThat(names()).isEmpty();
    }

    @Test
    void switchedOffItKeepsAndFindsNothing() throws IOException {
        keep("a", 10);
        KeptFolder off = new KeptFolder(cache, "things", MOST, false);
        assertThat(off.find("a")).isNull();
        assertThat(off.keep("b", 10, file -> {})).isFalse();
    }

    private KeptFolder folder() {
        return new KeptFolder(cache, "things", MOST, true);
    }

    private boolean keep(String name, int bytes) {
        return folder().keep(name, bytes, file -> Files.write(file, new byte[bytes]));
    }

    private List<String> names() throws IOException {
        try (Stream<Path> files = Files.list(cache.resolve("things"))) {
            return files.map(file -> String.valueOf(file.getFileName()))
                    .sorted()
                    .toList();
        }
    }
}
