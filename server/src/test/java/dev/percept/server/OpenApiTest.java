package dev.percept.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.gson.JsonObject;
import dev.percept.Device;
import dev.percept.LossOptions;
import io.javalin.Javalin;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.stream.Collectors;
import org.eclipse.jetty.util.thread.QueuedThreadPool;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The OpenAPI document is whole, is served, and can be broken. That answers keep to it is checked wherever {@link Client} is used. */
class OpenApiTest {
    private static final Path DOCUMENT =
            Path.of("src", "main", "resources", "dev", "percept", "server", OpenApiEndpoint.RESOURCE);
    private static final Path SCORE_SCHEMA = Path.of("..", "docs", "schema", "score-1.schema.json");
    private static final String REPORT = "    ScoreReport:\n";

    private static PerceptServer server;
    private static Client client;

    @BeforeAll
    static void start() throws Exception {
        server = PerceptServer.start(ServerConfig.defaults()
                .withAddress("127.0.0.1", 0)
                .withModel("nlpd", LossOptions.defaults().withDevice(Device.CPU)));
        client = new Client(server.address());
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    @Test
    void isServedAsItIsCheckedIn() throws Exception {
        assertThat(client.get("/openapi.yaml").body()).isEqualTo(Files.readString(DOCUMENT));
    }

    @Test
    void describesEveryRouteAndNoOther() {
        ServerState state = new ServerState();
        ServerConfig config = ServerConfig.defaults();
        ServerLimits limits = config.limits();
        Admission admission = new Admission(1, 1);
        try (Metrics metrics = new Metrics(state);
                Scheduler scheduler = new Scheduler(admission, limits, metrics)) {
            QueuedThreadPool threads = HttpService.threads();
            Intake intake = new Intake(admission, scheduler, limits, threads, new ScheduledThreadPoolExecutor(1));
            HttpService service = new HttpService(
                    state, intake, threads, limits, metrics, new Gate(config.security()), new Browsers(config, true));
            Javalin javalin = service.create("127.0.0.1", 0, null);
            Set<String> routes = javalin.unsafe.internalRouter.allHttpHandlers().stream()
                    .map(entry -> entry.endpoint)
                    .filter(endpoint -> endpoint.method.isHttpMethod())
                    .map(endpoint -> endpoint.method.name() + " " + endpoint.path)
                    .collect(Collectors.toCollection(TreeSet::new));

            assertThat(Contract.operations()).isEqualTo(routes);
        }
    }

    /** OpenAPI tools don't find what a schema of its own name refers to within itself, so the document has its text. */
    @Test
    void hasTheSchemaOfScores() throws Exception {
        String schema = Files.readString(SCORE_SCHEMA)
                .replaceAll("(?m)^  \"\\$(schema|id)\": .*\n", "")
                .replace("\"#/$defs/", "\"#/components/schemas/ScoreReport/$defs/")
                .strip()
                .indent(6);
        String document = Files.readString(DOCUMENT);
        int end = document.indexOf(REPORT) + REPORT.length();
        if (Boolean.getBoolean("percept.docs.update")) {
            Files.writeString(DOCUMENT, document.substring(0, end) + schema);
        } else {
            assertThat(document.substring(end))
                    .as("run OpenApiTest with -Dpercept.docs.update=true")
                    .isEqualTo(schema);
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "GET  | /health/live  | 418 | application/json | {\"status\":\"live\"}",
                "GET  | /health/live  | 200 | text/plain       | {\"status\":\"live\"}",
                "GET  | /health/live  | 200 | application/json | {\"status\":\"live\",\"more\":1}",
                "GET  | /health/live  | 200 | application/json | {}",
                "GET  | /health/live  | 404 | application/json | {\"status\":\"live\"}",
                "GET  | /nothing      | 200 | application/json | {}",
                "POST | /v1/score     | 200 | application/json | {\"results\":[]}",
            })
    void otherAnswersBreakIt(String method, String path, int status, String type, String body) {
        assertThatThrownBy(() -> Contract.check(method, path, status, Map.of("Content-Type", type), body))
                .isInstanceOf(AssertionError.class);
    }

    @Test
    void otherHeadersBreakIt() {
        Map<String, String> good = Map.of("Content-Type", "application/json");
        String live = "{\"status\":\"live\"}";
        Contract.check("GET", "/health/live", 200, good, live);

        assertThatThrownBy(() -> Contract.check(
                        "GET", "/health/live", 200, Map.of("Content-Type", "application/json", "X-More", "1"), live))
                .isInstanceOf(AssertionError.class);
        assertThatThrownBy(() -> Contract.check(
                        "GET",
                        "/health/live",
                        200,
                        Map.of("Content-Type", "application/json", "X-Request-Id", "not well formed"),
                        live))
                .isInstanceOf(AssertionError.class);
    }

    @Test
    void modelsAreDescribed() throws Exception {
        HttpResponse<String> answer = client.get("/v1/models");
        assertThat(answer.statusCode()).isEqualTo(200);
        JsonObject model = Client.json(answer).getAsJsonArray("models").get(0).getAsJsonObject();

        assertThat(model.keySet())
                .containsExactly(
                        "name",
                        "default",
                        "sha256",
                        "description",
                        "weights",
                        "layers",
                        "input",
                        "provider",
                        "precision");
        assertThat(model.get("name").getAsString()).isEqualTo("nlpd");
        assertThat(model.get("sha256").getAsString())
                .isEqualTo(server.loss().backbone().sha256());
        assertThat(model.getAsJsonObject("weights").get("licence").getAsString())
                .isEqualTo("Apache-2.0");
        assertThat(model.getAsJsonArray("layers"))
                .hasSize(server.loss().layers().size());
        assertThat(model.getAsJsonObject("input").keySet()).isEqualTo(Set.copyOf(List.of("minimum", "multiple")));
        Client.assertTellsNothing(answer.body());
    }
}
