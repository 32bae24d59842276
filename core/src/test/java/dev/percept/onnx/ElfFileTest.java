package dev.percept.onnx;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** Libraries are read, and what only looks like one is refused. */
class ElfFileTest {
    @TempDir
    Path folder = Path.of("");

    @Test
    void saysWhatItNeeds() throws IOException {
        Path file = SharedLibrary.write(
                folder.resolve("lib.so"), "$ORIGIN/../x:/opt/y:${ORIGIN}", "libcudart.so.13", "libc.so.6");
        ElfFile elf = ElfFile.read(file);
        assertThat(elf.machine()).isEqualTo(ElfFile.MACHINE);
        assertThat(elf.needed()).containsExactly("libcudart.so.13", "libc.so.6");
        assertThat(elf.searched()).containsExactly(folder.resolveSibling("x"), Path.of("/opt/y"), folder);
    }

    /** What a compiler and linker made: ONNX Runtime's own binding. */
    @Test
    @EnabledOnOs(OS.LINUX)
    void readsARealOne() throws IOException {
        Path natives = Objects.requireNonNull(Natives.unpack(folder).folder());
        ElfFile elf = ElfFile.read(natives.resolve("libonnxruntime4j_jni.so"));
        assertThat(elf.needed())
                .anyMatch(name -> name.startsWith("libonnxruntime.so"))
                .contains("libc.so.6");
    }

    @Test
    void refusesWhatIsNone() throws IOException {
        assertRefused(new byte[0], "empty");
        assertRefused("#!/bin/sh\n".getBytes(StandardCharsets.UTF_8), "too short");
        assertRefused(new byte[200], "isn't a 64-bit library");
        byte[] narrow = SharedLibrary.bytes(ElfFile.MACHINE, "", "libc.so.6");
        narrow[4] = 1;
        assertRefused(narrow, "isn't a 64-bit library");
    }

    /** Nothing but an IOException, wherever it ends and whichever of its bytes is wrong. */
    @Test
    void damageIsAnError() throws IOException {
        byte[] whole = SharedLibrary.bytes(ElfFile.MACHINE, "/opt/y", "libcudart.so.13", "libc.so.6");
        for (int length = 0; length < whole.length; length++) {
            assertHarmless(Arrays.copyOf(whole, length));
        }
        for (int i = 0; i < whole.length; i++) {
            for (int value : new int[] {0, 0x7f, 0xff}) {
                byte[] damaged = whole.clone();
                damaged[i] = (byte) value;
                assertHarmless(damaged);
            }
        }
    }

    private void assertHarmless(byte[] bytes) throws IOException {
        Path file = Files.write(folder.resolve("damaged.so"), bytes);
        Throwable thrown = catchThrowable(() -> ElfFile.read(file));
        if (thrown != null) {
            assertThat(thrown).isInstanceOf(IOException.class);
        }
    }

    private void assertRefused(byte[] bytes, String why) throws IOException {
        Path file = Files.write(folder.resolve("lib.so"), bytes);
        assertThatThrownBy(() -> ElfFile.read(file))
                .isInstanceOf(IOException.class)
                .hasMessageContaining(why);
    }
}
