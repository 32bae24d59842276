package dev.percept.onnx;

import java.io.IOException;
import java.nio.file.Path;

/**
 * The folder that ONNX Runtime's Java binding makes in the temp folder to load its native libraries, even if it unpacks nothing there. It would only
 * be deleted as the JVM ends, and stay where that is halted or killed. But what is loaded needs no file any more.
 */
final class LoadingFolder {
    private LoadingFolder() {}

    /** Deletes it, once all libraries are loaded. Windows keeps files that are in use: those still go as the JVM ends. */
    static void delete() {
        try {
            if (OnnxRuntime.internal("tempDirectory") instanceof Path folder) {
                Natives.deleteAll(folder);
            }
        } catch (IOException | ReflectiveOperationException | RuntimeException | LinkageError e) {
            // LauncherIT's terminations fail where this is no longer possible.
            System.getLogger(LoadingFolder.class.getName())
                    .log(System.Logger.Level.DEBUG, "ONNX Runtime's folder stays until the JVM ends", e);
        }
    }
}
