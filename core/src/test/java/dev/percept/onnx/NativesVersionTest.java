package dev.percept.onnx;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.jar.Attributes;
import java.util.jar.Manifest;
import org.junit.jupiter.api.Test;

class NativesVersionTest {
    @Test
    void itIsTheNativesInTheSameJar() {
        assertThat(NativesVersion.ofClasses()).isEqualTo(OnnxRuntime.get().version());
    }

    @Test
    void aShadedJarIsOfAnotherVersion() {
        Manifest manifest = new Manifest();
        assertThat(NativesVersion.of(manifest)).isNull();
        manifest.getMainAttributes().put(Attributes.Name.IMPLEMENTATION_TITLE, "an application");
        manifest.getMainAttributes().put(Attributes.Name.IMPLEMENTATION_VERSION, "7");
        assertThat(NativesVersion.of(manifest)).isNull();
    }
}
