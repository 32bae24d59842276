package dev.percept.onnx;

import ai.onnxruntime.OrtEnvironment;
import java.io.IOException;
import java.net.JarURLConnection;
import java.net.URL;
import java.util.jar.Attributes;
import java.util.jar.Manifest;
import org.jspecify.annotations.Nullable;

/** The version of ONNX Runtime that its Java classes are of. */
public final class NativesVersion {
    private NativesVersion() {}

    /** What its jar says, or null where the classes aren't in a jar of their own. On the module path, the class itself doesn't know. */
    public static @Nullable String ofClasses() {
        try {
            URL classes = OrtEnvironment.class.getResource("OrtEnvironment.class");
            if (classes == null || !(classes.openConnection() instanceof JarURLConnection jar)) {
                return null;
            }
            Manifest manifest = jar.getManifest();
            return manifest == null ? null : of(manifest);
        } catch (IOException e) {
            return null;
        }
    }

    static @Nullable String of(Manifest manifest) {
        Attributes said = manifest.getMainAttributes();
        String title = said.getValue(Attributes.Name.IMPLEMENTATION_TITLE);
        // Of a shaded jar, it is the application's.
        return title != null && title.startsWith("onnxruntime")
                ? said.getValue(Attributes.Name.IMPLEMENTATION_VERSION)
                : null;
    }
}
