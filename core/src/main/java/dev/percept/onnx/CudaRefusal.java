package dev.percept.onnx;

import ai.onnxruntime.OrtException;
import dev.percept.onnx.CudaLibrary.State;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Why the CUDA provider could not be had, and what to do about it. */
final class CudaRefusal {
    private static final Pattern NOT_OPENED =
            Pattern.compile("(lib[\\w+.-]+): cannot open shared object file: No such file");
    private static final Pattern LOADER =
            Pattern.compile("Failed to load library (.*?) with error: (.*)", Pattern.DOTALL);
    private static final String TENSORRT = "onnxruntime_providers_tensorrt";
    private static final Pattern OF_TENSORRT = Pattern.compile("libnv(?:infer|onnxparser)\\w*\\.so\\.(\\d+)");
    private static final Pattern NOT_FOUND = Pattern.compile("Failed to find (CUDA|TensorRT) shared provider");
    private static final Pattern INDEX = Pattern.compile("Invalid device ID: \\d+, must be between 0 .* and (\\d+) ");

    private final CudaLibraries libraries;
    private final int index;

    CudaRefusal(CudaLibraries libraries, int index) {
        this.libraries = libraries;
        this.index = index;
    }

    /** What ONNX Runtime's refusal means, or null if it isn't known to be the machine's fault. */
    @Nullable
    Obstacle known(OrtException e) {
        String message = String.valueOf(e.getMessage());
        if (message.contains("was not compiled with CUDA support")) {
            return new Obstacle(
                    "the Java library among its natives (libonnxruntime4j_jni) was built without CUDA",
                    "take that library from the package onnxruntime_gpu");
        }
        // Java looks into the folder that was named, and ONNX Runtime into the one that links there lead to.
        Matcher notFound = NOT_FOUND.matcher(message);
        if (notFound.find()) {
            boolean tensorRt = notFound.group(1).equals("TensorRT");
            return new Obstacle(
                    (tensorRt ? "lib" + TENSORRT + ".so" : CudaLibraries.PROVIDER) + " isn't among its natives",
                    tensorRt
                            ? "give a folder of natives that has it, or leave --tensorrt out"
                            : "give another folder of natives with --native-dir or PERCEPT_NATIVE_DIR");
        }
        Matcher loader = LOADER.matcher(message);
        if (loader.find()) {
            return notLoaded(loader.group(1).contains(TENSORRT), loader.group(2));
        }
        Matcher indexes = INDEX.matcher(message);
        if (indexes.find()) {
            return noSuchGpu(Integer.parseInt(indexes.group(1)));
        }
        CudaError error = CudaError.in(message);
        if (error != null && error.name().startsWith("CUDNN_STATUS_SUBLIBRARY_")) {
            return new Obstacle(
                    "the libraries of cuDNN are of different versions",
                    "leave one installation of cuDNN in LD_LIBRARY_PATH");
        }
        return switch (CudaFailure.of(e)) {
            case OUT_OF_MEMORY ->
                new Obstacle(
                        "the memory of GPU " + index + " is too small for the model, or in use",
                        "see what else uses it: nvidia-smi");
            case DEVICE_LOST, UNCLEAR, OTHER -> error == null ? null : refused(error);
        };
    }

    /** An obstacle for what isn't known. */
    static Obstacle unknown(OrtException e) {
        return new Obstacle("CUDA refused: " + CudaError.brief(e), "see: percept doctor");
    }

    /** What must be said before CUDA is tried, or null. */
    @Nullable
    Obstacle beforehand() {
        String defect = libraries.defect();
        if (defect != null) {
            return new Obstacle(
                    CudaLibraries.PROVIDER + " among its natives can't be loaded: " + defect,
                    "give another folder of natives with --native-dir or PERCEPT_NATIVE_DIR");
        }
        return libraries.cudnnIncomplete() && !loaded("libcudnn_graph") ? lacking(libraries.lacking()) : null;
    }

    /**
     * What must be said where ONNX Runtime took CUDA, or null: without cuDNN it does take it, and fails in the first convolution.
     * The search may miss what the loader finds, so a convolution has the last word.
     */
    @Nullable
    Obstacle afterwards() {
        List<CudaLibrary> cudnn = libraries.lacking().stream()
                .filter(library -> library.name().startsWith("libcudnn"))
                .toList();
        return cudnn.isEmpty() || loaded("libcudnn") || CudnnProbe.works(new Execution(index, null))
                ? null
                : lacking(cudnn);
    }

    /** Whether this process has a library; true where that can't be told. */
    private static boolean loaded(String name) {
        try (Stream<String> maps = Files.lines(Path.of("/proc/self/maps"), StandardCharsets.ISO_8859_1)) {
            return maps.anyMatch(line -> line.contains("/" + name));
        } catch (IOException | UncheckedIOException e) {
            return true;
        }
    }

    private Obstacle lacking(List<CudaLibrary> lacking) {
        Set<String> said = new LinkedHashSet<>();
        for (CudaLibrary library : lacking) {
            if (library.state() == State.OTHER_VERSION && library.file() != null) {
                said.add(library.file().getFileName() + " is there, but " + library.name() + " is needed");
            } else if (library.state() == State.DEFECTIVE) {
                said.add(library.name() + " can't be loaded: " + library.detail());
            } else if (library.state() == State.UNREACHABLE) {
                said.add(library.name() + " is there, but not where the loader looks");
            }
        }
        List<String> missing = lacking.stream()
                .filter(library -> library.state() == State.MISSING)
                .map(CudaLibrary::name)
                .toList();
        if (!missing.isEmpty()) {
            said.add(names(missing) + (missing.size() == 1 ? " was not found" : " were not found"));
        }
        return new Obstacle(forCuda() + String.join("; ", said), remedy(lacking));
    }

