package dev.percept.dist;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * A release archive, unpacked.
 *
 * @param home the folder that was in it
 */
record Release(Path home) {
    private static final Path TARGET = Path.of(System.getProperty("percept.dist.target", "target"));
    private static final String NAME = System.getProperty("percept.dist.name", "percept");

    static Path target() {
        return TARGET;
    }

    static Path archive(String extension) {
        return TARGET.resolve(NAME + extension);
    }

    /** The repository's root. */
    static Path checkout() {
        return TARGET.toAbsolutePath().resolve("../..").normalize();
    }

    static Path samples() {
        return checkout().resolve("samples");
    }

    /** Unpacks the archive where many things go wrong: under a name with spaces and a letter outside ASCII. */
    static Release unpack(Path folder) throws IOException {
        Path odd = Files.createDirectories(folder.resolve("Percept für alle"));
        Commands.run(
                        odd,
                        Map.of("PATH", path()),
                        List.of(
                                "tar",
                                "xzf",
                                archive(".tar.gz").toAbsolutePath().toString()))
                .succeeded();
        return new Release(odd.resolve(NAME));
    }

    Path launcher() {
        return home.resolve("bin/percept");
    }

    Commands.Outcome percept(Path folder, Map<String, String> environment, String... arguments) throws IOException {
        return Commands.run(folder, environment, command(arguments));
    }

    List<String> command(String... arguments) {
        List<String> command = new ArrayList<>();
        command.add(launcher().toString());
        command.addAll(List.of(arguments));
        return command;
    }

    /**
     * The Java that runs this test, and a cache of the test's own; nothing else, as after {@code env -i}.
     *
     * @param cache for what Percept unpacks
     * @param more pairs of names and values
     */
    static Map<String, String> environment(Path cache, String... more) {
        Map<String, String> environment = new TreeMap<>();
        environment.put("JAVA_HOME", System.getProperty("java.home"));
        environment.put("PERCEPT_CACHE", cache.toString());
        environment.put("PERCEPT_HOME", cache.resolve("home").toString());
        // Class data would be archived while the test is over and its folder deleted.
        environment.put("PERCEPT_KEEP", "no");
        for (int i = 0; i < more.length; i += 2) {
            environment.put(more[i], more[i + 1]);
        }
        return environment;
    }

    /** Where a launcher keeps this Java's class data. */
    static Path classData(Path home) {
        return home.resolve("percept-" + Runtime.version() + ".jsa");
    }

    static String path() {
        String path = System.getenv("PATH");
        return path == null ? "/usr/local/bin:/usr/bin:/bin" : path;
    }
}
