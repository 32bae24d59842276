package dev.percept;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import java.io.IOException;
import org.junit.jupiter.api.Test;

/** The same on Winograd's kernels. */
class VggParityWinogradIT extends VggParityIT {
    @Override
    Kernels kernels() {
        return Kernels.WINOGRAD;
    }

    @Test
    void theseKernelsRan() throws IOException {
        JsonObject pair = pairs().filter(found -> found.get("height").getAsInt() == 224)
                .findFirst()
                .orElseThrow();
        Score score = loss().score(path(pair, "reference"), path(pair, "candidate"));

        assertThat(score.provenance().execution().kernels()).startsWith("winograd");
    }
}
