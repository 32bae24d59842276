package dev.percept.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.percept.PerceptHome;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

/** Runs commands in this process, with their own home, and catches what they print. */
record Cli(PerceptHome folders) {
    /** With a home in a test's own folder. */
    static Cli in(Path folder) {
        return new Cli(new PerceptHome(folder.resolve("home"), folder.resolve("cache")));
    }

    /**
     * What a command left behind.
     *
     * @param code it exited with
     * @param out on standard output
     * @param err on standard error
     */
    record Result(int code, String out, String err) {
        List<String> errLines() {
            return err.lines().toList();
        }

        /** The command failed as documented: this code, one line that says all these things, and no result. */
        void isFailure(int expectedCode, String... said) {
            assertThat(code).as(err).isEqualTo(expectedCode);
            assertThat(out).isEmpty();
            assertThat(errLines()).hasSize(1);
            assertThat(err).startsWith("percept: ").contains(said).doesNotContain("\tat ", "in thread");
        }

        /** The command was misused: at most three lines, of which the first says all these things. */
        void isMisuse(String... said) {
            assertThat(code).as(err).isEqualTo(ExitCode.USAGE);
            assertThat(out).isEmpty();
            assertThat(errLines()).hasSizeLessThanOrEqualTo(3);
            assertThat(errLines().get(0)).startsWith("percept: ").contains(said);
            assertThat(err).contains("--help").doesNotContain("\tat ", "in thread");
        }

        Result isOk() {
            assertThat(code).as(err).isEqualTo(ExitCode.OK);
            return this;
        }
    }

    /** Runs a command. Arguments that aren't strings are written as such: paths, numbers. */
    Result run(Object... arguments) {
        return runWith(new byte[0], arguments);
    }

    /** Runs a command with this on standard input. */
    Result runWith(byte[] in, Object... arguments) {
        var out = new ByteArrayOutputStream();
        var err = new ByteArrayOutputStream();
        String[] args = Arrays.stream(arguments).map(Object::toString).toArray(String[]::new);
        int code = Main.run(args, new Console(new ByteArrayInputStream(in), out, err), () -> folders);
        return new Result(code, out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8));
    }
}
