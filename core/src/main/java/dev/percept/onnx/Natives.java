package dev.percept.onnx;

import ai.onnxruntime.OrtEnvironment;
import dev.percept.DeviceException;
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
    /** The CPU's natives may go into the temp folder at every start, as ONNX Runtime does by itself; CUDA's may not. */
    private static final long MOST_AT_EVERY_START = 100_000_000;

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
     * @param given a folder that wins over any other, or null
     * @param cache the user's cache folder
     */
    static Natives prepare(@Nullable Path given, Path cache) {
        String property = System.getProperty(PATH_PROPERTY);
        String variable = System.getenv(ENVIRONMENT_VARIABLE);
        Natives natives;
        if (given != null) {
            natives = given(given, "set by --native-dir (NativeLibraries.setFolder)");
        } else if (property != null && !property.isBlank()) {
            natives = given(Path.of(property), "set by -D" + PATH_PROPERTY);
        } else if (variable != null && !variable.isBlank()) {
            natives = given(Path.of(variable), "set by " + ENVIRONMENT_VARIABLE);
        } else {
            natives = unpack(cache);
        }
        if (natives.folder != null) {
            System.setProperty(PATH_PROPERTY, natives.folder.toString());
        } else {
            // To ONNX Runtime, an empty one names a folder.
            System.clearProperty(PATH_PROPERTY);
        }
        return natives;
    }

    /** A folder of the user's, looked into here because the JVM's own message names no remedy. */
    static Natives given(Path folder, String note) {
        Path absolute = folder.toAbsolutePath();
        String remedy = "check that folder, which was " + note;
        if (!Files.isDirectory(absolute)) {
            throw new DeviceException(
                    absolute.toString(),
                    Files.exists(absolute) ? "it isn't a folder of native libraries" : "there is no such folder",
                    remedy);
        }
        if (!Files.isReadable(absolute) || !Files.isExecutable(absolute)) {
            throw new DeviceException(absolute.toString(), "the folder of native libraries can't be read", remedy);
        }
        for (String library : LIBRARIES.subList(0, 2)) {
            String defect = defect(absolute.resolve(fileName(library, platform())));
            if (defect != null) {
                throw new DeviceException(absolute.toString(), fileName(library, platform()) + " " + defect, remedy);
            }
        }
        Natives natives = new Natives(absolute, note);
        Path providers = natives.providers();
        String shared = fileName("onnxruntime_providers_shared", platform());
        if (providers != null && Files.exists(providers.resolve(fileName("onnxruntime_providers_cuda", platform())))) {
            String defect = defect(providers.resolve(shared));
            if (defect != null) {
                throw new DeviceException(providers.toString(), shared + " " + defect, remedy);
            }
        }
        return natives;
    }

    /**
     * Where ONNX Runtime looks for its providers, or null if it unpacks them itself: beside its own library. Java resolves links
     * before it loads a library, so that is not always the folder that was named.
     */
    @Nullable
    Path providers() {
        if (folder == null) {
            return null;
        }
        try {
            return folder.resolve(fileName("onnxruntime", platform()))
                    .toRealPath()
                    .getParent();
        } catch (IOException e) {
            return folder;
        }
    }

    private static @Nullable String defect(Path library) {
        if (!Files.exists(library)) {
            return "isn't in it, and ONNX Runtime needs it";
        }
        String defect = platform().startsWith("linux") ? ElfFile.defect(library) : null;
        return defect == null ? null : "can't be loaded: " + defect;
    }

    /**
     * Unpacks into a cache folder, unless that was done before.
     *
     * @throws DeviceException if that can't be done, and they are too large to be unpacked at every start
     */
    static Natives unpack(Path cache) {
        return unpack(cache, MOST_AT_EVERY_START);
    }

    static Natives unpack(Path cache, long mostAtEveryStart) {
        String platform = platform();
        Path parent = cache.resolve("natives");
        Map<String, Long> sizes = new TreeMap<>();
        try {
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
            if (total(sizes) > mostAtEveryStart) {
                throw new DeviceException(
                        parent.toString(),
                        "ONNX Runtime's native libraries (" + megabytes(total(sizes)) + ") can't be unpacked there: "
                                + PerceptException.reason(e),
                        "set PERCEPT_CACHE to a folder that can be written to and has room for them",
                        e);
            }
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
            requireRoom(parent, total(sizes));
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

    static void requireRoom(Path folder, long bytes) throws IOException {
        long usable = Files.getFileStore(folder).getUsableSpace();
        if (usable < bytes) {
            throw new IOException(megabytes(bytes) + " are needed and " + megabytes(usable) + " are free");
        }
    }

    private static long total(Map<String, Long> sizes) {
        return sizes.values().stream().mapToLong(Long::longValue).sum();
    }

    private static String megabytes(long bytes) {
        return bytes / 1_000_000 + 1 + " MB";
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

    /** Deletes a folder with all that is in it, if it is there. */
    static void deleteAll(Path folder) throws IOException {
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
