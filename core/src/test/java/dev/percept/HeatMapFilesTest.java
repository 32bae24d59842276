// SPDX-License-Identifier: Apache-2.0
package dev.percept;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.Reader;
import java.nio.FloatBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Interpolation is PyTorch's and files are NumPy's: {@code export-tools/tests/heat_map_golden.py} wrote what is compared with. */
class HeatMapFilesTest {
    private static JsonObject golden() throws IOException {
        try (Reader in = new InputStreamReader(
                Objects.requireNonNull(HeatMapFilesTest.class.getResourceAsStream("heat-map-golden.json")),
                StandardCharsets.UTF_8)) {
            return JsonParser.parseReader(in).getAsJsonObject();
        }
    }

    static Stream<JsonObject> cases() throws IOException {
        return golden().getAsJsonArray("cases").asList().stream().map(JsonElement::getAsJsonObject);
    }

    static Stream<JsonObject> files() throws IOException {
        return golden().getAsJsonArray("npy").asList().stream().map(JsonElement::getAsJsonObject);
    }

    @ParameterizedTest
    @MethodSource("cases")
    void interpolatesAsPyTorchDoes(JsonObject golden) {
        JsonArray cells = golden.getAsJsonArray("cells");
        float[] sums = new float[cells.size()];
        for (int i = 0; i < sums.length; i++) {
            sums[i] = cells.get(i).getAsFloat();
        }
        int width = golden.get("width").getAsInt();
        int height = golden.get("height").getAsInt();
        float[] values = new float[width * height];
        Cells map =
                new Cells(golden.get("rows").getAsInt(), golden.get("columns").getAsInt(), sums, 0.25);

        new Interpolation(width, height).add(map, 3, values);

        JsonArray expected = golden.getAsJsonArray("pixels");
        assertThat(values).hasSize(expected.size());
        for (int i = 0; i < values.length; i++) {
            assertThat((double) values[i])
                    .as("pixel %d", i)
                    .isCloseTo(0.75 * expected.get(i).getAsDouble(), within(1e-7));
        }
    }

    @ParameterizedTest
    @MethodSource("files")
    void writesTheBytesThatNumPyDoes(JsonObject golden) throws IOException {
        List<Integer> shape = golden.getAsJsonArray("shape").asList().stream()
                .map(JsonElement::getAsInt)
                .toList();
        FloatBuffer values = FloatBuffer.allocate(shape.stream().reduce(1, Math::multiplyExact));
        for (int i = 0; i < values.limit(); i++) {
            values.put(i, i / 2f);
        }
        ByteArrayOutputStream out = new ByteArrayOutputStream();

        NumpyFile.write(shape, values, out);

        assertThat(HexFormat.of().formatHex(out.toByteArray()))
                .isEqualTo(golden.get("file").getAsString());
    }

    @Test
    void largeArraysAreWrittenToTheirEnd() throws IOException {
        FloatBuffer values = FloatBuffer.allocate(40_000);
        values.put(39_999, 1);
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        NumpyFile.write(List.of(200, 200), values, out);
        byte[] file = out.toByteArray();
        assertThat(file).hasSize(128 + 160_000).endsWith(0, 0, 0x80, 0x3F);
    }
}
