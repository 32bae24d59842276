package dev.percept.onnx;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.percept.DeviceException;
import dev.percept.onnx.CudaLibrary.State;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** Libraries are looked for as Linux's loader does. */
@EnabledOnOs(OS.LINUX)
class CudaLibrariesTest {
    private static final List<String> LINKED = List.of(
            "libcublas.so.12",
            "libcudart.so.12",
            "libcuda.so.1",
            "libstdc++.so.6",
            "libc.so.6",
            "ld-linux-x86-64.so.2");

    @TempDir
    Path folder = Path.of("");

    @Test
    void neededIsWhatTheProviderIsLinkedToAndCudnn() throws IOException {
        SharedLibrary.write(
                folder.resolve(CudaLibraries.PROVIDER), "$ORIGIN/more", "libcudart.so.14", "libcuda.so.1", "libm.so.6");
        Files.createDirectory(folder.resolve("more"));
        SharedLibrary.write(folder.resolve("more/libcudart.so.14"), "");

        CudaLibraries libraries = CudaLibraries.find(folder);
        assertThat(libraries.cuda()).isEqualTo(14);
        assertThat(libraries.defect()).isNull();
        assertThat(libraries.libraries())
                .extracting(CudaLibrary::name)
                .startsWith("libcuda.so.1", "libcudart.so.14", "libcudnn.so.9")
                .noneMatch(name -> name.startsWith("libm"));
        assertThat(library(libraries, "libcudart.so.14").file()).isEqualTo(folder.resolve("more/libcudart.so.14"));
    }

    @Test
    void aProviderThatCannotBeReadIsSaid() throws IOException {
        assertThat(CudaLibraries.find(folder).defect()).contains("isn't there");
        Files.createFile(folder.resolve(CudaLibraries.PROVIDER));
        assertThat(CudaLibraries.find(folder).defect()).contains("empty");
        Files.write(folder.resolve(CudaLibraries.PROVIDER), SharedLibrary.bytes(3, ""));
        assertThat(CudaLibraries.find(folder).defect()).contains("another processor");
    }

    /** Clients of the service see it: a file that can't be opened has its path for a message. */
    @Test
    void aProviderThatCannotBeOpenedIsSaidWithoutItsPath() {
        assertThat(ElfFile.reason(new AccessDeniedException("/secret/" + CudaLibraries.PROVIDER)))
                .isEqualTo("it can't be read");
        assertThat(ElfFile.reason(new IOException())).isEqualTo("it can't be read");
    }

    /** Java resolves links before it loads a library, and ONNX Runtime looks for its providers beside itself. */
    @Test
    void providersAreBesideTheRealLibrary() throws IOException {
        Path real = Files.createDirectory(folder.resolve("real"));
        Path links = Files.createDirectory(folder.resolve("links"));
        for (String name :
                List.of("libonnxruntime.so", "libonnxruntime4j_jni.so", "libonnxruntime_providers_shared.so")) {
            SharedLibrary.write(real.resolve(name), "");
            Files.createSymbolicLink(links.resolve(name), real.resolve(name));
        }
        SharedLibrary.write(real.resolve(CudaLibraries.PROVIDER), "", "libcudart.so.13");
        SharedLibrary.write(links.resolve(CudaLibraries.PROVIDER), "", "libcudart.so.12");
        assertThat(CudaLibraries.find(Natives.given(links, "set by a test")).cuda())
                .isEqualTo(13);

        Files.delete(real.resolve("libonnxruntime_providers_shared.so"));
        assertThatThrownBy(() -> Natives.given(links, "set by a test"))
                .isInstanceOf(DeviceException.class)
                .hasMessage(real.toRealPath()
                        + ": libonnxruntime_providers_shared.so isn't in it, and ONNX Runtime needs it;"
                        + " check that folder, which was set by a test");
    }

