package dev.percept.onnx;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.percept.DeviceException;
import dev.percept.NativeLibraries;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Natives are unpacked once, whole or not at all; a folder of the user's is looked into before it is used. */
class NativesTest {
    @TempDir
    Path cache = Path.of("");

    @Test
    void theyAreUnpackedOnce() throws IOException {
        Natives first = Natives.unpack(cache);
        assertThat(first.note()).isEqualTo("unpacked now");
        assertThat(first.folder()).isNotNull().isDirectoryContaining("glob:**onnxruntime4j_jni*");
        Natives second = Natives.unpack(cache);
        assertThat(second.note()).isEqualTo("unpacked before");
        assertThat(second.folder()).isEqualTo(first.folder());
    }

    @Test
    void aFolderThatLostAFileIsUnpackedAgain() throws IOException {
        Path folder = Natives.unpack(cache).folder();
        assertThat(folder).isNotNull();
        List<Path> files;
        try (Stream<Path> listed = Files.list(folder)) {
            files = listed.toList();
        }
        Files.delete(files.get(0));
        Files.write(files.get(1), new byte[10]);
        assertThat(Natives.unpack(cache).note()).isEqualTo("unpacked now");
        assertThat(folder).isDirectoryContaining(file -> file.equals(files.get(0)));
        assertThat(Files.size(files.get(1))).isGreaterThan(10);
        try (Stream<Path> left = Files.list(cache.resolve("natives"))) {
            assertThat(left).containsExactly(folder);
        }
    }

    @Test
    void manyAtOnceLeaveOneWholeFolder() throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(4);
        try {
            List<Future<Natives>> all = IntStream.range(0, 4)
                    .mapToObj(i -> threads.submit(() -> Natives.unpack(cache)))
                    .toList();
            for (Future<Natives> one : all) {
                assertThat(one.get().folder()).isNotNull().isDirectory();
            }
        } finally {
            threads.shutdownNow();
        }
        try (Stream<Path> left = Files.list(cache.resolve("natives"))) {
            assertThat(left).hasSize(1);
        }
    }

    @Test
    void aCacheThatCannotBeWrittenIsSaidAndNotFatal() throws IOException {
        Path inTheWay = Files.writeString(cache.resolve("file"), "");
        Natives natives = Natives.unpack(inTheWay);
        assertThat(natives.folder()).isNull();
        assertThat(natives.note()).contains("temp folder", inTheWay.toString());
    }

    /** CUDA's natives are 650 MB: they must not go into the temp folder at every start. */
    @Test
    void largeNativesAreRefusedWhereTheyCannotBeKept() throws IOException {
        Path inTheWay = Files.writeString(cache.resolve("file"), "");
        assertThatThrownBy(() -> Natives.unpack(inTheWay, 1_000_000))
                .isInstanceOf(DeviceException.class)
                .hasMessageContainingAll(inTheWay.toString(), " MB) can't be unpacked there", "PERCEPT_CACHE");
    }

    @Test
    void roomIsLookedForBeforeUnpacking() throws IOException {
        Natives.requireRoom(cache, 1);
        assertThatThrownBy(() -> Natives.requireRoom(cache, Long.MAX_VALUE))
                .isInstanceOf(IOException.class)
                .hasMessageMatching("\\d+ MB are needed and \\d+ MB are free");
    }

    @Test
    void aFolderOfTheUsersIsUsedAsItIs() {
        Path natives = Objects.requireNonNull(Natives.unpack(cache).folder());
        assertThat(Natives.given(natives, "set by a test")).isEqualTo(new Natives(natives, "set by a test"));
    }

    @Test
    void aFolderOfTheUsersThatWillNotDoIsSaidInOneLine() throws IOException {
        assertGivenRefused(cache.resolve("none"), "there is no such folder");
        assertGivenRefused(Files.createFile(cache.resolve("file")), "isn't a folder");
        assertGivenRefused(cache, "isn't in it");
        Path natives = Objects.requireNonNull(Natives.unpack(cache).folder());
        try (Stream<Path> files = Files.list(natives)) {
            Path binding = files.filter(file -> file.toString().contains("onnxruntime4j_jni"))
                    .findFirst()
                    .orElseThrow();
            Files.delete(binding);
            assertGivenRefused(natives, binding.getFileName() + " isn't in it");
        }
    }

    private static void assertGivenRefused(Path folder, String why) {
        assertThatThrownBy(() -> Natives.given(folder, "set by a test"))
                .isInstanceOf(DeviceException.class)
                .hasMessageContainingAll(folder + ": ", why, "check that folder, which was set by a test");
    }

    @Test
    void aGivenFolderWinsOverTheProperty() {
        Path given = Objects.requireNonNull(Natives.unpack(cache).folder());
        String before = System.getProperty(Natives.PATH_PROPERTY);
        try {
            System.setProperty(Natives.PATH_PROPERTY, cache.resolve("none").toString());
            assertThatThrownBy(() -> Natives.prepare(null, cache))
                    .hasMessageContainingAll(cache.resolve("none").toString(), "set by -D");
            assertThat(Natives.prepare(given, cache).folder()).isEqualTo(given);
            assertThat(System.getProperty(Natives.PATH_PROPERTY)).isEqualTo(given.toString());
        } finally {
            if (before == null) {
                System.clearProperty(Natives.PATH_PROPERTY);
            } else {
                System.setProperty(Natives.PATH_PROPERTY, before);
            }
        }
    }

    /** As an empty environment variable is. */
    @Test
    void anEmptyPropertyIsNone() {
        String before = System.getProperty(Natives.PATH_PROPERTY);
        try {
            System.setProperty(Natives.PATH_PROPERTY, "");
            assertThat(Natives.prepare(null, cache).note()).doesNotContain("-D");
            assertThat(System.getProperty(Natives.PATH_PROPERTY)).isNotEqualTo("");
        } finally {
            if (before == null) {
                System.clearProperty(Natives.PATH_PROPERTY);
            } else {
                System.setProperty(Natives.PATH_PROPERTY, before);
            }
        }
    }

    @Test
    void anEmptyPathIsNoFolder() {
        assertThatThrownBy(() -> NativeLibraries.setFolder(Path.of("")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageEndingWith("is empty");
    }

    @Test
    void onceTheyAreLoadedItIsTooLateForAFolder() {
        assertThat(OnnxRuntime.get().version()).isNotEmpty();
        assertThatThrownBy(() -> NativeLibraries.setFolder(cache))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("before the first model is loaded");
    }
}
