package dev.percept.onnx;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The libraries that ONNX Runtime's CUDA provider loads, and where they were found.
 *
 * @param found folder of each library that is there, by name
 * @param missing names of those that aren't
 * @param searched the folders looked into
 */
public record CudaLibraries(Map<String, Path> found, List<String> missing, List<Path> searched) {
    private static final String DRIVER = "libcuda.so.1";
    /** What Maven's GPU jar (CUDA 12, cuDNN 9) links to. */
    private static final List<String> CUDA_12 =
            List.of("libcudart.so.12", "libcublas.so.12", "libcublasLt.so.12", "libcufft.so.11", "libcudnn.so.9");

    private static final List<String> USUAL_FOLDERS = List.of(
            "/usr/local/cuda/lib64",
            "/usr/local/cuda/targets/x86_64-linux/lib",
            "/usr/lib/x86_64-linux-gnu",
            "/usr/lib64",
            "/usr/lib",
            "/usr/lib/wsl/lib",
            "/usr/local/nvidia/lib64");

    /** Looks for them on {@code LD_LIBRARY_PATH} and in the usual folders of a Linux machine. */
    public static CudaLibraries find() {
        String path = System.getenv().getOrDefault("LD_LIBRARY_PATH", "");
        List<Path> folders = new ArrayList<>();
        for (String folder : path.split(":", -1)) {
            if (!folder.isBlank()) {
                folders.add(Path.of(folder));
            }
        }
        USUAL_FOLDERS.forEach(folder -> folders.add(Path.of(folder)));
        return find(folders);
    }

    /** True on Linux where not even the driver's library is there: nothing else needs to be tried. */
    boolean driverMissing() {
        return Natives.platform().startsWith("linux") && missing.contains(DRIVER);
    }

    static CudaLibraries find(List<Path> folders) {
        List<String> wanted = new ArrayList<>(List.of(DRIVER));
        wanted.addAll(CUDA_12);
        Map<String, Path> found = new LinkedHashMap<>();
        List<String> missing = new ArrayList<>();
        for (String library : wanted) {
            Optional<Path> holder = folders.stream()
                    .filter(folder -> Files.exists(folder.resolve(library)))
                    .findFirst();
            holder.ifPresentOrElse(folder -> found.put(library, folder), () -> missing.add(library));
        }
        return new CudaLibraries(found, List.copyOf(missing), List.copyOf(folders));
    }
}
