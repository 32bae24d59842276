package dev.percept;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;
import static org.assertj.core.api.Assertions.within;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.percept.samples.Distortions;
import dev.percept.samples.Pictures;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The whole way from the export script to Java answers as torchvision does in float64, with the same seeded weights.
 * {@code export-tools/oracle/make_parity.py} writes what is compared with, in the same build, where torch is installed.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class VggParityIT {
    private static final Path ORACLE = Path.of("..", "export-tools", "target", "parity");

    private @Nullable PerceptualLoss loss;

    /** Before each test and not once for all, so that every test that is skipped is counted as skipped. */
    @BeforeEach
    void load() {
        boolean there = Files.exists(ORACLE.resolve("parity.json"));
        if (Boolean.parseBoolean(System.getenv("CI"))) {
            assertThat(there).as("in CI the oracle must have run: %s", ORACLE).isTrue();
        }
        Assumptions.assumeTrue(there, "no torch oracle: set PERCEPT_ORACLE=1 and run mvn verify from the root");
        if (loss == null) {
            loss = PerceptualLoss.load(
                    Backbone.open(ORACLE.resolve("vgg19.onnx")),
                    LossOptions.defaults().withKernels(kernels()));
        }
    }

    /** One kind throughout: AUTO would change it between two scores that must be equal to the last bit. */
    Kernels kernels() {
        return Kernels.PLAIN;
    }

    @AfterAll
    void close() {
        if (loss != null) {
            loss.close();
        }
    }

    /**
     * A window with what its cells see around them gives the whole's features, on plain kernels, which windows run on, to the last bit: their
     * loss is exact because of that.
     */
    @Test
    void featuresOfAWindowAreThoseOfTheWhole() {
        int side = 384;
        // A multiple of all strides, and more than what the deepest layer sees on one side.
        int from = 128;
        byte[] whole = new byte[3 * side * side];
        new Random(1).nextBytes(whole);
        int length = side - from;
        byte[] window = new byte[3 * length * length];
        for (int y = 0; y < length; y++) {
            System.arraycopy(whole, 3 * ((y + from) * side + from), window, 3 * y * length, 3 * length);
        }
        PerceptualLoss vgg19 = Objects.requireNonNull(loss);
        List<Feature> expected = vgg19.features(ImageSource.ofRgb(whole, side, side, "whole"));
        List<Feature> found = vgg19.features(ImageSource.ofRgb(window, length, length, "window"));
        for (int layer = 0; layer < expected.size(); layer++) {
            List<Integer> shape = expected.get(layer).shape();
            int cells = shape.get(2);
            int skipped = from * cells / side;
            FloatBuffer left = expected.get(layer).values();
            FloatBuffer right = found.get(layer).values();
            double tolerance = kernels() == Kernels.PLAIN ? 0 : 1e-5 * largest(left);
            int others = 0;
            for (int channel = 0; channel < shape.get(1); channel++) {
                for (int y = 2 * skipped; y < cells; y++) {
                    int row = (channel * cells + y) * cells;
                    int same = (channel * (cells - skipped) + y - skipped) * (cells - skipped) - skipped;
                    for (int x = 2 * skipped; x < cells; x++) {
                        others += Math.abs(left.get(row + x) - right.get(same + x)) <= tolerance ? 0 : 1;
                    }
                }
            }
            assertThat(others).as(expected.get(layer).layer()).isZero();
        }
    }

    private static float largest(FloatBuffer values) {
        float largest = 0;
        for (int i = 0; i < values.limit(); i++) {
            largest = Math.max(largest, Math.abs(values.get(i)));
        }
        return largest;
    }

    /** In the corners, where padding is near, and elsewhere. */
    @ParameterizedTest
    @CsvSource({"0, 0", "192, 0", "0, 192", "192, 192", "77, 83"})
    void aHeatMapsMaximumLiesInsideAKnownChange(int left, int top) {
        BufferedImage reference = Pictures.landscape(224, 224);
        BufferedImage candidate = Distortions.noise(reference, 0, 1);
        for (int y = top; y < top + 32; y++) {
            for (int x = left; x < left + 32; x++) {
                candidate.setRGB(x, y, ~reference.getRGB(x, y));
            }
        }
        HeatMap map = loss().heatMaps(reference, candidate).combined();
        FloatBuffer values = map.values();
        int highest = 0;
        for (int i = 0; i < values.limit(); i++) {
            highest = values.get(i) > values.get(highest) ? i : highest;
        }
        assertThat(highest % 224).isBetween(left, left + 31);
        assertThat(highest / 224).isBetween(top, top + 31);
        double total = loss().score(reference, candidate).total();
        assertThat(map.mean()).isCloseTo(total, within(1e-5 * total));
    }

    static Stream<JsonObject> pairs() throws IOException {
        Path file = ORACLE.resolve("parity.json");
        if (!Files.exists(file)) {
            return Stream.of(new JsonObject());
        }
        return JsonParser.parseString(Files.readString(file)).getAsJsonArray().asList().stream()
                .map(JsonElement::getAsJsonObject);
    }

    @ParameterizedTest
    @MethodSource("pairs")
    void everyLayersMseIsThatOfTorchvision(JsonObject pair) {
        List<LayerScore> layers =
                loss().score(path(pair, "reference"), path(pair, "candidate")).layers();
        List<JsonElement> expected = pair.getAsJsonArray("layers").asList();
        assertThat(layers).hasSameSizeAs(expected);
        for (int i = 0; i < layers.size(); i++) {
            double mse = expected.get(i).getAsJsonObject().get("mse").getAsDouble();
            assertThat(layers.get(i).value()).as(layers.get(i).name()).isCloseTo(mse, within(1e-4 * mse));
        }
    }

    /** One pair for each reference, whose features were kept. */
    static Stream<JsonObject> references() throws IOException {
        Set<String> seen = new HashSet<>();
        return pairs().filter(pair -> !pair.has("layers")
                || seen.add(pair.getAsJsonArray("layers")
                        .get(0)
                        .getAsJsonObject()
                        .get("features")
                        .getAsString()));
    }

    /** The largest pictures take seconds each, and say nothing more here. */
    static Stream<JsonObject> smallPairs() throws IOException {
        return pairs().filter(pair -> !pair.has("height") || pair.get("height").getAsInt() <= 256);
    }

    @ParameterizedTest
    @MethodSource("references")
    void everyFeatureIsThatOfTorchvision(JsonObject pair) throws IOException {
        List<Feature> features = loss().features(path(pair, "reference"));
        for (int i = 0; i < features.size(); i++) {
            JsonObject layer = pair.getAsJsonArray("layers").get(i).getAsJsonObject();
            double tolerance = 1e-5 * layer.get("max_abs").getAsDouble();
            Feature feature = features.get(i);
            float[] expected = npy(path(layer, "features"), feature.shape());
            float[] actual = new float[expected.length];
            assertThat(feature.values().remaining()).isEqualTo(expected.length);
            feature.values().duplicate().get(actual);
            double worst = 0;
            for (int at = 0; at < expected.length; at++) {
                worst = Math.max(worst, Math.abs((double) actual[at] - expected[at]));
            }
            assertThat(worst).as(feature.layer()).isLessThanOrEqualTo(tolerance);
        }
    }

    @ParameterizedTest
    @MethodSource("smallPairs")
    void theOrderOfAPairDoesNotMatterAndEqualPicturesScoreZero(JsonObject pair) {
        Path reference = path(pair, "reference");
        Path candidate = path(pair, "candidate");
        assertThat(loss().score(candidate, reference).layers())
                .isEqualTo(loss().score(reference, candidate).layers());
        assertThat(loss().score(reference, reference).total()).isZero();
    }

    @Test
    void theShapesAreThoseOfTheReferenceDescription() {
        List<Feature> features = loss().features(new BufferedImage(224, 224, BufferedImage.TYPE_INT_RGB));
        assertThat(features)
                .extracting(Feature::layer, Feature::shape)
                .containsExactly(
                        tuple("relu2_1", List.of(1, 128, 112, 112)),
                        tuple("relu4_1", List.of(1, 512, 28, 28)),
                        tuple("relu5_1", List.of(1, 512, 14, 14)));
    }

    @Test
    void randomWeightsAreFlagged() {
        assertThat(loss().backbone().spec().weights().random()).isTrue();
        assertThat(loss().backbone().spec().weights().source()).isEqualTo("random:0");
    }

    PerceptualLoss loss() {
        return Objects.requireNonNull(loss);
    }

    static Path path(JsonObject object, String name) {
        return ORACLE.resolve(object.get(name).getAsString());
    }

    /** Reads NumPy's format, as its documentation (numpy.lib.format) states it, for little-endian float32 in C order. */
    private static float[] npy(Path file, List<Integer> shape) throws IOException {
        try (FileChannel channel = FileChannel.open(file)) {
            ByteBuffer bytes = channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size())
                    .order(ByteOrder.LITTLE_ENDIAN);
            byte[] header = new byte[bytes.getShort(8)];
            bytes.get(10, header);
            List<String> lengths = new ArrayList<>();
            shape.forEach(length -> lengths.add(length.toString()));
            assertThat(new String(header, StandardCharsets.US_ASCII))
                    .contains("'<f4'", "'fortran_order': False", "(" + String.join(", ", lengths) + ")");
            FloatBuffer floats = bytes.position(10 + header.length)
                    .slice()
                    .order(ByteOrder.LITTLE_ENDIAN)
                    .asFloatBuffer();
            float[] values = new float[floats.remaining()];
            floats.get(values);
            return values;
        }
    }
}
