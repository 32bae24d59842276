package dev.percept.onnx;

import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtLoggingLevel;
import ai.onnxruntime.OrtProvider;
import dev.percept.DeviceException;
import dev.percept.PerceptException;
import dev.percept.PerceptHome;
import java.io.IOException;
import java.lang.reflect.Field;
import java.lang.reflect.Method;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/** ONNX Runtime itself: loaded once per JVM, on first use, and never closed. Thread-safe. */
public final class OnnxRuntime {
    private static final int LOADING_SECONDS = 2;

    /** Held while the native libraries are loaded. */
    private static final ReentrantLock LOADING = new ReentrantLock();

    private static @Nullable OnnxRuntime instance;
    /** Why it can't be loaded: Java doesn't initialise a class a second time. */
    private static @Nullable Failure failure;

    private static @Nullable Path givenFolder;

    private final OrtEnvironment environment;
    private final Natives natives;

    private OnnxRuntime(OrtEnvironment environment, Natives natives) {
        this.environment = environment;
        this.natives = natives;
    }

    /**
     * The runtime; the first call loads the native libraries.
     *
     * @throws DeviceException if they can't be loaded
     */
    public static synchronized OnnxRuntime get() {
        OnnxRuntime known = instance;
        if (known == null) {
            if (failure != null) {
                throw failure.exception();
            }
            Natives natives = Natives.prepare(givenFolder, PerceptHome.ofUser().cache());
            try {
                known = load(natives);
            } catch (LinkageError | RuntimeException e) {
                failure = Failure.of(e, natives);
                throw failure.exception();
            }
            instance = known;
        }
        return known;
    }

    /**
     * Takes the native libraries from a folder, whatever the environment says.
     *
     * @throws IllegalStateException if they have been loaded, or loading them was tried
     */
    public static synchronized void setNativesFolder(Path folder) {
        if (instance != null || failure != null) {
            throw new IllegalStateException(
                    "ONNX Runtime has been loaded: set the folder of its native libraries before"
                            + " the first model is loaded");
        }
        givenFolder = folder.toAbsolutePath();
    }

    /** See {@link dev.percept.NativeLibraries#halt}. */
    public static void halt(int code) {
        try {
            // Never given back: nothing may be loaded any more.
            LOADING.tryLock(LOADING_SECONDS, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        Runtime.getRuntime().halt(code);
    }

    private static OnnxRuntime load(Natives natives) {
        LOADING.lock();
        try {
            OrtEnvironment environment =
                    OrtEnvironment.getEnvironment(OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL, "percept");
            keepForEver();
            return new OnnxRuntime(environment, natives);
        } finally {
            LoadingFolder.delete();
            LOADING.unlock();
        }
    }

    private record Failure(String problem, String remedy, Throwable cause) {
        static Failure of(Throwable thrown, Natives natives) {
            Throwable root = thrown;
            while (root.getCause() != null) {
                root = root.getCause();
            }
            String reason = PerceptException.reason(root);
            if (root instanceof IOException) {
                // Wherever its libraries lie, it makes a folder of its own there, and leaves it empty.
                return new Failure(
                        "it can't make a folder in the temp folder " + System.getProperty("java.io.tmpdir") + ": "
                                + reason,
                        "make that writable, or name another with -Djava.io.tmpdir=FOLDER (in PERCEPT_JAVA_OPTS)",
                        thrown);
            }
            boolean given = natives.note().startsWith("set by");
            String from = natives.folder() == null
                    ? "the temp folder"
                    : natives.folder().toString();
            // "version `VERS_1.28.0' not found": the Java binding's library belongs to another version than the other
            // one.
            return reason.contains("`VERS_")
                    ? new Failure(
                            "the libraries in " + from + " are of different versions of ONNX Runtime",
                            "take all of them from one version" + (given ? "; the folder was " + natives.note() : ""),
                            thrown)
                    : new Failure(
                            "its native library for " + Natives.platform() + " can't be loaded from " + from + ": "
                                    + reason,
                            given
                                    ? "check that folder, which was " + natives.note()
                                    : "set PERCEPT_CACHE to a folder that allows programs to run, or see: percept doctor",
                            thrown);
        }

        DeviceException exception() {
            return new DeviceException("ONNX Runtime", problem, remedy, cause);
        }
    }

    /**
     * Keeps the native environment alive until the process is gone.
     *
     * <p>ONNX Runtime's shutdown hook frees it while other threads may still be inside {@code run} or {@code createSession},
     * and the JVM then dies of SIGSEGV (microsoft/onnxruntime#31352). The hook can't be removed, but the environment is
     * reference-counted: one more reference, never given back, and the hook frees nothing.
     */
    private static void keepForEver() {
        try {
            Object api = internal("ortApiHandle");
            Method create = OrtEnvironment.class.getDeclaredMethod("createHandle", long.class, int.class, String.class);
            create.setAccessible(true);
            Object reference = create.invoke(null, api, OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL.getValue(), "percept");
            if (reference == null) {
                throw new IllegalStateException("no second reference to the environment");
            }
        } catch (ReflectiveOperationException | RuntimeException e) {
            // LauncherIT's terminations fail where this is no longer possible; at run time a rare crash at exit is the
            // lesser evil.
            System.getLogger(OnnxRuntime.class.getName())
                    .log(System.Logger.Level.DEBUG, "ONNX Runtime may be closed while it is still used", e);
        }
    }

    /** A static field of the Java binding that is no API. */
    static @Nullable Object internal(String field) throws ReflectiveOperationException {
        Field internal = Class.forName("ai.onnxruntime.OnnxRuntime").getDeclaredField(field);
        internal.setAccessible(true);
        return internal.get(null);
    }

    OrtEnvironment environment() {
        return environment;
    }

    /** Its version. */
    public String version() {
        return environment.getVersion();
    }

    /** Where its native libraries came from. */
    public Natives natives() {
        return natives;
    }

    /** Execution providers compiled into it, by ONNX Runtime's names, sorted. */
    public Set<String> providers() {
        Set<String> names = new TreeSet<>();
        available().forEach(provider -> names.add(provider.getName()));
        return names;
    }

    static EnumSet<OrtProvider> available() {
        return OrtEnvironment.getAvailableProviders();
    }
}
