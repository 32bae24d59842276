package dev.percept;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PerceptHomeTest {
    private static final Path USER = Path.of("/home/ada").toAbsolutePath();

    @TempDir
    Path folder = Path.of("");

    @Test
    void withoutSettingsTheXdgDefaultsHold() {
        PerceptHome home = PerceptHome.of(Map.of(), USER, "Linux");
        assertThat(home.home()).isEqualTo(USER.resolve(".local/share/percept"));
        assertThat(home.cache()).isEqualTo(USER.resolve(".cache/percept"));
    }

    @Test
    void xdgFoldersAreRespectedUnlessRelative() {
        PerceptHome home = PerceptHome.of(
                Map.of("XDG_DATA_HOME", USER.resolve("d").toString(), "XDG_CACHE_HOME", "relative"), USER, "Linux");
        assertThat(home.home()).isEqualTo(USER.resolve("d/percept"));
        assertThat(home.cache()).isEqualTo(USER.resolve(".cache/percept"));
    }

    @Test
    void perceptsOwnVariablesComeFirst() {
        PerceptHome home = PerceptHome.of(
                Map.of("PERCEPT_HOME", "/p", "PERCEPT_CACHE", "/c", "XDG_DATA_HOME", "/x"), USER, "Linux");
        assertThat(home.home()).isEqualTo(Path.of("/p").toAbsolutePath());
        assertThat(home.cache()).isEqualTo(Path.of("/c").toAbsolutePath());
    }

    @Test
    void theDefaultModelIsTheEmbeddedOneUntilAnotherIsSet() throws IOException {
        PerceptHome home = new PerceptHome(folder.resolve("new"), folder);
        assertThat(home.defaultModel()).isEqualTo("nlpd");
        home.setDefaultModel("vgg19");
        assertThat(home.defaultModel()).isEqualTo("vgg19");
        home.setDefaultModel(null);
        assertThat(home.defaultModel()).isEqualTo("nlpd");
        try (var files = Files.list(home.home())) {
            assertThat(files).containsExactly(home.settings());
        }
    }

    @Test
    void aHomeThatCannotBeWrittenIsOneClearLine() throws IOException {
        Path inTheWay = Files.writeString(folder.resolve("file"), "");
        assertThatThrownBy(() -> new PerceptHome(inTheWay, folder).setDefaultModel("vgg19"))
                .isInstanceOf(ModelException.class)
                .hasMessageContainingAll("percept.properties", "PERCEPT_HOME");
    }
}
