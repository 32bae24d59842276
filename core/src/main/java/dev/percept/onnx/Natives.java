package dev.percept.onnx;

import ai.onnxruntime.OrtEnvironment;
import dev.percept.PerceptException;
import java.io.IOException;
import java.io.InputStream;
import java.net.JarURLConnection;
import java.net.URL;
import java.net.URLConnection;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.stream.Stream;
import java.util.zip.CRC32;
import org.jspecify.annotations.Nullable;

/**
 * Where ONNX Runtime's native libraries are loaded from.
 *
 * <p>By itself ONNX Runtime unpacks them from its jar into the temp folder at every start (583 MB for CUDA). Percept
 * unpacks them once into a folder named after their content, and points ONNX Runtime there.
 *
 * @param folder that holds the libraries, or null if ONNX Runtime unpacks them itself
 * @param note why that folder was taken, for {@code doctor}
 */
public record Natives(@Nullable Path folder, String note) {
    /** ONNX Runtime's own property for a folder of natives; a user's setting is respected. */
    public static final String PATH_PROPERTY = "onnxruntime.native.path";

    private static final String ENVIRONMENT_VARIABLE = "PERCEPT_NATIVE_DIR";
    private static final List<String> LIBRARIES = List.of(
            "onnxruntime",
            "onnxruntime4j_jni",
            "onnxruntime_providers_shared",
            "onnxruntime_providers_cuda",
            "onnxruntime_providers_tensorrt");

    /**
     * Decides on the folder, unpacks into it if that has not been done, and sets {@link #PATH_PROPERTY}. To be called
     * before ONNX Runtime's classes are initialised.
     *
     * @param cache the user's cache folder
     */
    static Natives prepare(Path cache) {
        String property = System.getProperty(PATH_PROPERTY);
        if (property != null) {
            return new Natives(Path.of(property), "set by -D" + PATH_PROPERTY);
        }
        String variable = System.getenv(ENVIRONMENT_VARIABLE);
        if (variable != null && !variable.isBlank()) {
            System.setProperty(PATH_PROPERTY, Path.of(variable).toAbsolutePath().toString());
            return new Natives(Path.of(variable), "set by " + ENVIRONMENT_VARIABLE);
        }
        Natives unpacked = unpack(cache);
        if (unpacked.folder != null) {
            System.setProperty(PATH_PROPERTY, unpacked.folder.toString());
        }
        return unpacked;
    }

    /** Unpacks into a cache folder, unless that was done before. */
    static Natives unpack(Path cache) {
        String platform = platform();
        Path parent = cache.resolve("natives");
        try {
            Map<String, Long> sizes = new TreeMap<>();
            CRC32 content = new CRC32();
            for (String library : LIBRARIES) {
                String file = fileName(library, platform);
                URL resource = OrtEnvironment.class.getResource(inJar(platform, file));
                if (resource != null) {
                    URLConnection connection = resource.openConnection();
                    long size = connection.getContentLengthLong();
                    long crc = connection instanceof JarURLConnection jar
                            ? jar.getJarEntry().getCrc()
                            : connection.getLastModified();
                    sizes.put(file, size);
                    content.update((file + " " + size + " " + crc + "\n").getBytes(StandardCharsets.UTF_8));
                }
            }
            if (sizes.isEmpty()) {
                throw new IOException("ONNX Runtime's jar has no libraries for " + platform);
            }
            // Named after the content: the version isn't known to classes on the module path or in a shaded jar.
            Path folder = parent.resolve(
                    "onnxruntime-" + platform + "-" + HexFormat.of().toHexDigits((int) content.getValue()));
            return new Natives(folder, unpackOnce(cache, folder, platform, sizes) ? "unpacked now" : "unpacked before");
        } catch (IOException e) {
            return new Natives(
                    null,
                    "unpacked into the temp folder at every start, because " + parent + " can't be used: "
                            + PerceptException.reason(e));
        }
    }

    /**
     * Unpacks all libraries of this platform beside the folder, then moves them there in one step: a process that is killed leaves
     * no half of them. One process and one thread at a time does so. Returns whether there was anything to do.
     */
    private static synchronized boolean unpackOnce(Path cache, Path folder, String platform, Map<String, Long> sizes)
            throws IOException {
        if (isWhole(folder, sizes)) {
            return false;
        }
        Path parent = Files.createDirectories(cache.resolve("natives"));
        Path lockFile = cache.resolve("natives.lock");
        try (FileChannel channel = FileChannel.open(lockFile, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
                FileLock lock = channel.lock()) {
            if (!lock.isValid()) {
                throw new IOException(lockFile + " can't be locked");
            }
            if (isWhole(folder, sizes)) {
                return false;
            }
            // What is left of a process that was killed here, or of a folder that somebody has deleted files from.
            deleteAll(folder);
            Path beside = parent.resolve(folder.getFileName() + ".part");
            deleteAll(beside);
            try {
                Files.createDirectory(beside);
                for (String file : sizes.keySet()) {
                    try (InputStream in = OrtEnvironment.class.getResourceAsStream(inJar(platform, file))) {
                        Files.copy(Objects.requireNonNull(in, file), beside.resolve(file));
                    }
                }
                Files.move(beside, folder, StandardCopyOption.ATOMIC_MOVE);
            } finally {
                // Where the disk was full, it must not stay so.
                deleteAll(beside);
            }
            return true;
        }
    }

    private static String inJar(String platform, String file) {
        return "/ai/onnxruntime/native/" + platform + "/" + file;
    }

    private static boolean isWhole(Path folder, Map<String, Long> sizes) throws IOException {
        for (Map.Entry<String, Long> library : sizes.entrySet()) {
            Path file = folder.resolve(library.getKey());
            if (!Files.isRegularFile(file) || Files.size(file) != library.getValue()) {
                return false;
            }
        }
        return true;
    }

    private static void deleteAll(Path folder) throws IOException {
        if (!Files.exists(folder)) {
            return;
        }
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(file);
            }
        }
    }

    /** The platform as ONNX Runtime names it in its jar, such as {@code linux-x64}. */
    static String platform() {
        String os = System.getProperty("os.name", "").toLowerCase(Locale.ROOT);
        String arch = System.getProperty("os.arch", "").toLowerCase(Locale.ROOT);
        String system = os.contains("mac") || os.contains("darwin") ? "osx" : os.contains("win") ? "win" : "linux";
        return system + "-" + (arch.equals("amd64") || arch.equals("x86_64") ? "x64" : arch);
    }

    private static String fileName(String library, String platform) {
        if (platform.startsWith("win")) {
            return library + ".dll";
        }
        return "lib" + library + (platform.startsWith("osx") ? ".dylib" : ".so");
    }
}
