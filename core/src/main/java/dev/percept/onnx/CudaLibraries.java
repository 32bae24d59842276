package dev.percept.onnx;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The libraries that ONNX Runtime's CUDA provider needs, and where they were found.
 *
 * <p>What it needs is read from the provider itself, so that it is right for natives of any CUDA version.
 *
 * @param cuda major version of CUDA that the provider was built for, or 0 if it doesn't say
 * @param libraries what it needs, the driver's first
 * @param searched the folders that the loader looks into
 * @param defect why the provider itself can't be loaded, or null
 */
public record CudaLibraries(
        int cuda,
        List<CudaLibrary> libraries,
        List<Path> searched,
        @Nullable String defect) {
    /** The driver's library. */
    public static final String DRIVER = "libcuda.so.1";

    static final String PROVIDER = "libonnxruntime_providers_cuda.so";

    private static final Pattern RUNTIME = Pattern.compile("libcudart\\.so\\.(\\d+)");
    private static final Pattern SYSTEM =
            Pattern.compile("(libc|libm|libdl|librt|libpthread|libstdc\\+\\+|libgcc_s|ld-linux.*)\\.so.*");
    /**
     * cuDNN is opened by name, so it isn't among what the provider is linked to. Its first library opens the others, and ends the
     * process where it can't.
     */
    private static final List<String> CUDNN = List.of(
            "libcudnn.so.9",
            "libcudnn_graph.so.9",
            "libcudnn_ops.so.9",
            "libcudnn_cnn.so.9",
            "libcudnn_heuristic.so.9",
            "libcudnn_engines_precompiled.so.9",
            "libcudnn_engines_runtime_compiled.so.9");

    /** Looks for what the natives in use need. Finds nothing to look for where they have no CUDA provider, or off Linux. */
    public static CudaLibraries find(Natives natives) {
        Path folder = natives.providers();
        if (folder == null || !Natives.platform().startsWith("linux")) {
            return new CudaLibraries(0, List.of(), List.of(), null);
        }
        return find(folder);
    }

    static CudaLibraries find(Path natives) {
        Path provider = natives.resolve(PROVIDER);
        if (!Files.exists(provider)) {
            return new CudaLibraries(0, List.of(), List.of(), "it isn't there");
        }
        try {
            ElfFile file = ElfFile.read(provider);
            return file.defect() == null
                    ? find(file.needed(), LoaderFolders.of(file.searched()))
                    : new CudaLibraries(0, List.of(), List.of(), file.defect());
        } catch (IOException e) {
            return new CudaLibraries(0, List.of(), List.of(), ElfFile.reason(e));
        }
    }

    static CudaLibraries find(List<String> linked, LoaderFolders folders) {
        int cuda = 0;
        Set<String> names = new LinkedHashSet<>(List.of(DRIVER));
        for (String name : linked) {
            Matcher runtime = RUNTIME.matcher(name);
            if (runtime.matches()) {
                cuda = Integer.parseInt(runtime.group(1));
            }
            if (!SYSTEM.matcher(name).matches()) {
                names.add(name);
            }
        }
        if (names.stream().noneMatch(name -> name.startsWith("libcudnn"))) {
            names.addAll(CUDNN);
        }
        List<CudaLibrary> libraries =
                names.stream().map(name -> CudaLibrary.find(name, folders)).toList();
        if (libraries.stream().anyMatch(library -> library.state() == CudaLibrary.State.MISSING)) {
            List<Path> files = folders.files("lib{cu,nv}*.so.*");
            libraries = libraries.stream().map(library -> library.among(files)).toList();
        }
        return new CudaLibraries(cuda, libraries, folders.searched(), null);
    }

    /** What can't be loaded. */
    public List<CudaLibrary> lacking() {
        return libraries.stream().filter(library -> !library.found()).toList();
    }

    /** Whether the driver's library is there: in WSL, it is all that there is of a driver. */
    public boolean driverFound() {
        return libraries.stream().anyMatch(library -> library.name().equals(DRIVER) && library.found());
    }

    /** Whether cuDNN's first library is there and others of it aren't: trying it would end the process. */
    boolean cudnnIncomplete() {
        return libraries.stream().anyMatch(library -> library.name().equals(CUDNN.get(0)) && library.found())
                && lacking().stream().anyMatch(library -> library.name().startsWith("libcudnn_"));
    }
}
