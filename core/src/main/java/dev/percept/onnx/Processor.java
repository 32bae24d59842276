package dev.percept.onnx;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.Reader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Which processor this is, as far as ONNX Runtime may choose what it runs by it. */
final class Processor {
    /** What differs from core to core, or from moment to moment, is not among it. */
    private static final Set<String> TELLING = Set.of(
            "vendor_id",
            "cpu family",
            "model",
            "model name",
            "stepping",
            "flags",
            "Features",
            "CPU implementer",
            "CPU architecture",
            "CPU variant",
            "CPU part",
            "CPU revision");

    private static final @Nullable String DESCRIPTION = read();

    private Processor() {}

    /** In one line: operating system, architecture, model and features; or null where the system doesn't say them in a file or variable. */
    static @Nullable String description() {
        return DESCRIPTION;
    }

    private static @Nullable String read() {
        String system = System.getProperty("os.name", "") + ' ' + System.getProperty("os.arch", "");
        String windows = System.getenv("PROCESSOR_IDENTIFIER");
        if (windows != null) {
            return system + ' ' + windows;
        }
        try (Reader in = Files.newBufferedReader(Path.of("/proc/cpuinfo"))) {
            String linux = ofCpuinfo(in);
            return linux.isEmpty() ? null : system + linux;
        } catch (IOException e) {
            return null;
        }
    }

    /** What Linux says of the first core: reading of all of them takes long where there are many. */
    static String ofCpuinfo(Reader cpuinfo) throws IOException {
        StringBuilder found = new StringBuilder();
        BufferedReader lines = new BufferedReader(cpuinfo);
        String line = lines.readLine();
        while (line != null && !line.isBlank()) {
            int colon = line.indexOf(':');
            if (colon > 0 && TELLING.contains(line.substring(0, colon).strip())) {
                found.append("; ").append(line.substring(colon + 1).strip());
            }
            line = lines.readLine();
        }
        return found.toString();
    }
}
