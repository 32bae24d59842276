package dev.percept;

import static org.assertj.core.api.Assertions.assertThat;

import dev.percept.samples.Distortions;
import dev.percept.samples.Pictures;
import java.awt.image.BufferedImage;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** What runs at once, and what is decoded meanwhile. */
class BatchingTest {
    private final List<CountingEngine> engines = new ArrayList<>();

    @Test
    void candidatesOfOneReferenceRunInOneBatch() {
        BufferedImage reference = Pictures.gradient(48, 40);
        List<ImageSource> candidates = new ArrayList<>();
        for (int i = 0; i < 12; i++) {
            candidates.add(ImageSource.of(Distortions.noise(reference, 20, i), "c" + i));
        }
        try (PerceptualLoss loss = load(LossOptions.defaults())) {
            loss.score(ImageSource.of(reference, "r"), candidates);
            assertThat(engine().references).containsExactly(1);
            assertThat(engine().compared).containsExactly(12);
        }
    }

    @Test
    void pairsOfEachSizeRunInBatches() {
        List<ImagePair> pairs = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            BufferedImage reference = Distortions.noise(Pictures.gradient(32 + 16 * (i % 2), 40), 20, i);
            pairs.add(new ImagePair(
                    ImageSource.of(reference, "r" + i), ImageSource.of(Distortions.noise(reference, 20, i), "c" + i)));
        }
        try (PerceptualLoss loss = load(LossOptions.defaults())) {
            loss.score(pairs);
            // Before anything has run it isn't known how many fit.
            assertThat(engine().compared).containsExactlyInAnyOrder(1, 9, 10);
            engine().compared.clear();
            loss.score(pairs);
            assertThat(engine().compared).containsExactly(10, 10);
        }
    }

    @Test
    void noBatchIsLargerThanTheBudgetAllows() {
        BufferedImage reference = Pictures.gradient(48, 40);
        List<ImageSource> candidates = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            candidates.add(ImageSource.of(Distortions.noise(reference, 20, i), "c" + i));
        }
        try (PerceptualLoss loss = load(LossOptions.defaults().withBatchBytes(1))) {
            loss.score(ImageSource.of(reference, "r"), candidates);
            assertThat(engine().compared).containsExactly(1, 1, 1, 1, 1);
        }
    }

    @Test
    void theNextPictureIsDecodedWhileTheOneBeforeRuns() {
        BufferedImage reference = Pictures.gradient(48, 40);
        CountDownLatch looked = new CountDownLatch(1);
        List<ImageSource> candidates = List.of(
                ImageSource.of(Distortions.noise(reference, 20, 1), "first"),
                ImageSource.of(new Watched(Distortions.noise(reference, 20, 2), looked), "second"));
        try (PerceptualLoss loss = load(LossOptions.defaults().withBatchBytes(1))) {
            List<Boolean> lookedWhileTheFirstRan = new ArrayList<>();
            engine().whileComparing = () -> {
                try {
                    lookedWhileTheFirstRan.add(looked.await(30, TimeUnit.SECONDS));
                } catch (InterruptedException e) {
                    throw new IllegalStateException(e);
                }
            };
            List<ScoreResult> results = loss.score(ImageSource.of(reference, "r"), candidates);
            assertThat(results).allMatch(result -> result.score() != null);
            assertThat(lookedWhileTheFirstRan).containsExactly(true, true);
        }
    }

    private PerceptualLoss load(LossOptions options) {
        return CountingEngine.load(Backbone.embedded(), options, engines);
    }

    private CountingEngine engine() {
        return engines.get(0);
    }

    /** A picture that says when somebody looks at it. */
    private static final class Watched extends BufferedImage {
        private final CountDownLatch looked;

        private Watched(BufferedImage picture, CountDownLatch looked) {
            super(picture.getColorModel(), picture.getRaster(), false, null);
            this.looked = looked;
        }

        @Override
        public int getWidth() {
            if (looked != null) {
                looked.countDown();
            }
            return super.getWidth();
        }
    }
}