    private static String names(List<String> missing) {
        boolean allOfCudnn = missing.contains("libcudnn.so.9");
        return missing.stream()
                .filter(name -> !allOfCudnn || !name.startsWith("libcudnn_"))
                .map(name -> name.equals(CudaLibraries.DRIVER) ? name + " (the NVIDIA driver's)" : name)
                .collect(Collectors.joining(", "));
    }

    private String forCuda() {
        return libraries.cuda() > 0 ? "this ONNX Runtime needs CUDA " + libraries.cuda() + ", and " : "";
    }

    private String remedy(List<CudaLibrary> lacking) {
        String cuda = libraries.cuda() > 0 ? "CUDA " + libraries.cuda() : "CUDA";
        boolean driver = lacking.stream().anyMatch(library -> library.name().equals(CudaLibraries.DRIVER));
        if (driver && lacking.size() == 1) {
            return "install the NVIDIA driver" + forDriver() + "; in a container, start it with --gpus all";
        }
        if (lacking.stream().allMatch(library -> library.state() == State.UNREACHABLE)) {
            return "name its folder in LD_LIBRARY_PATH; percept doctor says which";
        }
        Set<String> install = new LinkedHashSet<>();
        if (driver) {
            install.add("the NVIDIA driver" + forDriver());
        }
        for (CudaLibrary library : lacking) {
            if (!library.name().equals(CudaLibraries.DRIVER)) {
                install.add(library.name().startsWith("libcudnn") ? "cuDNN 9 for " + cuda : cuda);
            }
        }
        boolean other = lacking.stream().anyMatch(library -> library.state() == State.OTHER_VERSION);
        return "install " + String.join(", ", install) + " and name the folders in LD_LIBRARY_PATH"
                + (other ? ", or give natives for the CUDA that is there with --native-dir or PERCEPT_NATIVE_DIR" : "");
    }

    private String forDriver() {
        int oldest = NvidiaDriver.oldestFor(libraries.cuda());
        return oldest > 0 ? " (" + oldest + " or newer)" : "";
    }

    private Obstacle notLoaded(boolean tensorRt, String said) {
        List<CudaLibrary> lacking = libraries.lacking();
        Matcher missing = NOT_OPENED.matcher(said);
        if (missing.find()) {
            String name = missing.group(1);
            Matcher ofTensorRt = OF_TENSORRT.matcher(name);
            if (ofTensorRt.matches()) {
                String needed = "TensorRT " + ofTensorRt.group(1);
                return new Obstacle(
                        needed + " is needed for --tensorrt, and " + name + " was not found",
                        "install " + needed + " and name its folder in LD_LIBRARY_PATH, or leave --tensorrt out");
            }
            // The loader names the first only, and is right where the search is not.
            if (lacking.stream().noneMatch(library -> library.name().equals(name))) {
                return new Obstacle(
                        forCuda() + name + " was not found by the loader",
                        "install it and name its folder in LD_LIBRARY_PATH");
            }
            return lacking(lacking);
        }
        if (!lacking.isEmpty()) {
            return lacking(lacking);
        }
        return new Obstacle(
                "its " + (tensorRt ? "TensorRT" : "CUDA") + " provider can't be loaded: "
                        + CudaError.withoutPaths(said),
                "see what percept doctor says of the CUDA libraries" + (tensorRt ? ", or leave --tensorrt out" : ""));
    }

    private Obstacle noSuchGpu(int count) {
        return count == 0
                ? refused(new CudaError("CUDA", 100, "no CUDA-capable device is detected"))
                : new Obstacle(
                        "there is no GPU " + index + ": this machine has " + count + ", counted from 0",
                        "use --device cuda:N with N below " + count);
    }

    private Obstacle refused(CudaError error) {
        String said = " (" + error + ")";
        if (error.isCuda(34)) {
            return new Obstacle(
                    "the libcuda.so.1 that was found is a stub and not the driver" + said,
                    "take the folder 'stubs' out of LD_LIBRARY_PATH");
        }
        if (error.isCuda(35, 36, 804)) {
            int oldest = NvidiaDriver.oldestFor(libraries.cuda());
            return new Obstacle(
                    "the NVIDIA driver is too old for CUDA " + (libraries.cuda() > 0 ? libraries.cuda() : "") + said,
                    "install driver " + (oldest > 0 ? oldest + " or newer" : "of a newer version")
                            + ", or natives for an older CUDA");
        }
        if (error.isCuda(100)) {
            return new Obstacle(
                    "no GPU is visible to CUDA" + said,
                    "see nvidia-smi and CUDA_VISIBLE_DEVICES; in a container, start it with --gpus all");
        }
        if (error.isCuda(101)) {
            return new Obstacle(
                    "there is no GPU " + index + said, "use --device cuda:N with a lower N; see nvidia-smi");
        }
        if (error.isCuda(46, 216)) {
            return new Obstacle(
                    "GPU " + index + " is busy or in an exclusive mode" + said, "see what else uses it: nvidia-smi");
        }
        if (error.isCuda(209, 218, 221, 222)) {
            return new Obstacle(
                    "this ONNX Runtime has no code for GPU " + index + said,
                    "use natives of another version with --native-dir or PERCEPT_NATIVE_DIR");
        }
        return new Obstacle(
                "CUDA does not work on GPU " + index + said,
                "see whether nvidia-smi works; after an update of the driver, restart the machine");
    }
}
