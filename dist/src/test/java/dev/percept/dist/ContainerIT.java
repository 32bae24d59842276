package dev.percept.dist;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.github.dockerjava.api.command.InspectContainerResponse;
import com.github.dockerjava.api.model.Capability;
import com.github.dockerjava.api.model.HostConfig;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.testcontainers.DockerClientFactory;
import org.testcontainers.containers.GenericContainer;
import org.testcontainers.containers.wait.strategy.Wait;

/**
 * The image that the Dockerfile makes of the folder that the build has left: it runs with nothing that can be written to and as
 * nobody in particular, scores, says how it is, and drains when it is stopped.
 *
 * <p>{@code PERCEPT_DOCKER} names the docker to build with (it must have BuildKit), {@code PERCEPT_BASE_IMAGE} an image with Java to
 * build on where the Dockerfile's own can't be pulled.
 */
class ContainerIT {
    private static final String IMAGE = "percept-it";
    private static final int PORT = 8080;
    private static final Pattern TOTAL = Pattern.compile("\"total\": ([0-9.eE+-]+)");

    @BeforeAll
    static void build() throws IOException, InterruptedException {
        assumeTrue(DockerClientFactory.instance().isDockerAvailable(), "no Docker engine can be reached");
        List<String> command = new ArrayList<>(List.of(
                Objects.requireNonNullElse(System.getenv("PERCEPT_DOCKER"), "docker"),
                "build",
                "--tag",
                IMAGE,
                "--build-arg",
                "RELEASE=folder"));
        String base = System.getenv("PERCEPT_BASE_IMAGE");
        if (base != null) {
            command.addAll(List.of("--build-arg", "CPU_IMAGE=" + base));
        }
        command.add(".");
        Path log = Release.target().resolve("container-build.log");
        ProcessBuilder builder = new ProcessBuilder(command)
                .directory(Release.checkout().toFile())
                .redirectErrorStream(true)
                .redirectOutput(log.toFile());
        builder.environment().put("DOCKER_BUILDKIT", "1");
        assertThat(builder.start().waitFor()).as(Files.readString(log)).isZero();
    }

    /** As the most careful clusters run it; the user is the image's, or any, as OpenShift assigns them. */
    @ParameterizedTest
    @ValueSource(strings = {"", "12345:0"})
    void scoresWithNothingToWriteToAndNoRights(String user) throws Exception {
        try (GenericContainer<?> container = service(user)) {
            container.start();
            assertThat(container.execInContainer("id", "-u").getStdout())
                    .isEqualToIgnoringNewLines(user.isEmpty() ? "10001" : "12345");

            HttpResponse<String> answer = score(container);
            assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
            // With the command line in the same image.
            var printed = container.execInContainer(
                    "percept",
                    "score",
                    "--format",
                    "json",
                    "/opt/percept/samples/reference.png",
                    "/opt/percept/samples/blur-1.png");
            assertThat(printed.getExitCode()).as(printed.getStderr()).isZero();
            assertThat(total(answer.body())).isPositive().isEqualTo(total(printed.getStdout()));

            assertThat(container
                            .getDockerClient()
                            .containerDiffCmd(container.getContainerId())
                            .exec())
                    .as("what has been written")
                    .isNullOrEmpty();
            assertThat(stop(container).getExitCodeLong())
                    .as(container.getLogs())
                    .isZero();
        }
    }

    @Test
    void saysThatItIsHealthy() throws Exception {
        try (GenericContainer<?> container = service("")) {
            container.setWaitStrategy(Wait.forHealthcheck());
            container.start();
            var asked = container.execInContainer("percept-ready");
            assertThat(asked.getExitCode()).isZero();
            assertThat(asked.getStdout()).contains("\"ready\"");

            var elsewhere = container.execInContainer("env", "PERCEPT_READY_PORT=1", "percept-ready");
            assertThat(elsewhere.getExitCode()).isNotZero();
        }
    }

