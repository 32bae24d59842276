package dev.percept.dist;

import static org.assertj.core.api.Assertions.assertThat;

import dev.percept.dist.Commands.Outcome;
import dev.percept.dist.Commands.Running;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The launcher of an unpacked archive. */
class LauncherIT {
    private static final int TERMINATED = 128 + 15;

    private static Release release = new Release(Path.of(""));

    private final Path work;

    LauncherIT(@TempDir Path work) {
        this.work = work;
    }

    @BeforeAll
    static void unpack(@TempDir Path shared) throws IOException {
        release = Release.unpack(shared);
    }

    @BeforeEach
    void pictures() throws IOException {
        Files.copy(Release.samples().resolve("reference.png"), work.resolve("grün.png"));
        Files.copy(Release.samples().resolve("blur-1.png"), work.resolve("unschärfer.png"));
    }

    /** The cache that tests share unless they are about it: unpacking takes longer than scoring. */
    private static Map<String, String> environment(String... more) {
        return Release.environment(release.home().resolveSibling("cache"), more);
    }

    // No name; POSIX; a locale that nobody has installed, as ssh brings along; one that isn't UTF-8.
    @ParameterizedTest
    @CsvSource({"PERCEPT_NONE, ''", "LC_ALL, C", "LANG, xx_XX.UTF-8", "LC_CTYPE, en_US.ISO-8859-1"})
    void filesAndOutputAreUtf8InAnyLocale(String variable, String value) throws IOException {
        Map<String, String> environment = environment(variable, value);

        Outcome csv = release.percept(work, environment, "score", "--format", "csv", "grün.png", "unschärfer.png")
                .succeeded();
        assertThat(csv.out()).contains("grün.png", "unschärfer.png");
        // Neither Java's about native access nor anybody else's.
        assertThat(csv.err()).doesNotContainIgnoringCase("warning");

        Outcome inspect = release.percept(work, environment, "inspect", "nlpd").succeeded();
        assertThat(inspect.out()).contains("×224×224");
        assertThat(inspect.err()).doesNotContainIgnoringCase("warning");
    }

    @ParameterizedTest
    @CsvSource({
        "0, grün.png",
        "1, --fail-above 0 unschärfer.png",
        "2, --device toaster unschärfer.png",
        "3, fehlt.png",
        "4, --model fehlt.onnx unschärfer.png"
    })
    void exitCodesPassThrough(int code, String arguments) throws IOException {
        List<String> words = new ArrayList<>(List.of("score"));
        words.addAll(List.of(arguments.split(" ")));
        words.add(words.size() - 1, "grün.png");

        assertThat(release.percept(work, environment(), words.toArray(String[]::new)))
                .satisfies(outcome ->
                        assertThat(outcome.code()).as(outcome.toString()).isEqualTo(code));
    }

    @Test
    void runsThroughSymbolicLinks() throws IOException {
        Path bin = Files.createDirectory(work.resolve("my bin"));
        Files.createSymbolicLink(bin.resolve("absolute"), release.launcher());
        Files.createSymbolicLink(bin.resolve("relative"), Path.of("absolute"));
        Files.createSymbolicLink(work.resolve("chain"), Path.of("my bin/relative"));

        assertThat(Commands.run(
                                work,
                                environment(),
                                List.of(work.resolve("chain").toString(), "--version"))
                        .succeeded()
                        .out())
                .containsIgnoringCase("percept");
        assertThat(Commands.run(
                                bin,
                                environment("PATH", bin + ":" + Release.path()),
                                List.of("sh", "relative", "--version"))
                        .succeeded()
                        .out())
                .containsIgnoringCase("percept");
    }

    @Test
    void helpIsACommandToo() throws IOException {
        String help = release.percept(work, environment(), "--help").succeeded().out();
        assertThat(help).contains("score");
        assertThat(release.percept(work, environment(), "help").succeeded().out())
                .isEqualTo(help);
        assertThat(release.percept(work, environment(), "help", "score")
                        .succeeded()
                        .out())
                .isEqualTo(release.percept(work, environment(), "score", "--help")
                        .succeeded()
                        .out());
    }

