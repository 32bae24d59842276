package dev.percept;

import static dev.percept.TestGraph.DOUBLE;
import static dev.percept.TestGraph.FLOAT;
import static dev.percept.TestGraph.FLOAT16;
import static dev.percept.TestGraph.UINT8;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Foreign backbones as users bring them, each an ONNX file without metadata and a sidecar. All compute
 * {@code relu(M · x + b)} per pixel, with the same M and b, from differently presented pictures, so that plain Java can say
 * what each must answer ({@link #expected}).
 */
enum ForeignBackbone {
    /** The usual form: floats in 0…1, normalised as for ImageNet. */
    NCHW_NORMALISED(13, "NCHW", false, 0, 1, true, null, "NCHW", FLOAT),
    /** Channels last, blue first, 0…255, as Caffe's and old TensorFlow's networks have it. */
    NHWC_BGR_255(15, "NHWC", true, 0, 255, false, null, "NHWC", FLOAT),
    /** Bytes in, as exporters of mobile networks like it. */
    UINT8_NHWC(17, "NHWC", false, 0, 255, false, null, "NHWC", FLOAT),
    /** Values in −1…1, as LPIPS and diffusion models have it. */
    SIGNED_RANGE(18, "NCHW", false, -1, 1, false, null, "NCHW", FLOAT),
    /** One picture at a time. */
    FIXED_BATCH_1(17, "NCHW", false, 0, 1, true, 1, "NCHW", FLOAT),
    /** Three pictures at a time. */
    FIXED_BATCH_3(17, "NCHW", false, 0, 1, true, 3, "NCHW", FLOAT),
    /** Tokens, as a vision transformer's blocks have them. */
    TOKENS(17, "NCHW", false, 0, 1, true, null, "NLC", FLOAT),
    /** One vector a picture, as a classifier's embedding. */
    EMBEDDING(17, "NCHW", true, 0, 1, true, null, "NC", FLOAT),
    /** Half-precision features. */
    HALF(17, "NCHW", false, 0, 1, false, null, "NCHW", FLOAT16),
    /** Double-precision features. */
    WIDE(17, "NCHW", false, 0, 1, false, null, "NCHW", DOUBLE),
    /** Only pictures of 24 × 20. */
    FIXED_SIZE(17, "NCHW", false, 0, 1, true, null, "NCHW", FLOAT),
    /** Sides that are multiples of 4. */
    MULTIPLES(17, "NCHW", false, 0, 1, true, null, "NCHW", FLOAT);

    static final int WIDTH = 24;
    static final int HEIGHT = 20;
    static final int CHANNELS = 4;
    private static final double[] MEAN = {0.485, 0.456, 0.406};
    private static final double[] STD = {0.229, 0.224, 0.225};
    private static final float[] MATRIX = {
        0.5f, -0.25f, 0.125f, -0.5f, 1f, 0.25f, 0.75f, 0.5f, -1f, 0.3f, 0.3f, 0.3f,
    };
    private static final float[] BIAS = {0.1f, -0.05f, 0.2f, 0f};

    private final int opset;
    private final String inputLayout;
    private final boolean bgr;
    private final double low;
    private final double high;
    private final boolean normalised;
    private final @Nullable Integer batch;
    private final String featureLayout;
    private final int featureType;

    ForeignBackbone(
            int opset,
            String inputLayout,
            boolean bgr,
            double low,
            double high,
            boolean normalised,
            @Nullable Integer batch,
            String featureLayout,
            int featureType) {
        this.opset = opset;
        this.inputLayout = inputLayout;
        this.bgr = bgr;
        this.low = low;
        this.high = high;
        this.normalised = normalised;
        this.batch = batch;
        this.featureLayout = featureLayout;
        this.featureType = featureType;
    }

    /** Writes the model and its sidecar into a folder, and returns the model. */
    Path writeTo(Path folder) throws IOException {
        String name = name().toLowerCase(Locale.ROOT);
        Path file = graph().writeTo(folder.resolve(name + ".onnx"));
        Files.writeString(folder.resolve(name + ".onnx.json"), sidecar(name), StandardCharsets.UTF_8);
        return file;
    }

    private boolean bytesIn() {
        return this == UINT8_NHWC;
    }

    private String sidecar(String name) {
        String size =
                switch (this) {
                    case FIXED_SIZE -> ", \"size\": {\"fixed\": [" + HEIGHT + ", " + WIDTH + "]}";
                    case MULTIPLES -> ", \"size\": {\"multiple\": 4, \"minimum\": 8}";
                    default -> "";
                };
        double[] mean = inChannelOrder(MEAN);
        double[] std = inChannelOrder(STD);
        String normalisation = normalised
                ? ", \"mean\": [%s, %s, %s], \"std\": [%s, %s, %s]"
                        .formatted(mean[0], mean[1], mean[2], std[0], std[1], std[2])
                : "";
        return """
                {"percept_spec": 1, "name": "%s",
                 "input": {"name": "pixels", "layout": "%s", "dtype": "%s", "range": [%s, %s], "channel_order": "%s",
                           "batch": %s%s%s},
                 "layers": [{"name": "colour", "output": "features", "layout": "%s", "channels": %d, "weight": 2.5}]}
                """.formatted(
                        name,
                        inputLayout,
                        bytesIn() ? "uint8" : "float32",
                        low,
                        high,
                        bgr ? "BGR" : "RGB",
                        batch == null ? "\"free\"" : batch,
                        normalisation,
                        size,
                        featureLayout,
                        CHANNELS);
    }

    private double[] inChannelOrder(double[] rgb) {
        return bgr ? new double[] {rgb[2], rgb[1], rgb[0]} : rgb;
    }

    private TestGraph graph() {
        long n = batch == null ? -1 : batch;
        long height = this == FIXED_SIZE ? HEIGHT : -1;
        long width = this == FIXED_SIZE ? WIDTH : -1;
        TestGraph graph = new TestGraph(opset);
        boolean last = inputLayout.equals("NHWC");
        if (last) {
            graph.input("pixels", bytesIn() ? UINT8 : FLOAT, n, height, width, 3);
        } else {
            graph.input("pixels", FLOAT, n, 3, height, width);
        }
        String at = "pixels";
        if (bytesIn()) {
            graph.node("Cast", List.of(at), "cast", "to", (long) FLOAT);
            at = "cast";
        }
        if (last) {
            graph.node("Transpose", List.of(at), "channels_first", "perm", new long[] {0, 3, 1, 2});
            at = "channels_first";
        }
        graph.floats("matrix", List.of(CHANNELS, 3, 1, 1), MATRIX).floats("bias", List.of(CHANNELS), BIAS);
        graph.node("Conv", List.of(at, "matrix", "bias"), "mixed").node("Relu", List.of("mixed"), "rectified");
        switch (featureLayout) {
            case "NHWC" ->
                graph.node("Transpose", List.of("rectified"), "features", "perm", new long[] {0, 2, 3, 1})
                        .output("features", FLOAT, n, height, width, CHANNELS);
            case "NLC" ->
                graph.longs("flat", 0, CHANNELS, -1)
                        .node("Reshape", List.of("rectified", "flat"), "rows")
                        .node("Transpose", List.of("rows"), "features", "perm", new long[] {0, 2, 1})
                        .output("features", FLOAT, n, -1, CHANNELS);
            case "NC" ->
                graph.node("GlobalAveragePool", List.of("rectified"), "pooled")
                        .node("Flatten", List.of("pooled"), "features")
                        .output("features", FLOAT, n, CHANNELS);
            default ->
                graph.node("Cast", List.of("rectified"), "features", "to", (long) featureType)
                        .output("features", featureType, n, CHANNELS, height, width);
        }
        return graph;
    }

    /** The total that the spec's formula gives for a pair, in double, without ONNX. */
    double expected(BufferedImage reference, BufferedImage candidate) {
        double[][] left = features(reference);
        double[][] right = features(candidate);
        double sum = 0;
        for (int pixel = 0; pixel < left.length; pixel++) {
            for (int channel = 0; channel < CHANNELS; channel++) {
                double difference = left[pixel][channel] - right[pixel][channel];
                sum += difference * difference;
            }
        }
        return 2.5 * sum / (left.length * CHANNELS);
    }

    private double[][] features(BufferedImage image) {
        int width = image.getWidth();
        double[][] features = new double[width * image.getHeight()][CHANNELS];
        for (int pixel = 0; pixel < features.length; pixel++) {
            int rgb = image.getRGB(pixel % width, pixel / width);
            double[] values = inChannelOrder(new double[] {rgb >> 16 & 0xff, rgb >> 8 & 0xff, rgb & 0xff});
            for (int channel = 0; channel < CHANNELS; channel++) {
                double sum = BIAS[channel];
                for (int from = 0; from < 3; from++) {
                    double value = low + (high - low) * values[from] / 255;
                    if (normalised) {
                        value = (value - inChannelOrder(MEAN)[from]) / inChannelOrder(STD)[from];
                    }
                    sum += MATRIX[channel * 3 + from] * value;
                }
                features[pixel][channel] = Math.max(0, sum);
            }
        }
        return featureLayout.equals("NC") ? new double[][] {mean(features)} : features;
    }

    private static double[] mean(double[][] features) {
        double[] mean = new double[CHANNELS];
        for (double[] pixel : features) {
            for (int channel = 0; channel < CHANNELS; channel++) {
                mean[channel] += pixel[channel] / features.length;
            }
        }
        return mean;
    }

    /** How far a score may be from {@link #expected}, relatively. */
    double tolerance() {
        if (featureLayout.equals("NC")) {
            // Averaging leaves small differences of large numbers.
            return 1e-4;
        }
        return featureType == FLOAT16 ? 2e-3 : 2e-6;
    }
}
