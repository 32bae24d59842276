package dev.percept;

import dev.percept.onnx.CudaLibraries;
import dev.percept.onnx.Natives;
import dev.percept.onnx.OnnxRuntime;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.charset.Charset;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Collects the findings of one {@link Diagnosis}. */
final class DiagnosisRun {
    private static final Path DRIVER = Path.of("/proc/driver/nvidia/version");
    private static final String CUDA = "CUDAExecutionProvider";

    private final PerceptHome folders;
    private final List<Diagnosis.Finding> findings = new ArrayList<>();

    DiagnosisRun(PerceptHome folders) {
        this.folders = folders;
    }

    Diagnosis run() {
        fact("Percept", Version.percept());
        fact(
                "Java",
                property("java.version") + ", " + property("java.vendor") + ", " + property("java.home") + "; "
                        + Runtime.getRuntime().availableProcessors() + " processors, up to "
                        + (Runtime.getRuntime().maxMemory() >> 20) + " MiB");
        fact("System", property("os.name") + " " + property("os.version") + ", " + property("os.arch"));
        encoding();
        folder("Home", folders.home(), "PERCEPT_HOME");
        folder("Cache", folders.cache(), "PERCEPT_CACHE");
        OnnxRuntime runtime = runtime();
        gpu(runtime == null ? Set.of() : runtime.providers());
        defaultModel();
        boolean scores = runtime != null && scores();
        return new Diagnosis(findings, scores);
    }

    private void fact(String name, String value) {
        findings.add(Diagnosis.Finding.fact(name, value));
    }

    private void problem(String name, String value, String remedy) {
        findings.add(Diagnosis.Finding.problem(name, value, remedy));
    }

    private static String property(String name) {
        return System.getProperty(name, "unknown");
    }

    private void encoding() {
        String names = property("sun.jnu.encoding");
        String value = "file names " + names + ", text " + Charset.defaultCharset();
        if (names.equalsIgnoreCase("UTF-8") || property("os.name").startsWith("Windows")) {
            fact("Encoding", value);
        } else {
            problem(
                    "Encoding",
                    value + ": a file such as grün.png can't be opened",
                    "start Percept by its launcher, or set LC_ALL=C.UTF-8");
        }
    }

    private void folder(String name, Path folder, String variable) {
        Path existing = folder;
        while (existing.getParent() != null && !Files.exists(existing)) {
            existing = existing.getParent();
        }
        boolean there = existing.equals(folder);
        if (!Files.isDirectory(existing) || !Files.isWritable(existing)) {
            problem(
                    name,
                    folder
                            + (there
                                    ? " can't be written to"
                                    : " isn't there, and " + existing + " can't be written to"),
                    "set " + variable + " to a folder that can");
        } else {
            fact(name, folder + (there ? "" : ", not made yet"));
        }
    }

    private @Nullable OnnxRuntime runtime() {
        try {
            OnnxRuntime runtime = OnnxRuntime.get();
            Natives natives = runtime.natives();
            fact("ONNX Runtime", runtime.version());
            fact("Natives", (natives.folder() == null ? "" : natives.folder() + ", ") + natives.note());
            fact("Providers", String.join(", ", runtime.providers()));
            return runtime;
        } catch (DeviceException e) {
            problem("ONNX Runtime", String.valueOf(e.getMessage()), "without it nothing can be scored");
            return null;
        }
    }

    private void gpu(Set<String> providers) {
        boolean forCuda = providers.contains(CUDA);
        CudaLibraries libraries = CudaLibraries.find();
        String driver = driver();
        boolean driverThere = driver != null;
        if (driver == null) {
            fact("NVIDIA driver", "none, so models run on the CPU");
        } else if (forCuda) {
            fact("NVIDIA driver", driver);
        } else {
            findings.add(new Diagnosis.Finding(
                    "NVIDIA driver",
                    driver + "; this ONNX Runtime is built without CUDA",
                    false,
                    "build Percept with -Pcuda to use the GPU"));
        }
        String found = libraries.found().entrySet().stream()
                .map(entry -> entry.getValue().resolve(entry.getKey()).toString())
                .collect(Collectors.joining(", "));
        String missing = String.join(", ", libraries.missing());
        String value =
                (found.isEmpty() ? "none found" : "found " + found) + (missing.isEmpty() ? "" : "; missing " + missing);
        String searched = libraries.searched().stream().map(Path::toString).collect(Collectors.joining(":"));
        if (driverThere && forCuda && !missing.isEmpty()) {
            problem(
                    "CUDA libraries",
                    value + "; searched " + searched,
                    "install CUDA 12 and cuDNN 9, and name their folders in LD_LIBRARY_PATH");
        } else {
            fact("CUDA libraries", value + "; searched " + searched);
        }
    }

    private static @Nullable String driver() {
        try {
            return Files.exists(DRIVER)
                    ? Files.readString(DRIVER).lines().findFirst().orElse("of unknown version")
                    : null;
        } catch (IOException e) {
            return "of unknown version (" + PerceptException.reason(e) + ")";
        }
    }

    private void defaultModel() {
        try {
            Set<String> models = new TreeSet<>(folders.installedModels());
            models.add(Backbone.EMBEDDED);
            fact("Models", String.join(", ", models));
            fact("Default model", Backbone.open(folders.defaultModel(), folders).toString());
        } catch (PerceptException e) {
            problem("Default model", String.valueOf(e.getMessage()), "choose another: percept models default nlpd");
        }
    }

    /** Whether the embedded model answers as it must: 0 for equal pictures, more for others. */
    private boolean scores() {
        BufferedImage black = new BufferedImage(64, 64, BufferedImage.TYPE_INT_RGB);
        BufferedImage dotted = new BufferedImage(64, 64, BufferedImage.TYPE_INT_RGB);
        dotted.setRGB(32, 32, 0xFFFFFF);
        try (PerceptualLoss loss =
                PerceptualLoss.load(Backbone.embedded(), LossOptions.defaults().withDevice(Device.CPU))) {
            double same = loss.score(black, black).total();
            double other = loss.score(black, dotted).total();
            if (same == 0 && other > 0) {
                fact("Scoring on the CPU", "works");
                return true;
            }
            problem(
                    "Scoring on the CPU",
                    "equal pictures score " + same + ", different ones " + other,
                    "repair the installation, and report this");
        } catch (PerceptException e) {
            problem("Scoring on the CPU", String.valueOf(e.getMessage()), "repair the installation");
        }
        return false;
    }
}
