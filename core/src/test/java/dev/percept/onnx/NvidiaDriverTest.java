package dev.percept.onnx;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The driver's version is read as the kernel module writes it. */
class NvidiaDriverTest {
    @TempDir
    Path folder = Path.of("");

    @ParameterizedTest
    @CsvSource({
        "NVRM version: NVIDIA UNIX x86_64 Kernel Module  535.104.05  Sat Aug 19 01:15:15 UTC 2023, 535, false, true",
        "NVRM version: NVIDIA UNIX Open Kernel Module for x86_64  580.95.05  Release Build  (dvs-builder), 580, false, false",
        "NVRM version: NVIDIA UNIX x86_64 Kernel Module  470.256.02  Thu May  2 14:37:44 UTC 2024, 470, true, true",
        "something else, 0, false, false"
    })
    void releases(String line, int release, boolean tooOldFor12, boolean tooOldFor13) throws IOException {
        Path file = Files.writeString(folder.resolve("version"), line + "\nGCC version:  gcc version 12.3.0\n");
        assertThat(NvidiaDriver.find(file)).isNotNull().satisfies(driver -> {
            assertThat(driver.release()).isEqualTo(release);
            assertThat(driver.description()).isEqualTo(line);
            assertThat(driver.tooOldFor(12)).isEqualTo(tooOldFor12);
            assertThat(driver.tooOldFor(13)).isEqualTo(tooOldFor13);
        });
    }

    @Test
    void noDriver() {
        assertThat(NvidiaDriver.find(folder.resolve("version"))).isNull();
    }
}