    /** A request that was admitted before the stop is answered; the process ends by itself and in order. */
    @Test
    void drainsWhenItIsStopped() throws Exception {
        try (GenericContainer<?> container = service("")) {
            container.start();
            byte[] body = form();
            try (Socket socket = new Socket(container.getHost(), container.getMappedPort(PORT))) {
                socket.setSoTimeout(20_000);
                OutputStream out = socket.getOutputStream();
                out.write(("POST /v1/score HTTP/1.1\r\nHost: percept\r\nConnection: close\r\nExpect: 100-continue\r\n"
                                + "Content-Type: multipart/form-data; boundary=b\r\nContent-Length: " + body.length
                                + "\r\n\r\n")
                        .getBytes(UTF_8));
                InputStream in = socket.getInputStream();
                // It asks for the body of those only that it has admitted.
                assertThat(new String(in.readNBytes(25), UTF_8)).isEqualTo("HTTP/1.1 100 Continue\r\n\r\n");
                CompletableFuture<InspectContainerResponse.ContainerState> stopping =
                        CompletableFuture.supplyAsync(() -> stop(container));
                awaitNotReady(container);
                out.write(body);
                assertThat(new String(in.readAllBytes(), UTF_8))
                        .startsWith("HTTP/1.1 200 ")
                        .contains("\"total\":");
                assertThat(stopping.get().getExitCodeLong())
                        .as(container.getLogs())
                        .isZero();
            }
        }
    }

    private static GenericContainer<?> service(String user) {
        return new GenericContainer<>(IMAGE)
                .withImagePullPolicy(name -> false)
                .withExposedPorts(PORT)
                .waitingFor(Wait.forHttp("/health/ready"))
                .withStartupTimeout(Duration.ofSeconds(90))
                .withCreateContainerCmdModifier(command -> {
                    HostConfig host = Objects.requireNonNull(command.getHostConfig());
                    host.withReadonlyRootfs(true)
                            .withCapDrop(Capability.ALL)
                            .withSecurityOpts(List.of("no-new-privileges:true"))
                            .withMemory(1L << 30);
                    if (!user.isEmpty()) {
                        command.withUser(user);
                    }
                });
    }

    private static void awaitNotReady(GenericContainer<?> container) throws Exception {
        HttpRequest request =
                HttpRequest.newBuilder(uri(container, "/health/ready")).build();
        int status = 200;
        while (status == 200) {
            Thread.sleep(20);
            try {
                status = HttpClient.newHttpClient()
                        .send(request, HttpResponse.BodyHandlers.discarding())
                        .statusCode();
            } catch (IOException e) {
                // It listens no longer, which is not being ready, too.
                status = 503;
            }
        }
    }

    /** {@code docker stop}: TERM, and KILL only after 30 seconds. */
    private static InspectContainerResponse.ContainerState stop(GenericContainer<?> container) {
        container
                .getDockerClient()
                .stopContainerCmd(container.getContainerId())
                .withTimeout(30)
                .exec();
        return container.getCurrentContainerInfo().getState();
    }

    private static HttpResponse<String> score(GenericContainer<?> container) throws IOException, InterruptedException {
        HttpRequest request = HttpRequest.newBuilder(uri(container, "/v1/score"))
                .header("Content-Type", "multipart/form-data; boundary=b")
                .POST(HttpRequest.BodyPublishers.ofByteArray(form()))
                .build();
        return HttpClient.newHttpClient().send(request, HttpResponse.BodyHandlers.ofString());
    }

    private static URI uri(GenericContainer<?> container, String path) {
        return URI.create("http://" + container.getHost() + ":" + container.getMappedPort(PORT) + path);
    }

    private static byte[] form() throws IOException {
        ByteArrayOutputStream form = new ByteArrayOutputStream();
        part(form, "reference", "reference.png");
        part(form, "candidate", "blur-1.png");
        form.write("--b--\r\n".getBytes(UTF_8));
        return form.toByteArray();
    }

    private static void part(ByteArrayOutputStream form, String field, String sample) throws IOException {
        form.write(
                ("--b\r\nContent-Disposition: form-data; name=\"" + field + "\"; filename=\"" + sample + "\"\r\n\r\n")
                        .getBytes(UTF_8));
        form.write(Files.readAllBytes(Release.samples().resolve(sample)));
        form.write("\r\n".getBytes(UTF_8));
    }

    private static double total(String json) {
        Matcher matcher = TOTAL.matcher(json);
        assertThat(matcher.find()).as(json).isTrue();
        return Double.parseDouble(matcher.group(1));
    }
}
