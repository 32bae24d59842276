package dev.percept.image;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.percept.IccProfile;
import dev.percept.ImageOptions;
import dev.percept.ImageSource;
import dev.percept.Orientation;
import dev.percept.ResizeFilter;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Pictures are read as others read them. {@code export-tools/oracle/make_images.py} writes the files and, in the same build, what
 * Pillow, pypng, LittleCMS and NumPy say of them.
 */
class PictureParityIT {
    private static final Path ORACLE = Path.of("..", "export-tools", "target", "images");

    /** A file, and what is expected of it. */
    record Case(JsonObject json, ImageOptions options) {
        String text(String name) {
            return json.get(name).getAsString();
        }

        Pixels decoded() {
            return new Decoder(options)
                    .decode(ImageSource.of(ORACLE.resolve(text("file"))))
                    .pixels();
        }

        @Override
        public String toString() {
            return text("file") + (json.has("policy") ? " " + json.get("policy") : "");
        }
    }

    static Stream<JsonObject> entries(String kind) throws IOException {
        Path file = ORACLE.resolve("images.json");
        boolean there = Files.exists(file);
        if (Boolean.parseBoolean(System.getenv("CI"))) {
            assertThat(there).as("in CI the oracle must have run: %s", ORACLE).isTrue();
        }
        Assumptions.assumeTrue(there, "no picture oracle: it needs Python; run mvn verify from the root");
        return JsonParser.parseString(Files.readString(file)).getAsJsonObject().getAsJsonArray(kind).asList().stream()
                .map(JsonElement::getAsJsonObject);
    }

    static Stream<Case> cases() throws IOException {
        return entries("cases").map(json -> new Case(json, ImageOptions.defaults()));
    }

    static Stream<Case> ignored() throws IOException {
        return entries("ignored").map(json -> {
            boolean icc = json.getAsJsonObject("policy").has("icc");
            return new Case(
                    json,
                    icc
                            ? ImageOptions.defaults().withIcc(IccProfile.IGNORE)
                            : ImageOptions.defaults().withOrientation(Orientation.IGNORE));
        });
    }

    static Stream<JsonObject> resizes() throws IOException {
        return entries("resizes");
    }

    @ParameterizedTest
    @MethodSource("cases")
    void aPictureIsReadAsOthersReadIt(Case file) throws IOException {
        requireClose(file);
    }

    @ParameterizedTest
    @MethodSource("ignored")
    void aPolicyThatIgnoresIsKept(Case file) throws IOException {
        requireClose(file);
    }

    /** To within a level, since Pillow's weights are rounded to whole numbers. */
    @ParameterizedTest
    @MethodSource("resizes")
    void aPictureIsResizedAsPillowDoes(JsonObject resize) throws IOException {
        Pixels source = new Decoder(ImageOptions.defaults())
                .decode(ImageSource.of(ORACLE.resolve(resize.get("file").getAsString())))
                .pixels();
        Pixels resized = Resampler.resize(
                source,
                resize.get("width").getAsInt(),
                resize.get("height").getAsInt(),
                ResizeFilter.valueOf(resize.get("filter").getAsString().toUpperCase(Locale.ROOT)));

        assertThat(distance(resized, ORACLE.resolve(resize.get("expected").getAsString())))
                .isLessThanOrEqualTo(resize.get("tolerance").getAsInt());
    }

    private static void requireClose(Case file) throws IOException {
        Pixels decoded = file.decoded();

        assertThat(decoded.size())
                .isEqualTo(file.json.get("width").getAsInt() + "×"
                        + file.json.get("height").getAsInt());
        assertThat(decoded.isDeep() ? 16 : 8).isEqualTo(file.json.get("bits").getAsInt());
        JsonElement tolerance = file.json.get("tolerance");
        if (!tolerance.isJsonNull()) {
            assertThat(distance(decoded, ORACLE.resolve(file.text("expected"))))
                    .isLessThanOrEqualTo(tolerance.getAsDouble());
        }
    }

    /** The largest difference from what NumPy wrote, in levels of 8 bits. */
    static double distance(Pixels pixels, Path expected) throws IOException {
        ByteBuffer npy = ByteBuffer.wrap(Files.readAllBytes(expected)).order(ByteOrder.LITTLE_ENDIAN);
        int header = 10 + npy.getShort(8);
        String description =
                StandardCharsets.ISO_8859_1.decode(npy.slice(10, header - 10)).toString();
        assertThat(description)
                .contains(
                        pixels.isDeep() ? "'<u2'" : "'|u1'",
                        "'fortran_order': False",
                        "(" + pixels.height() + ", " + pixels.width() + ", 3)");
        Samples actual = pixels.samples();
        int most = 0;
        for (int i = 0; i < actual.length(); i++) {
            int wanted = pixels.isDeep() ? npy.getShort(header + 2 * i) & 0xffff : npy.get(header + i) & 0xff;
            most = Math.max(most, Math.abs(actual.get(i) - wanted));
        }
        return pixels.isDeep() ? most / 257.0 : most;
    }
}
