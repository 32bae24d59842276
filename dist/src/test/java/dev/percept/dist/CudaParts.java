package dev.percept.dist;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * Parts of a GPU's software: natives of ONNX Runtime for CUDA, CUDA's libraries, and stubs in their place. Tests that need what this
 * machine lacks are skipped; in continuous integration, nothing is lacking.
 */
final class CudaParts {
    private CudaParts() {}

    /** ONNX Runtime's natives for a version of CUDA, which the profile gpu-natives makes. */
    static Path natives(int cuda) {
        Path natives = Release.target().resolve("natives-" + cuda).toAbsolutePath();
        assumeTrue(Files.isDirectory(natives), natives + " isn't there: mvn verify -Pgpu-natives makes it");
        return natives;
    }

    /** What the provider of those natives is linked to, apart from the system's and the driver's libraries; and cuDNN. */
    static List<String> libraries(int cuda) {
        List<String> names = new ArrayList<>(
                List.of("libcublasLt.so." + cuda, "libcublas.so." + cuda, "libcudart.so." + cuda, "libcurand.so.10"));
        for (String part : List.of(
                "", "_graph", "_ops", "_cnn", "_heuristic", "_engines_precompiled", "_engines_runtime_compiled")) {
            names.add("libcudnn" + part + ".so.9");
        }
        return names;
    }

    /** A folder with libraries of those names that can be loaded and have nothing in them that CUDA's have. */
    static Path stubs(Path folder, List<String> names) throws IOException {
        Files.createDirectories(folder);
        Path small = natives(13).resolve("libonnxruntime_providers_shared.so");
        for (String name : names) {
            Files.copy(small, folder.resolve(name));
        }
        return folder;
    }

    /** Real libraries of CUDA 13 and cuDNN, as PyTorch's wheels bring them along; as an LD_LIBRARY_PATH. Without cuRAND. */
    static String cuda13() throws IOException {
        Path site = site();
        assumeTrue(
                Files.exists(site.resolve("cu13/lib/libcudart.so.13")),
                site + " has no CUDA 13: the oracle of export-tools brings it along");
        return site.resolve("cu13/lib") + ":" + site.resolve("cudnn/lib");
    }

    private static Path site() throws IOException {
        String given = System.getenv("PERCEPT_TEST_CUDA");
        if (given != null) {
            return Path.of(given);
        }
        Path packages = Release.checkout().resolve("export-tools/target/venv/lib");
        if (!Files.isDirectory(packages)) {
            return packages;
        }
        try (Stream<Path> versions = Files.list(packages)) {
            return versions.map(version -> version.resolve("site-packages/nvidia"))
                    .filter(Files::isDirectory)
                    .findFirst()
                    .orElse(packages);
        }
    }
}
