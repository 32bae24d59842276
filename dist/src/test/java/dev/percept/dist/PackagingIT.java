package dev.percept.dist;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is in the archives, and what is not. */
class PackagingIT {
    private static final Pattern NATIVES = Pattern.compile("onnxruntime(_gpu)?-\\d.*\\.jar");

    private static Release release = new Release(Path.of(""));

    @BeforeAll
    static void unpack(@TempDir Path shared) throws IOException {
        release = Release.unpack(shared);
    }

    @Test
    void bothArchivesHoldTheSameFilesWithTheSameModes() throws IOException {
        Path name = Path.of("/").resolve(release.home().getFileName().toString());
        try (FileSystem zip =
                FileSystems.newFileSystem(Release.archive(".zip"), Map.of("enablePosixFileAttributes", true))) {
            assertThat(modes(zip.getPath(name.toString()))).isEqualTo(modes(release.home()));
        }
        assertThat(modes(release.home()))
                .containsEntry("bin/percept", "rwxr-xr-x")
                .containsEntry("export-tools/percept-export", "rwxr-xr-x")
                .containsEntry("LICENSE", "rw-r--r--")
                .containsKeys("NOTICE", "README.md", "bin/percept.cmd", "licences/THIRD-PARTY.md");
    }

    /** Two of them hold the same classes: which one is loaded would be chance. See ADR 4. */
    @Test
    void exactlyOneOnnxRuntime() throws IOException {
        assertThat(jars().stream().filter(jar -> NATIVES.matcher(jar).matches()))
                .hasSize(1);
        assertThat(Files.readString(Release.target().resolve("dependency-tree.txt"))
                        .lines()
                        .filter(line -> line.contains("com.microsoft.onnxruntime:")))
                .hasSize(1);
    }

    @Test
    void nothingOfTheTestsIsShipped() throws IOException {
        assertThat(jars()).noneMatch(jar -> jar.matches("(junit|assertj|json-schema|opentest4j).*|.*-tests\\.jar"));
        assertThat(modes(release.home()).keySet())
                .noneMatch(file -> file.contains("__pycache__") || file.contains(".venv") || file.contains("/tests/"));
    }

    /** All jars of its class path are looked through at each start of the command line. */
    @Test
    void theCommandLineHasNoJarsOfTheService() throws IOException {
        List<String> own = jars("lib");
        List<String> service = jars("lib/server");
        assertThat(own).anyMatch(jar -> jar.startsWith("percept-cli-")).noneMatch(jar -> jar.startsWith("jetty-"));
        assertThat(service).anyMatch(jar -> jar.startsWith("jetty-")).doesNotContainAnyElementsOf(own);
    }

    @Test
    void theListOfThirdPartySoftwareIsCurrent() throws IOException {
        String built = Files.readString(Release.target().resolve("licences/THIRD-PARTY.md"))
                // The list is the CPU archive's, wherever it is built.
                .replace(":onnxruntime_gpu |", ":onnxruntime |");
        assertThat(Files.readString(Release.checkout().resolve("THIRD-PARTY.md")))
                .as("after a change of dependencies: cp dist/target/licences/THIRD-PARTY.md .")
                .isEqualTo(built);
    }

    /** Those of the command line and of the service. */
    private static List<String> jars() throws IOException {
        List<String> all = new ArrayList<>(jars("lib"));
        all.addAll(jars("lib/server"));
        return all;
    }

    private static List<String> jars(String folder) throws IOException {
        try (Stream<Path> files = Files.list(release.home().resolve(folder))) {
            return files.filter(Files::isRegularFile)
                    .map(file -> file.getFileName().toString())
                    .sorted()
                    .toList();
        }
    }

    private static Map<String, String> modes(Path folder) throws IOException {
        Map<String, String> modes = new TreeMap<>();
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                modes.put(
                        folder.relativize(file).toString(),
                        PosixFilePermissions.toString(Files.getPosixFilePermissions(file)));
            }
        }
        return modes;
    }
}