    @Test
    void serveIsTheServer() throws IOException {
        assertThat(release.percept(work, environment(), "serve", "--help")
                        .succeeded()
                        .out())
                .contains("serve");
    }

    @Test
    void exportIsPython() throws IOException {
        Outcome outcome = release.percept(
                work,
                environment(
                        "PATH", Release.path(), "PYTHON", work.resolve("none").toString()),
                "export",
                "--help");
        assertThat(outcome.code()).isEqualTo(1);
        assertThat(outcome.err()).contains("Python 3.10");
    }

    /** From a pipe, which can't be asked for its length. */
    @Test
    void aPictureComesThroughAPipe() throws IOException {
        Map<String, String> environment = environment("PATH", Release.path());
        String percept = "'" + release.launcher() + "' score grün.png";
        Outcome piped = Commands.run(
                        work, environment, List.of("sh", "-c", "cat unschärfer.png | " + percept + " - --format csv"))
                .succeeded();
        Outcome named = release.percept(work, environment, "score", "grün.png", "unschärfer.png", "--format", "csv")
                .succeeded();

        assertThat(piped.out()).isEqualTo(named.out().replace("unschärfer.png", "-"));
    }

    /** A shell's wildcard makes such a command line. ONNX Runtime 1.29 overflowed the stack while it reported it. */
    @Test
    void aLongCommandLineIsNoHarm() throws IOException {
        List<String> words = new ArrayList<>(List.of("score", "grün.png"));
        words.addAll(Collections.nCopies(500, "./".repeat(30) + "unschärfer.png"));
        Outcome outcome = release.percept(work, environment(), words.toArray(String[]::new));
        assertThat(outcome.succeeded().out().lines().filter(line -> line.contains("unschärfer.png")))
                .hasSize(500);
    }

    @Test
    void furtherOptionsForJavaAreWords() throws IOException {
        Outcome outcome = release.percept(work, environment("PERCEPT_JAVA_OPTS", "-Xmx64m  -version"), "score");
        assertThat(outcome.succeeded().err()).contains("version");
    }

    @Test
    void withoutJavaOneLineSaysWhatToInstall() throws IOException {
        Outcome outcome = release.percept(work, Map.of("PATH", work.toString()), "--version");
        assertThat(outcome.code()).isEqualTo(5);
        assertThat(outcome.out()).isEmpty();
        assertThat(outcome.err())
                .startsWith("percept: Java 17 or newer is needed")
                .hasLineCount(1);
    }

    @Test
    void javaHomeWithoutJavaIsNamed() throws IOException {
        Outcome outcome = release.percept(work, Map.of("JAVA_HOME", work.toString()), "--version");
        assertThat(outcome.code()).isEqualTo(5);
        assertThat(outcome.err()).contains("JAVA_HOME=" + work).hasLineCount(1);
    }

    @Test
    void olderJavaIsRefusedInOneLine() throws IOException {
        Path jdk = work.resolve("jdk 11");
        script(jdk.resolve("bin/java"), "echo started; exit 0");
        Files.writeString(jdk.resolve("release"), "IMPLEMENTOR=\"N\"\nJAVA_VERSION=\"11.0.2\"\n");
        assertTooOld(jdk, "11.0.2");

        // As version managers do it: nothing but a script, which must be asked.
        Path shim = work.resolve("shim");
        script(shim.resolve("bin/java"), "echo 'openjdk version \"1.8.0_292\"' >&2; echo 'OpenJDK' >&2");
        assertTooOld(shim, "1.8.0_292");
    }

    private void assertTooOld(Path jdk, String version) throws IOException {
        Outcome outcome = release.percept(work, Map.of("JAVA_HOME", jdk.toString()), "--version");
        assertThat(outcome.code()).isEqualTo(5);
        assertThat(outcome.out()).isEmpty();
        assertThat(outcome.err()).contains(version, "17 or newer").hasLineCount(1);
    }

