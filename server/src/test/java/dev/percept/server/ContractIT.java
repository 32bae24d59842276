package dev.percept.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import dev.percept.Device;
import dev.percept.LossOptions;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** Requests that schemathesis makes up from the OpenAPI document: none is answered with 5xx, nor with what isn't documented. */
@DisabledOnOs(OS.WINDOWS)
@Timeout(600)
class ContractIT {
    private static final int SKIPPED = 77;

    private static final ServerConfig CONFIG = ServerConfig.defaults()
            .withAddress("127.0.0.1", 0)
            .withModel("nlpd", LossOptions.defaults().withDevice(Device.CPU));

    @TempDir
    Path folder = Path.of("");

    private void check(PerceptServer server, String... options) throws Exception {
        Path output = folder.resolve("output");
        List<String> command = new ArrayList<>(List.of(
                Path.of("src", "test", "contract", "run").toAbsolutePath().toString(),
                "target",
                server.address().toString()));
        command.addAll(List.of(options));
        Process process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .start();
        try {
            assertThat(process.waitFor(550, TimeUnit.SECONDS)).isTrue();
        } finally {
            process.destroy();
        }
        String said = Files.readString(output);
        assumeFalse(process.exitValue() == SKIPPED, said);
        assertThat(process.exitValue()).as(said).isZero();
        assertThat(said).containsPattern("(\\d+) generated, \\1 passed");
    }

    @Test
    void whatIsMadeUpIsAnsweredAsDocumented() throws Exception {
        try (PerceptServer server = PerceptServer.start(CONFIG)) {
            check(server, "--max-examples", "10");
            assertThat(new Client(server.address()).score(Form.good()).statusCode())
                    .isEqualTo(200);
        }
    }
}
