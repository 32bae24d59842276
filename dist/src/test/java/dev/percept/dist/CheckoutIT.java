package dev.percept.dist;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import dev.percept.dist.Commands.Outcome;
import dev.percept.dist.Commands.Running;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The launcher at the root of a checkout, with a Maven that only pretends to build. */
class CheckoutIT {
    private static final String VERSION = "echo 'Apache Maven 3.9.9 (abc)'";
    /** Leaves what the real build leaves; the jars are those of the archive. */
    private static final String BUILD = """
            echo building
            mkdir -p dist/target/percept-9
            ln -sfn "$PERCEPT_TEST_LIB" dist/target/percept-9/lib
            printf 'percept-9\\nbuilt now\\n' >dist/target/percept.built
            """;

    private static Release release = new Release(Path.of(""));

    private final Path work;

    private Path checkout = Path.of("");
    private Path bin = Path.of("");

    CheckoutIT(@TempDir Path work) {
        this.work = work;
    }

    @BeforeAll
    static void unpack(@TempDir Path shared) throws IOException {
        release = Release.unpack(shared);
    }

    @BeforeEach
    void checkOut() throws IOException {
        checkout = Files.createDirectory(work.resolve("my checkout"));
        bin = Files.createDirectory(work.resolve("bin"));
        Files.copy(release.launcher(), checkout.resolve("percept"));
        for (String file : List.of("pom.xml", "dist/pom.xml", "core/src/main/java/A.java", "cli/pom.xml")) {
            Files.createDirectories(requireNonNull(checkout.resolve(file).getParent()));
            Files.createFile(checkout.resolve(file));
        }
        Path samples = Files.createDirectory(checkout.resolve("samples"));
        for (String picture : List.of("reference.png", "blur-1.png")) {
            Files.copy(Path.of("..", "samples", picture), samples.resolve(picture));
        }
        maven(VERSION, BUILD);
    }

    @Test
    void keepsClassDataThatLaterRunsStartFasterWith() throws IOException {
        String version = percept().succeeded().out();
        Path archive = Release.classData(checkout.resolve("dist/target/percept-9"));
        assertThat(archive).isNotEmptyFile();
        Outcome later = percept().succeeded();
        assertThat(later.out()).isEqualTo(version);
        assertThat(later.err()).isEmpty();

        // Another Java's archive is no harm, and nothing is said of it.
        Files.delete(archive);
        Files.writeString(archive, "not an archive of this Java");
        Outcome without = percept().succeeded();
        assertThat(without.out()).isEqualTo(version);
        assertThat(without.err()).isEmpty();
    }

    @Test
    void buildsOnFirstUseAndSaysSo() throws IOException {
        Outcome first = percept().succeeded();
        assertThat(first.err()).startsWith("percept: building on first use").hasLineCount(1);
        assertThat(first.out()).containsIgnoringCase("percept").doesNotContain("building");
        assertThat(checkout.resolve("target/percept-build.log")).content().contains("building");

        assertThat(percept().succeeded().err()).isEmpty();
        assertThat(builds()).isEqualTo(1);
    }

    @Test
    void buildsAgainWhenASourceIsNewer() throws IOException {
        percept().succeeded();
        Files.setLastModifiedTime(
                checkout.resolve("core/src/main/java/A.java"),
                FileTime.from(Instant.now().plus(Duration.ofSeconds(5))));
        assertThat(percept().succeeded().err())
                .startsWith("percept: sources have changed, building again")
                .hasLineCount(1);
        assertThat(builds()).isEqualTo(2);
    }

    @Test
    void buildsAgainWhenASourceWasDeleted() throws IOException {
        percept().succeeded();
        Files.delete(checkout.resolve("core/src/main/java/A.java"));
        percept().succeeded();
        assertThat(builds()).isEqualTo(2);
    }

    @Test
    void twoFirstUsesAtOnceBuildOnce() throws IOException {
        maven(VERSION, "sleep 2\n" + BUILD);
        Running one = start();
        Running other = start();
        one.outcome().succeeded();
        other.outcome().succeeded();
        assertThat(builds()).isEqualTo(1);
        assertThat(lock()).doesNotExist();
    }

    @Test
    void aLockWhoseOwnerIsGoneIsCleared() throws IOException, InterruptedException {
        Process gone = new ProcessBuilder("true").start();
        gone.waitFor();
        Files.createDirectories(lock());
        Files.writeString(lock().resolve("pid"), gone.pid() + "\n");
        Running one = start();
        Running other = start();
        one.outcome().succeeded();
        other.outcome().succeeded();
        assertThat(builds()).isEqualTo(1);
        assertThat(lock()).doesNotExist();
    }