    @Test
    void eachStateIsToldApart() throws IOException {
        Path reached = Files.createDirectory(folder.resolve("reached"));
        Path usual = Files.createDirectory(folder.resolve("usual"));
        SharedLibrary.write(reached.resolve("libcublas.so.12"), "");
        SharedLibrary.write(reached.resolve("libcurand.so.11"), "");
        SharedLibrary.write(reached.resolve("libcurandom.so.10"), "");
        Files.writeString(reached.resolve("libcufft.so.11"), "INPUT(libcufft.so.12)\n");
        Files.write(reached.resolve("libcuda.so.1"), SharedLibrary.bytes(3, ""));
        SharedLibrary.write(usual.resolve("libcudart.so.12"), "");
        LoaderFolders folders = LoaderFolders.of(reached.toString(), List.of(), folder.resolve("none"), List.of(usual));

        CudaLibraries libraries = CudaLibraries.find(
                List.of("libcublas.so.12", "libcurand.so.10", "libcufft.so.11", "libcudart.so.12", "libnone.so.1"),
                folders);
        assertThat(library(libraries, "libcublas.so.12").state()).isEqualTo(State.FOUND);
        assertThat(library(libraries, "libcurand.so.10").state()).isEqualTo(State.OTHER_VERSION);
        assertThat(library(libraries, "libcurand.so.10").file()).isEqualTo(reached.resolve("libcurand.so.11"));
        assertThat(library(libraries, "libcufft.so.11").state()).isEqualTo(State.DEFECTIVE);
        assertThat(library(libraries, "libcufft.so.11").detail()).contains("too short");
        assertThat(library(libraries, "libcuda.so.1").detail()).contains("another processor");
        assertThat(library(libraries, "libcudart.so.12").state()).isEqualTo(State.UNREACHABLE);
        assertThat(library(libraries, "libnone.so.1").state()).isEqualTo(State.MISSING);
    }

    /** Linux skips what is for another processor, and goes on. */
    @Test
    void aLibraryBehindADefectiveOneIsFound() throws IOException {
        Path first = Files.createDirectory(folder.resolve("first"));
        Path second = Files.createDirectory(folder.resolve("second"));
        Files.write(first.resolve("libcublas.so.12"), SharedLibrary.bytes(3, ""));
        SharedLibrary.write(second.resolve("libcublas.so.12"), "");
        LoaderFolders folders = LoaderFolders.of(first + ":" + second, List.of(), folder.resolve("none"), List.of());
        assertThat(library(CudaLibraries.find(LINKED, folders), "libcublas.so.12")
                        .file())
                .isEqualTo(second.resolve("libcublas.so.12"));
    }

    @Test
    void foldersComeInTheLoadersOrder() throws IOException {
        for (String name : List.of("a", "b", "c", "d", "conf.d")) {
            Files.createDirectory(folder.resolve(name));
        }
        Path configuration = Files.writeString(
                folder.resolve("ld.so.conf"),
                "# " + folder.resolve("a") + "\ninclude conf.d/*.conf\ninclude ld.so.conf\n");
        Files.writeString(folder.resolve("conf.d/2.conf"), folder.resolve("d") + "\n");
        Files.writeString(
                folder.resolve("conf.d/1.conf"), folder.resolve("c") + " # of CUDA\n" + folder.resolve("none"));
        LoaderFolders folders = LoaderFolders.of(
                folder.resolve("a") + ":", List.of(folder.resolve("b")), configuration, List.of(folder.resolve("c")));

        assertThat(folders.searched())
                .startsWith(
                        folder.resolve("a"),
                        Path.of("").toAbsolutePath(),
                        folder.resolve("b"),
                        folder.resolve("c"),
                        folder.resolve("d"))
                .doesNotContain(folder.resolve("none"));
        assertThat(folders.usual()).isEmpty();
    }

    private static CudaLibrary library(CudaLibraries libraries, String name) {
        return libraries.libraries().stream()
                .filter(library -> library.name().equals(name))
                .findFirst()
                .orElseThrow();
    }
}
