package dev.percept;

import dev.percept.Diagnosis.Finding;
import dev.percept.onnx.CudaLibraries;
import dev.percept.onnx.CudaLibrary;
import dev.percept.onnx.NvidiaDriver;
import dev.percept.onnx.OnnxRuntime;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The part of a {@link Diagnosis} about the GPU. What is wrong is a problem only where there is a driver: without one, nobody
 * expects a GPU to work.
 */
final class GpuFindings {
    private static final String CUDA = "CUDAExecutionProvider";

    private final @Nullable NvidiaDriver driver;
    private final Supplier<Finding> scoring;
    private final List<Finding> findings = new ArrayList<>();
    private boolean expected;

    /**
     * @param driver of this machine, or null
     * @param scoring tries to score on the GPU
     */
    GpuFindings(@Nullable NvidiaDriver driver, Supplier<Finding> scoring) {
        this.driver = driver;
        this.scoring = scoring;
    }

    List<Finding> of(@Nullable OnnxRuntime runtime) {
        if (runtime == null) {
            add("NVIDIA driver", driver == null ? "none" : driver.description(), false, null);
            add("CUDA libraries", "not looked for, because ONNX Runtime could not be loaded", false, null);
            return findings;
        }
        if (!runtime.providers().contains(CUDA)) {
            withoutCuda();
            return findings;
        }
        return of(CudaLibraries.find(runtime.natives()), runtime.natives().note());
    }

    /**
     * @param libraries that the CUDA provider needs
     * @param note why the folder of natives was taken
     */
    List<Finding> of(CudaLibraries libraries, String note) {
        expected = driver != null || libraries.driverFound();
        Finding scored = scoring.get();
        driver(libraries.cuda(), scored.problem());
        libraries(libraries, note);
        add("Scoring on the GPU", scored.value(), scored.problem(), scored.remedy());
        return findings;
    }

    private void withoutCuda() {
        if (driver == null) {
            add("NVIDIA driver", "none, so models run on the CPU", false, null);
        } else {
            add(
                    "NVIDIA driver",
                    driver.description() + "; this ONNX Runtime is built without CUDA",
                    false,
                    "build Percept with -Pcuda to use the GPU, or give a folder of natives for CUDA");
        }
        add("CUDA libraries", "not looked for, because this ONNX Runtime is built without CUDA", false, null);
    }

    private void driver(int cuda, boolean fails) {
        if (driver == null) {
            add(
                    "NVIDIA driver",
                    expected ? "its library only, " + CudaLibraries.DRIVER : "none, so models run on the CPU",
                    false,
                    null);
        } else if (fails && driver.tooOldFor(cuda)) {
            add(
                    "NVIDIA driver",
                    driver.description() + "; CUDA " + cuda + " needs " + NvidiaDriver.oldestFor(cuda) + " or newer",
                    true,
                    "install a newer driver, or use natives for an older CUDA");
        } else {
            add("NVIDIA driver", driver.description(), false, null);
        }
    }

    private void libraries(CudaLibraries libraries, String note) {
        if (libraries.defect() != null) {
            // Whoever took natives for CUDA expects them to be whole, with or without a driver.
            findings.add(Finding.problem(
                    "CUDA libraries",
                    "unknown: ONNX Runtime's CUDA provider can't be loaded: " + libraries.defect(),
                    "repair the folder of natives, which was " + note));
            return;
        }
        if (libraries.libraries().isEmpty()) {
            // Not on Linux: only trying tells.
            return;
        }
        List<String> parts = new ArrayList<>();
        Map<Path, String> found = new LinkedHashMap<>();
        for (CudaLibrary library : libraries.libraries()) {
            if (library.state() == CudaLibrary.State.FOUND && library.file() != null) {
                found.merge(
                        library.file().resolveSibling("").normalize(),
                        library.name(),
                        (names, name) -> names + ", " + name);
            }
        }
        found.forEach((folder, names) -> parts.add("found in " + folder + ": " + names));
        libraries.lacking().forEach(library -> parts.add(lack(library)));
        List<Path> searched = libraries.searched();
        add(
                "CUDA libraries",
                (libraries.cuda() > 0 ? "for CUDA " + libraries.cuda() + "; " : "") + String.join("; ", parts)
                        + "; searched "
                        + searched.stream().map(Path::toString).collect(Collectors.joining(":")),
                !libraries.lacking().isEmpty(),
                libraries.lacking().isEmpty()
                        ? null
                        : "install what is missing, and name its folder in LD_LIBRARY_PATH");
    }

    private static String lack(CudaLibrary library) {
        return switch (library.state()) {
            case OTHER_VERSION -> "wrong version of " + library.name() + ": " + library.file();
            case UNREACHABLE -> library.name() + " is where the loader doesn't look: " + library.file();
            case DEFECTIVE -> library.name() + " can't be loaded: " + library.file() + ", " + library.detail();
            case MISSING, FOUND -> "missing " + library.name();
        };
    }

    private void add(String name, String value, boolean problem, @Nullable String remedy) {
        boolean shown = problem && expected;
        findings.add(new Finding(name, value, shown, problem && !shown ? null : remedy));
    }
}