    @Test
    void aLockThatIsFreedWhileItIsLookedAtIsTaken() throws IOException {
        // The first attempt fails as if the lock were there, and then it is not.
        Path mkdir = bin.resolve("mkdir");
        Files.writeString(mkdir, """
                #!/bin/sh
                case $1 in
                *percept-build.lock) [ -e "${0%/*}/tried" ] || { : >"${0%/*}/tried"; exit 1; } ;;
                esac
                PATH=${PATH#*:} exec mkdir "$@"
                """);
        assertThat(mkdir.toFile().setExecutable(true)).isTrue();
        percept().succeeded();
        assertThat(bin.resolve("tried")).exists();
        assertThat(builds()).isEqualTo(1);
    }

    @Test
    void terminationEndsTheBuildAndFreesTheLock() throws IOException, InterruptedException {
        maven(VERSION, "exec sleep 60");
        Running running = start();
        while (builds() == 0) {
            TimeUnit.MILLISECONDS.sleep(50);
        }
        running.process().destroy();
        assertThat(running.outcome().code()).isEqualTo(128 + 15);
        assertThat(lock()).doesNotExist();
        assertThat(running.process().descendants()).isEmpty();
    }

    @Test
    void aFailedBuildShowsWhatWentWrongAndWhereTheLogIs() throws IOException {
        maven(VERSION, "echo '[INFO] Building'; echo '[ERROR] A.java:[1,1] mistake'; echo '[ERROR] '; exit 1");
        Outcome outcome = percept();
        assertThat(outcome.code()).isEqualTo(70);
        assertThat(outcome.out()).isEmpty();
        assertThat(outcome.err().lines().skip(1))
                .containsExactly(
                        "[ERROR] A.java:[1,1] mistake",
                        "percept: the build failed; all that Maven said is in "
                                + checkout.toRealPath().resolve("target/percept-build.log"));
        assertThat(lock()).doesNotExist();
    }

    @Test
    void withoutMavenOneLineSaysWhatToInstall() throws IOException {
        Files.delete(bin.resolve("mvn"));
        // All that the launcher needs, and no Maven.
        for (String tool : List.of("find", "mkdir", "rm", "sleep", "locale", "readlink", "mv", "rmdir")) {
            Path real = Path.of("/usr/bin", tool);
            Files.createSymbolicLink(bin.resolve(tool), Files.exists(real) ? real : Path.of("/bin", tool));
        }
        Outcome outcome = Commands.run(checkout, environment(bin.toString()), command());
        assertThat(outcome.code()).isEqualTo(70);
        assertThat(outcome.err())
                .startsWith("percept: Maven 3.8 or newer is needed")
                .hasLineCount(1);
    }

    @Test
    void anOldMavenIsRefused() throws IOException {
        maven("echo 'Apache Maven 3.6.3'", BUILD);
        Outcome outcome = percept();
        assertThat(outcome.code()).isEqualTo(70);
        assertThat(outcome.err()).contains("mvn is 3.6.3").hasLineCount(1);
        assertThat(builds()).isZero();
    }

    private Outcome percept() throws IOException {
        return start().outcome();
    }

    private Running start() throws IOException {
        return Commands.start(work, environment(bin + ":" + Release.path()), command());
    }

    private List<String> command() {
        return List.of(checkout.resolve("percept").toString(), "--version");
    }

    private Map<String, String> environment(String path) {
        return Release.environment(
                work.resolve("cache"),
                "PERCEPT_KEEP",
                "yes",
                "PATH",
                path,
                "PERCEPT_TEST_LIB",
                release.home().resolve("lib").toString(),
                "PERCEPT_TEST_CALLS",
                work.resolve("calls").toString());
    }

    private void maven(String version, String build) throws IOException {
        Path mvn = bin.resolve("mvn");
        Files.writeString(mvn, """
                #!/bin/sh
                if [ "$1" = -v ]; then
                    %s
                    exit
                fi
                echo "$@" >>"$PERCEPT_TEST_CALLS"
                %s
                """.formatted(version, build));
        Files.setPosixFilePermissions(mvn, PosixFilePermissions.fromString("rwxr-xr-x"));
    }

    private long builds() throws IOException {
        Path calls = work.resolve("calls");
        return Files.exists(calls) ? Files.readAllLines(calls).size() : 0;
    }

    private Path lock() {
        return checkout.resolve("target/percept-build.lock");
    }
}
