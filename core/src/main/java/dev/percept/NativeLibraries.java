package dev.percept;

import dev.percept.onnx.OnnxRuntime;
import java.nio.file.Path;

/**
 * Where ONNX Runtime's native libraries come from.
 *
 * <p>The first of these that is given decides: the folder set here; the system property {@code onnxruntime.native.path}; the
 * environment variable {@code PERCEPT_NATIVE_DIR}; the libraries in ONNX Runtime's own jar, unpacked once into the
 * {@linkplain PerceptHome#cache() cache}.
 */
public final class NativeLibraries {
    private NativeLibraries() {}

    /**
     * Loads the libraries from a folder. To be called before the first model is loaded: a JVM loads them once and keeps them.
     *
     * <p>The folder is looked into when it is needed; loading a model then throws a {@link DeviceException} if it isn't there or
     * lacks a library.
     *
     * @param folder that holds ONNX Runtime's libraries and those of its Java binding
     * @throws IllegalArgumentException if the path is empty, which Java takes for the current folder
     * @throws IllegalStateException if the libraries have been loaded, or loading them was tried
     */
    public static void setFolder(Path folder) {
        if (folder.toString().isEmpty()) {
            throw new IllegalArgumentException("the path of the folder of native libraries is empty");
        }
        OnnxRuntime.setNativesFolder(folder);
    }

    /**
     * Loads the libraries now, if that has not been done, so that the first model needn't wait for it. Thread-safe.
     *
     * @throws DeviceException if they can't be loaded; loading a model then throws the same
     */
    public static void load() {
        OnnxRuntime.get();
    }

    /**
     * Ends the JVM at once, as {@link Runtime#halt} does, for programs that end on a signal. Only while the libraries are being loaded it waits, for two seconds
     * at most: they would leave a folder in the temp folder behind. Thread-safe; never returns.
     *
     * @param code the exit code
     */
    public static void halt(int code) {
        OnnxRuntime.halt(code);
    }
}
