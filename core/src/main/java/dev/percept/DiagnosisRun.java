package dev.percept;

import dev.percept.onnx.Natives;
import dev.percept.onnx.NativesVersion;
import dev.percept.onnx.NvidiaDriver;
import dev.percept.onnx.OnnxRuntime;
import java.awt.image.BufferedImage;
import java.nio.charset.Charset;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** Collects the findings of one {@link Diagnosis}. */
final class DiagnosisRun {
    private static final String RUNTIME = "ONNX Runtime";

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
        findings.addAll(new GpuFindings(NvidiaDriver.find(), () -> scores("GPU", new Device.Cuda(0), "see docs/gpu.md"))
                .of(runtime));
        defaultModel();
        boolean scores = false;
        if (runtime != null) {
            Diagnosis.Finding onCpu = scores("CPU", Device.CPU, "repair the installation");
            findings.add(onCpu);
            scores = !onCpu.problem();
        }
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
            findings.add(version(runtime.version(), NativesVersion.ofClasses()));
            fact("Natives", (natives.folder() == null ? "" : natives.folder() + ", ") + natives.note());
            fact("Providers", String.join(", ", runtime.providers()));
            return runtime;
        } catch (DeviceException e) {
            findings.add(notLoaded(e));
            return null;
        }
    }

    /** That ONNX Runtime was loaded; of another version than its classes, it may lack what they ask for. */
    static Diagnosis.Finding version(String ofNatives, @Nullable String ofClasses) {
        return ofClasses == null || ofClasses.equals(ofNatives)
                ? Diagnosis.Finding.fact(RUNTIME, ofNatives)
                : new Diagnosis.Finding(
                        RUNTIME,
                        ofNatives + ", but its Java classes are of " + ofClasses,
                        false,
                        "take natives of " + ofClasses);
    }

    /** That it wasn't: the message has its name before it, or a folder's, and the remedy behind it. */
    static Diagnosis.Finding notLoaded(DeviceException e) {
        String message = String.valueOf(e.getMessage());
        String value = message.startsWith(RUNTIME + ": ") ? message.substring(RUNTIME.length() + 2) : message;
        int end = value.indexOf(e.problem()) + e.problem().length();
        return Diagnosis.Finding.problem(
                RUNTIME, value.substring(0, end), value.substring(end).replaceFirst("^; ", ""));
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
    private static Diagnosis.Finding scores(String processor, Device device, String remedy) {
        String name = "Scoring on the " + processor;
        BufferedImage black = new BufferedImage(64, 64, BufferedImage.TYPE_INT_RGB);
        BufferedImage dotted = new BufferedImage(64, 64, BufferedImage.TYPE_INT_RGB);
        dotted.setRGB(32, 32, 0xFFFFFF);
        try (PerceptualLoss loss =
                PerceptualLoss.load(Backbone.embedded(), LossOptions.defaults().withDevice(device))) {
            double same = loss.score(black, black).total();
            double other = loss.score(black, dotted).total();
            if (same == 0 && other > 0) {
                return Diagnosis.Finding.fact(name, "works");
            }
            return Diagnosis.Finding.problem(
                    name,
                    "equal pictures score " + same + ", different ones " + other,
                    "repair the installation, and report this");
        } catch (PerceptException e) {
            return Diagnosis.Finding.problem(name, String.valueOf(e.getMessage()), remedy);
        }
    }
}
