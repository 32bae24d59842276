package dev.percept.kept;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A changed file must never pass as the one that was hashed. */
class DigestsTest {
    private static final String DIGEST = "0123456789abcdef".repeat(4);

    @TempDir
    Path folder = Path.of("");

    private Path file = Path.of("");
    private Digests digests = new Digests(Path.of(""));

    @BeforeEach
    void write() throws IOException {
        file = Files.writeString(folder.resolve("model.onnx"), "model");
        digests = new Digests(folder.resolve("cache"));
    }

    @Test
    void anUnchangedFilesDigestIsFoundAgain() throws IOException {
        keep();
        assertThat(digests.find(state())).isEqualTo(DIGEST);
        assertThat(new Digests(folder.resolve("cache")).find(state())).isEqualTo(DIGEST);
    }

    @Test
    void whatWasWrittenJustNowIsNotKept() throws IOException {
        digests.keep(state(), DIGEST, state().changed().plusMillis(2900));
        assertThat(digests.find(state())).isNull();
        digests.keep(state(), DIGEST, state().changed().minusSeconds(60));
        assertThat(digests.find(state())).isNull();
        digests.keep(state(), DIGEST, state().changed().plusMillis(3100));
        assertThat(digests.find(state())).isEqualTo(DIGEST);
    }

    @Test
    void anotherSizeIsAnotherFile() throws IOException {
        keep();
        Files.writeString(file, "another");
        assertThat(digests.find(state())).isNull();
    }

    @Test
    void timesThatWereSetBackDeceiveNobody() throws IOException {
        keep();
        FileTime before = Files.getLastModifiedTime(file);
        Files.writeString(file, "MODEL");
        Files.setLastModifiedTime(file, before);
        assertThat(digests.find(state())).isNull();
    }

    @Test
    void aFileThatTookItsPlaceIsAnother() throws IOException {
        keep();
        Path other = Files.writeString(folder.resolve("other"), "MODEL");
        Files.setLastModifiedTime(other, Files.getLastModifiedTime(file));
        Files.move(other, file, StandardCopyOption.REPLACE_EXISTING);
        assertThat(digests.find(state())).isNull();
    }

    @Test
    void damageToAnyByteIsNoticed() throws IOException {
        keep();
        Path kept;
        try (Stream<Path> files = Files.list(folder.resolve("cache/digests"))) {
            kept = files.findFirst().orElseThrow();
        }
        byte[] whole = Files.readAllBytes(kept);
        for (int i = 0; i < whole.length; i++) {
            byte[] damaged = whole.clone();
            damaged[i] ^= 1;
            Files.write(kept, damaged);
            assertThat(digests.find(state())).as("byte " + i).isNull();
        }
        Files.write(kept, new byte[0]);
        assertThat(digests.find(state())).isNull();
        Files.write(kept, whole);
        assertThat(digests.find(state())).isEqualTo(DIGEST);
    }

    private Digests.State state() throws IOException {
        return Digests.State.of(file);
    }

    private void keep() throws IOException {
        digests.keep(state(), DIGEST, Instant.now().plusSeconds(60));
    }
}
