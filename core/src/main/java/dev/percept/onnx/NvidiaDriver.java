package dev.percept.onnx;

import dev.percept.PerceptException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * NVIDIA's driver, as Linux's kernel knows it.
 *
 * @param description its version in its own words
 * @param release the first part of its version, such as 580, or 0 if it doesn't say
 */
public record NvidiaDriver(String description, int release) {
    private static final Path VERSION = Path.of("/proc/driver/nvidia/version");
    /** "NVRM version: NVIDIA UNIX x86_64 Kernel Module  535.104.05  Sat Aug 19 …"; the words before it vary. */
    private static final Pattern RELEASE = Pattern.compile("(?<=\\s)(\\d{3,4})\\.\\d");

    /** The driver of this machine, or null if there is none. */
    public static @Nullable NvidiaDriver find() {
        return find(VERSION);
    }

    static @Nullable NvidiaDriver find(Path version) {
        if (!Files.exists(version)) {
            return null;
        }
        try {
            String line = Files.readString(version).lines().findFirst().orElse("");
            Matcher release = RELEASE.matcher(line);
            return new NvidiaDriver(
                    line.isBlank() ? "of unknown version" : line.strip(),
                    release.find() ? Integer.parseInt(release.group(1)) : 0);
        } catch (IOException e) {
            return new NvidiaDriver("of unknown version (" + PerceptException.reason(e) + ")", 0);
        }
    }

    /** Whether it is known to be too old for natives of a CUDA version. */
    public boolean tooOldFor(int cuda) {
        return release > 0 && release < oldestFor(cuda);
    }

    /** The oldest release for a major version of CUDA, or 0 if that isn't known. NVIDIA, CUDA Compatibility, table 1. */
    public static int oldestFor(int cuda) {
        return switch (cuda) {
            case 11 -> 450;
            case 12 -> 525;
            case 13 -> 580;
            default -> 0;
        };
    }
}
