package dev.percept.onnx;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Natives are unpacked once, whole or not at all. */
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
}