    /** ONNX Runtime's shutdown hook once raced sessions that were still being made (onnxruntime#31352). */
    @RepeatedTest(10)
    void terminationAtAnyMomentIsNotACrash(RepetitionInfo info) throws IOException, InterruptedException {
        List<String> arguments = new ArrayList<>(release.command("score", "grün.png"));
        arguments.addAll(Collections.nCopies(2000, "unschärfer.png"));
        Running running = Commands.start(work, environment(), arguments);
        // From before the JVM's first class to well into scoring.
        TimeUnit.MILLISECONDS.sleep(150L * info.getCurrentRepetition());
        running.process().destroy();

        assertThat(running.outcome().code()).isEqualTo(TERMINATED);
        assertThat(names(work)).noneMatch(name -> name.startsWith("hs_err") || name.startsWith("core"));
    }

    /** ONNX Runtime makes a folder to load its libraries, into which it unpacks them where there is no cache. */
    @ParameterizedTest
    @CsvSource({"/proc/percept, 0", "/proc/percept, 500", "cache, 0", "cache, 500"})
    @Timeout(60)
    void terminationLeavesNoTemporaryFiles(String cache, int millis) throws IOException, InterruptedException {
        Path temporary = Files.createDirectory(work.resolve("temporary"));
        Map<String, String> environment =
                Release.environment(work.resolve(cache), "PERCEPT_JAVA_OPTS", "-Djava.io.tmpdir=" + temporary);
        List<String> arguments = new ArrayList<>(release.command("score", "grün.png"));
        arguments.addAll(Collections.nCopies(2000, "unschärfer.png"));
        Running running = Commands.start(work, environment, arguments);
        while (names(temporary).isEmpty()) {
            assertThat(running.process().isAlive()).isTrue();
        }
        TimeUnit.MILLISECONDS.sleep(millis);
        running.process().destroy();

        Outcome outcome = running.outcome();
        assertThat(outcome.code()).as(outcome.err()).isEqualTo(TERMINATED);
        assertThat(names(temporary)).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"a file", "read-only", "/proc/percept"})
    void scoresWithoutACache(String place) throws IOException {
        Path cache = work.resolve(place);
        if (place.equals("a file")) {
            Files.createFile(cache);
        } else if (place.equals("read-only")) {
            Files.createDirectory(
                    cache, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("r-xr-xr-x")));
        }
        assertScores(cache);
    }

    @Test
    void whatAKilledProcessLeftInTheCacheIsNoHarm() throws IOException {
        Path cache = work.resolve("cache");
        assertScores(cache);
        Path natives = cache.resolve("natives");
        String folder = names(natives).get(0);

        // The same again, as if the first process had been killed while it unpacked.
        Path unfinished = natives.resolve(folder + ".part4711");
        Files.move(natives.resolve(folder), unfinished);
        for (String library : names(unfinished)) {
            Files.write(unfinished.resolve(library), new byte[] {1, 2, 3});
        }
        assertScores(cache);
        assertThat(names(natives)).contains(folder);
    }

    @RepeatedTest(5)
    void twoFirstStartsAtOnceUnpackOneFolder() throws IOException {
        Path cache = work.resolve("cache");
        List<String> command = release.command("score", "grün.png", "unschärfer.png");
        Running one = Commands.start(work, Release.environment(cache), command);
        Running other = Commands.start(work, Release.environment(cache), command);

        one.outcome().succeeded();
        other.outcome().succeeded();
        assertThat(names(cache.resolve("natives"))).hasSize(1);
    }

    @Test
    void classDataIsArchivedAsideAndUsedFromThenOn() throws IOException, InterruptedException {
        // Java 17 archives no classes from a path that a URL writes otherwise.
        Release own = new Release(Files.move(Release.unpack(work).home(), work.resolve("plain")));
        Path archive = Release.classData(own.home());
        Map<String, String> environment = environment("PERCEPT_KEEP", "yes");
        List<Running> first = List.of(
                Commands.start(work, environment, own.command("--version")),
                Commands.start(work, environment, own.command("--version")));
        String version = first.get(0).outcome().succeeded().out();
        assertThat(first.get(1).outcome().succeeded().out()).isEqualTo(version);
        for (int i = 0;
                i < 3000
                        && (Files.notExists(archive)
                                || Files.exists(archive.resolveSibling(archive.getFileName() + ".part")));
                i++) {
            TimeUnit.MILLISECONDS.sleep(200);
        }
        assertThat(archive).isNotEmptyFile();
        assertThat(names(own.home())).filteredOn(name -> name.contains(".jsa")).hasSize(1);

        Map<String, String> loud = environment("PERCEPT_JAVA_OPTS", "-Xlog:class+load");
        assertThat(own.percept(work, loud, "--version").succeeded().out())
                .containsPattern("dev\\.percept\\.cli\\.Main source: shared objects file");

        Files.delete(archive);
        Files.writeString(archive, "damaged");
        Outcome without = own.percept(work, environment, "--version").succeeded();
        assertThat(without.out()).isEqualTo(version);
        assertThat(without.err()).isEmpty();
        assertThat(archive).hasContent("damaged");
    }

    @Test
    void noClassDataWhereNothingIsKeptOrForTheServer() throws IOException {
        Release own = Release.unpack(work);
        own.percept(work, environment(), "--version").succeeded();
        own.percept(work, environment("PERCEPT_KEEP", "yes"), "serve", "--help").succeeded();
        assertThat(names(own.home())).noneMatch(name -> name.contains(".jsa"));
    }

    @Test
    void javasSecondCompilerIsLeftOutOfRunsThatAreShort() throws IOException {
        Map<String, String> nothingKept = Map.of();
        Path large = Files.write(work.resolve("large.png"), new byte[(1 << 20) + 1]);
        assertThat(compilers(release, nothingKept, "score", "a.png", "b.png", "--format", "json"))
                .isEqualTo(1);
        assertThat(compilers(release, nothingKept, "score", "a.png", "large.png"))
                .isEqualTo(4);
        assertThat(compilers(release, nothingKept, "score", "a.png", large.toString()))
                .isEqualTo(4);
        assertThat(compilers(release, nothingKept, "score", "a.png", "-")).isEqualTo(4);
        assertThat(compilers(release, nothingKept, "models")).isEqualTo(4);
        String[] many = new String[30];
        Arrays.fill(many, "a.png");
        many[0] = "score";
        assertThat(compilers(release, nothingKept, many)).isEqualTo(4);
    }

    @Test
    void aModelThatMayHaveToBeHashedMakesARunLonger() throws IOException {
        Release own = Release.unpack(work);
        // So that none is made.
        Files.createFile(Release.classData(own.home()));
        Path cache = work.resolve("cache");
        Map<String, String> kept = Map.of("PERCEPT_KEEP", "yes", "PERCEPT_CACHE", cache.toString());
        String[] scoring = {"score", "--model", "m.onnx", "a.png", "b.png"};
        Files.write(work.resolve("m.onnx"), new byte[(1 << 20) + 1]);
        assertThat(compilers(own, kept, scoring)).isEqualTo(4);
        Files.createDirectories(cache.resolve("digests"));
        assertThat(compilers(own, kept, scoring)).isEqualTo(1);
        assertThat(compilers(
                        own, Map.of("PERCEPT_CACHE", cache.toString()), "score", "--model=m.onnx", "a.png", "b.png"))
                .isEqualTo(4);
    }

    /** The last of Java's levels of compilation that a command runs with. */
    private int compilers(Release tried, Map<String, String> more, String... command) throws IOException {
        Map<String, String> environment = environment("PERCEPT_JAVA_OPTS", "-XX:+PrintFlagsFinal");
        environment.putAll(more);
        Matcher level = Pattern.compile(" TieredStopAtLevel +=+ +(\\d)")
                .matcher(tried.percept(work, environment, command).out());
        assertThat(level.find()).isTrue();
        return Integer.parseInt(level.group(1));
    }

    private void assertScores(Path cache) throws IOException {
        Outcome outcome = release.percept(work, Release.environment(cache), "score", "grün.png", "unschärfer.png");
        assertThat(outcome.succeeded().out()).contains("unschärfer.png");
    }

    private static List<String> names(Path folder) throws IOException {
        try (Stream<Path> entries = Files.list(folder)) {
            return entries.map(entry -> entry.getFileName().toString()).sorted().toList();
        }
    }

    private static void script(Path file, String body) throws IOException {
        Files.createDirectories(file.getParent());
        Files.writeString(file, "#!/bin/sh\n" + body + "\n");
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
    }
}
