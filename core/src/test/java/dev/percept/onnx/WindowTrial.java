package dev.percept.onnx;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.percept.CudaOptions;
import dev.percept.Evaluation;
import dev.percept.Precision;
import dev.percept.image.Pixels;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/** Compares random pairs whole and in parts. */
final class WindowTrial implements AutoCloseable {
    private static final SessionSettings SETTINGS = new SessionSettings(1, Precision.FP32, CudaOptions.defaults());
    /** Relative, as promised. */
    static final double TOLERANCE = 1e-6;

    /** Of the largest difference of a layer: a single place has no sum that levels rounding out. */
    private static final float DIFFERENCE_TOLERANCE = 1e-5f;

    private final BackboneModel model;
    private final FeatureEngine engine;
    private final double bytesPerPixel;
    private final Random random;
    private int windows;
    private int regions;
    private int stages;
    private int bands;
    private int chosen;
    private final List<GraphSplit> splits;

    WindowTrial(BackboneModel model, long seed) throws Exception {
        this.model = model;
        LocalGraph local = Objects.requireNonNull(model.graph().local());
        assertThat(local.refusal(model.input(), model.layers()))
                .as(model.name())
                .isNull();
        this.bytesPerPixel = new PartsChoice(model).bytesPerPixel();
        this.engine = new FeatureEngine(model, SETTINGS, Execution.CPU, 1 << 28);
        this.random = new Random(seed);
        this.splits = new StageChoice(model).splits();
    }

    FeatureEngine engine() {
        return engine;
    }

    /** How many pairs were evaluated in windows. */
    int windows() {
        return windows;
    }

    /** How many pairs were evaluated where they differ. */
    int regions() {
        return regions;
    }

    /** How many pairs were evaluated in two stages, whether that paid or not. */
    int stages() {
        return stages;
    }

    /** In how many of these the second stage had more than one band. */
    int bands() {
        return bands;
    }

    /** For how many pairs two stages were chosen. */
    int chosen() {
        return chosen;
    }

    List<GraphSplit> splits() {
        return splits;
    }

    /** The budget in which a window of so many pixels fits. */
    long memory(long pixels) {
        return (long) Math.ceil(pixels * bytesPerPixel);
    }

    /** Some pairs of random sizes. */
    void run(int pairs, int least, int most) {
        for (int i = 0; i < pairs; i++) {
            int width = least + random.nextInt(most - least);
            int height = least + random.nextInt(most - least);
            Pixels reference = noise(width, height);
            Pixels candidate = random.nextBoolean() ? noise(width, height) : changed(reference);
            long memory =
                    random.nextInt(3) == 0 ? 1L << 40 : memory((long) (random.nextDouble() * 1.5 * width * height));
            Parts parts = engine.parts(reference, candidate, memory, 2);
            chosen += parts.evaluation() == Evaluation.TWO_STAGES ? 1 : 0;
            if (!parts.isWhole()) {
                check(reference, candidate, parts);
            }
            checkDifferences(reference, candidate, engine.differences(reference, candidate, memory));
            if (!splits.isEmpty()) {
                checkStages(reference, candidate, splits.get(random.nextInt(splits.size())));
            }
        }
    }

    private void checkStages(Pixels reference, Pixels candidate, GraphSplit split) {
        Extent size = Extent.of(candidate);
        StagePlan plan = plan(split, size, random.nextDouble(), random.nextDouble());
        if (plan != null) {
            check(reference, candidate, Parts.of(plan));
        }
    }

    /** A plan for windows and bands of which the largest may be so large a share of the whole, if there is one. */
    @Nullable
    StagePlan plan(GraphSplit split, Extent size, double firstShare, double secondShare) {
        double first = split.first().bytesPerCell() * size.area() * firstShare;
        double cell = split.second().bytesPerCell() + 2.0 * split.bytesPerCell();
        return StageChoice.plan(split, size, first, cell * split.extent(size).area() * secondShare);
    }

    void check(Pixels reference, Pixels candidate, Parts parts) {
        windows += parts.evaluation() == Evaluation.WINDOWS ? 1 : 0;
        StagePlan plan = parts.stages();
        stages += plan != null ? 1 : 0;
        bands += plan != null && plan.bands().size() > 1 ? 1 : 0;
        regions += parts.evaluation() == Evaluation.CHANGED_REGIONS ? 1 : 0;
        Engine.Sums whole = whole(reference, candidate);
        Engine.Sums sums = engine.compare(reference, candidate, parts);
        assertThat(sums.values()).as("%s %s", model.name(), parts).isEqualTo(whole.values());
        for (int layer = 0; layer < sums.sums().length; layer++) {
            double expected = whole.sums()[layer][0];
            assertThat(sums.sums()[layer][0])
                    .as("%s, layer %d, %s, %s", model.name(), layer, reference.size(), parts)
                    .isCloseTo(expected, within(TOLERANCE * expected));
        }
    }

    /** Each place must have what it has when both pictures are compared as a whole. */
    private void checkDifferences(Pixels reference, Pixels candidate, Differences differences) {
        Differences whole = engine.differences(reference, candidate, Parts.WHOLE);
        for (int layer = 0; layer < whole.layers().size(); layer++) {
            float[] expected = whole.layers().get(layer).sums();
            float largest = 0;
            for (float sum : expected) {
                largest = Math.max(largest, sum);
            }
            assertThat(differences.layers().get(layer).rows())
                    .isEqualTo(whole.layers().get(layer).rows());
            assertThat(largestError(differences.layers().get(layer).sums(), expected))
                    .as("%s, layer %d, %s, %s", model.name(), layer, reference.size(), differences.parts())
                    .isLessThanOrEqualTo(DIFFERENCE_TOLERANCE * largest);
        }
    }

    /** Not a list's assertion, which takes the square of their number. */
    private static float largestError(float[] actual, float[] expected) {
        assertThat(actual).hasSameSizeAs(expected);
        float largest = 0;
        for (int i = 0; i < expected.length; i++) {
            largest = Math.max(largest, Math.abs(actual[i] - expected[i]));
        }
        return largest;
    }

    Engine.Sums whole(Pixels reference, Pixels candidate) {
        try (Engine.References references = engine.references(List.of(reference))) {
            return Completion.of(engine.compare(references, List.of(candidate)));
        }
    }

    Pixels noise(int width, int height) {
        byte[] rgb = new byte[Pixels.CHANNELS * width * height];
        random.nextBytes(rgb);
        return new Pixels(width, height, rgb);
    }

    /** The same with some rectangles, or single pixels, changed. */
    Pixels changed(Pixels picture) {
        byte[] rgb = picture.rgb8().clone();
        int count = 1 + random.nextInt(4);
        for (int i = 0; i < count; i++) {
            int width = 1 + (random.nextBoolean() ? 0 : random.nextInt(picture.width() / 4));
            int height = 1 + (random.nextBoolean() ? 0 : random.nextInt(picture.height() / 4));
            int left = random.nextInt(picture.width() - width + 1);
            int top = random.nextInt(picture.height() - height + 1);
            for (int y = top; y < top + height; y++) {
                for (int x = 3 * left; x < 3 * (left + width); x++) {
                    rgb[3 * y * picture.width() + x] += (byte) (1 + random.nextInt(255));
                }
            }
        }
        return new Pixels(picture.width(), picture.height(), rgb);
    }

    @Override
    public void close() {
        engine.close();
    }
}
