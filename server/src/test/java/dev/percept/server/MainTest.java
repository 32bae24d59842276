package dev.percept.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.percept.Backbone;
import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The program, as a process of its own. */
@Timeout(60)
class MainTest {
    private final Path temporary;
    private final Path errors;
    private final List<Process> started = new ArrayList<>();

    MainTest(@TempDir Path temporary, @TempDir Path errors) {
        this.temporary = temporary;
        this.errors = errors;
    }

    @AfterEach
    void end() {
        started.forEach(Process::destroyForcibly);
    }

    private Process start(String... arguments) throws IOException {
        return startWith(System.getProperty("java.class.path"), arguments);
    }

    private Process startWith(String classPath, String... arguments) throws IOException {
        List<String> command = new ArrayList<>();
        if (isHangUpIgnored()) {
            command.addAll(List.of("env", "--default-signal=HUP"));
        }
        command.addAll(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx256m",
                "-Djava.io.tmpdir=" + temporary));
        if (Runtime.version().feature() >= 24) {
            // As the launcher does, or Java warns.
            command.addAll(List.of("--enable-native-access=ALL-UNNAMED", "--sun-misc-unsafe-memory-access=allow"));
        }
        command.addAll(List.of("-cp", classPath, Main.class.getName()));
        command.addAll(List.of(arguments));
        Process process = new ProcessBuilder(command)
                .redirectError(errors.resolve("stderr").toFile())
                .start();
        started.add(process);
        return process;
    }

    /** Under nohup, which processes inherit; shells can't undo it. */
    private static boolean isHangUpIgnored() throws IOException {
        Path status = Path.of("/proc/self/status");
        return Files.exists(status)
                && Files.readAllLines(status).stream()
                        .anyMatch(line -> line.startsWith("SigIgn:")
                                && Character.digit(line.charAt(line.length() - 1), 16) % 2 == 1);
    }

    private String stderr() throws IOException {
        return Files.readString(errors.resolve("stderr"));
    }

    private static int exitCode(Process process) throws InterruptedException {
        assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
        return process.exitValue();
    }

    private static URI address(String line) {
        assertThat(line).matches("Percept listens on http://127\\.0\\.0\\.1:\\d+ \\(model nlpd, cpu\\)");
        return URI.create(line.substring(line.indexOf("http:"), line.indexOf(" (")));
    }

    @Test
    @DisabledOnOs(OS.WINDOWS)
    void scoresAndStopsOnTermLeavingNoFiles() throws Exception {
        Process process = start("--port", "0", "--device", "cpu");
        try (BufferedReader stdout = process.inputReader(StandardCharsets.UTF_8)) {
            URI address = address(stdout.readLine());
            Client client = new Client(address);
            assertThat(client.score(Form.good()).statusCode()).isEqualTo(200);
            assertThat(client.score(new Form().file("reference", "big.png", new byte[5 << 20]))
                            .statusCode())
                    .isEqualTo(400);
            try (HalfSent accepted = new HalfSent(address)) {
                Thread.sleep(500);
                assertThat(files()).isEmpty();
                process.toHandle().destroy();
                Meanwhile.await("stopping", () -> client.get("/health/ready").statusCode() != 200);
                accepted.sendRest();
                assertThat(accepted.answer()).startsWith("HTTP/1.1 200 ");
            }

            assertThat(exitCode(process)).isZero();
            assertThat(stdout.readLine()).isNull();
        }
        // From JDK 24 on the JVM warns there of native access, whatever a program does.
        assertThat(stderr().lines())
                .allMatch(
                        line -> line.isBlank() || line.startsWith("WARNING: ") || line.contains(" info RequestLog - "));
        assertThat(stderr())
                .containsPattern(
                        " answered bytes_in=\\d+ bytes_out=\\d+ id=[-0-9a-f]{36} method=POST millis=\\d+ model=nlpd pixels=196608 route=/v1/score"
                                + " status=200\n")
                .doesNotContain("route=/health/ready status=200");
        assertThat(files()).isEmpty();
    }

    private List<Path> files() throws IOException {
        try (Stream<Path> all = Files.walk(temporary)) {
            return all.filter(path -> !path.equals(temporary)).toList();
        }
    }

    @Test
    @DisabledOnOs(OS.WINDOWS)
    void saysWhenItGaveUpWaiting() throws Exception {
        Process process = start("--port", "0", "--device", "cpu", "--stop-timeout", "0");
        try (BufferedReader stdout = process.inputReader(StandardCharsets.UTF_8)) {
            URI address = address(stdout.readLine());
            assertThat(new Client(address).score(Form.good()).statusCode()).isEqualTo(200);
            HalfSent never = new HalfSent(address);
            try (never) {
                Thread.sleep(500);
                process.toHandle().destroy();

                assertThat(exitCode(process)).isEqualTo(Main.UNFINISHED);
                assertThat(stderr()).contains("1 of the admitted requests not finished");
            }
        }
    }

    private void assertFails(int code, String message, String... arguments) throws Exception {
        Process process = start(arguments);
        assertThat(exitCode(process)).as(stderr()).isEqualTo(code);
        assertThat(process.getInputStream().readAllBytes()).isEmpty();
        assertThat(stderr()).contains(message).startsWith("percept serve: ");
        assertThat(stderr().lines().count()).isLessThanOrEqualTo(2);
    }

    @Test
    void portInUse() throws Exception {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            String port = Integer.toString(taken.getLocalPort());
            assertFails(Main.ADDRESS, "127.0.0.1:" + port + " can't be listened on", "--port", port);
        }
    }

    @Test
    void modelAndDevice() throws Exception {
        assertFails(Main.MODEL, "there is no model of this name", "--port", "0", "--model", "no-such-model");
        assertFails(Main.USAGE, "two models are called nlpd", "--port=0", "--model=nlpd", "--model=nlpd");
        assertFails(Main.USAGE, "unknown device", "--port", "0", "--device", "tpu");
    }

    @Test
    @DisabledOnOs(OS.WINDOWS)
    void hangUpReloadsTheModel() throws Exception {
        Path file = errors.resolve("model.onnx");
        byte[] good;
        try (InputStream in = Backbone.class.getResourceAsStream("models/nlpd.onnx")) {
            good = in.readAllBytes();
        }
        Files.write(file, good);
        Process process = start("--port=0", "--device=cpu", "--model=" + file);
        try (BufferedReader stdout = process.inputReader(StandardCharsets.UTF_8)) {
            Client client = new Client(address(stdout.readLine()));
            hangUp(process, "SIGHUP: model nlpd is reloaded");
            assertThat(client.score(Form.good()).statusCode()).isEqualTo(200);
            Files.write(file, Arrays.copyOf(good, good.length / 2));
            hangUp(process, "SIGHUP: model nlpd isn't replaced: " + file);
            assertThat(client.score(Form.good()).statusCode()).isEqualTo(200);
            process.toHandle().destroy();
            assertThat(exitCode(process)).isZero();
        }
    }

    private void hangUp(Process process, String expected) throws Exception {
        assertThat(new ProcessBuilder("kill", "-HUP", Long.toString(process.pid()))
                        .start()
                        .waitFor())
                .isZero();
        while (!stderr().contains(expected)) {
            assertThat(process.isAlive()).as(stderr()).isTrue();
            Thread.sleep(50);
        }
    }

    @Test
    void severalModels() throws Exception {
        Process process = start("--port=0", "--device=cpu", "--model=nlpd", "--model=second=nlpd");
        try (BufferedReader stdout = process.inputReader(StandardCharsets.UTF_8)) {
            assertThat(stdout.readLine())
                    .matches("Percept listens on http://127\\.0\\.0\\.1:\\d+ \\(models nlpd, second, cpu\\)");
        }
    }

    @Test
    void numbersThatTheModelHasNot() throws Exception {
        assertFails(Main.USAGE, "percept export vgg19 --precision fp16", "--port", "0", "--precision", "fp16");
        assertFails(Main.USAGE, "--tensorrt: ", "--port", "0", "--tensorrt");
    }

    @Test
    void aFolderWithoutNatives() throws Exception {
        assertFails(Main.DEVICE, temporary.toString(), "--port", "0", "--native-dir", temporary.toString());
    }

    /** Without Gson an {@link Error} is thrown. */
    @Test
    void whatIsUnexpectedIsOneLine() throws Exception {
        String classPath = System.getProperty("java.class.path");
        String withoutGson = Arrays.stream(classPath.split(File.pathSeparator))
                .filter(entry -> !entry.contains("gson"))
                .collect(Collectors.joining(File.pathSeparator));

        Process process = startWith(withoutGson, "--port", "0");
        assertThat(exitCode(process)).as(stderr()).isEqualTo(Main.INTERNAL);
        assertThat(stderr().lines())
                .singleElement()
                .asString()
                .matches("percept serve: internal error: .*NoClassDefFoundError.*--debug.*");

        Process debugged = startWith(withoutGson, "--port", "0", "--debug");
        assertThat(exitCode(debugged)).isEqualTo(Main.INTERNAL);
        assertThat(stderr()).startsWith("percept serve: internal error: ").contains("\tat dev.percept");
    }

    @Test
    @DisabledOnOs(OS.WINDOWS)
    void keysAndTls() throws Exception {
        SelfSigned certificate = SelfSigned.make(errors, "EC");
        Path keys = Files.writeString(errors.resolve("keys"), "alice:alice-0123456789\n");
        Files.setPosixFilePermissions(keys, PosixFilePermissions.fromString("rw-r--r--"));
        Process process = start(
                "--port=0",
                "--device=cpu",
                "--log-format=json",
                "--keys=" + keys,
                "--tls-certificate=" + certificate.files().certificate(),
                "--tls-key=" + certificate.files().key());
        try (BufferedReader stdout = process.inputReader(StandardCharsets.UTF_8)) {
            assertThat(stdout.readLine())
                    .matches("Percept listens on https://127\\.0\\.0\\.1:\\d+ \\(model nlpd, cpu\\)");
        }
        assertThat(stderr())
                .contains("warning: other users of this machine can read or change " + keys + "; run: chmod 600 ")
                .doesNotContain("alice");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "--nonsense",
                "--port 65536",
                "--max-body 0",
                "--queue-pixels 0",
                "--concurrency 2147483647 --batch 2147483647",
                "--batch-delay 1001",
                "--stop-timeout -1",
                "--stop-timeout 100000000000",
                "--stop-timeout 9223372036854775807",
                "--gpu-batch 0",
                "--resize 0x0",
                "--filter box",
                "--max-pixels 0",
                "--gpu-memory 8GB",
                "--precision fp8",
                "--log-format xml",
                "--log-level loud",
                "--config no-such-file",
                "--rate 0",
                "--rate-burst 5",
                "--keys no-such-file",
                "--tls-certificate no-such-file",
                "--tls-certificate no-such-file --tls-key no-such-file",
                "--cors-origin *",
                "--host 0.0.0.0",
                "--host no.such.host.invalid"
            })
    void usage(String arguments) throws Exception {
        assertFails(Main.USAGE, "percept serve: ", arguments.split(" ", -1));
    }
}
