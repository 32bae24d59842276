package dev.percept.onnx;

import static org.assertj.core.api.Assertions.assertThat;

import dev.percept.CudaOptions;
import dev.percept.Device;
import dev.percept.Distance;
import dev.percept.Precision;
import dev.percept.image.Pixels;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What is kept, for how long, and that all of it is freed. */
class ReferenceCacheTest {
    private Engines.@Nullable Lease lease;
    private final List<FeatureBatch> opened = new ArrayList<>();

    @BeforeEach
    void open() throws Exception {
        lease = Engines.open(
                EnginesTest.model("cached", 1, Distance.MSE),
                Device.CPU,
                new SessionSettings(1, Precision.FP32, CudaOptions.defaults()),
                1 << 20);
    }

    @AfterEach
    void close() {
        if (lease != null) {
            lease.close();
        }
    }

    @Test
    void aReferenceIsKnownByAllOfItsPixels() {
        try (ReferenceCache cache = new ReferenceCache(1 << 20)) {
            add(cache, picture(1));
            Pixels other = picture(1);
            other.rgb8()[other.rgb8().length - 1]++;
            assertThat(cache.take(other)).isNull();
            assertThat(cache.take(new Pixels(8, 32, picture(1).rgb8()))).isNull();
            assertThat(cache.take(picture(1).deep())).isNull();
            try (ReferenceFeatures known = cache.take(picture(1))) {
                assertThat(known).isNotNull();
            }
            assertThat(cache.use().hits()).isEqualTo(1);
            assertThat(cache.use().misses()).isEqualTo(1);
        }
        assertAllFreed();
    }

    @Test
    void whatWasNotUsedForLongestGoesFirst() {
        ReferenceFeatures sample = features(picture(0));
        long each = sample.bytes();
        sample.close();
        try (ReferenceCache cache = new ReferenceCache(2 * each)) {
            add(cache, picture(1));
            add(cache, picture(2));
            assertThat(isKnown(cache, 1)).isTrue();
            add(cache, picture(3));
            assertThat(isKnown(cache, 2)).isFalse();
            assertThat(isKnown(cache, 1)).isTrue();
            assertThat(isKnown(cache, 3)).isTrue();
            assertThat(cache.use().bytes()).isEqualTo(2 * each);
            assertThat(opened.stream().filter(ReferenceCacheTest::isOpen)).hasSize(2);
        }
        assertAllFreed();
    }

    @Test
    void whatIsInUseIsFreedAfterwards() {
        ReferenceCache cache = new ReferenceCache(1 << 20);
        ReferenceFeatures used = features(picture(1));
        cache.add(used);
        ReferenceFeatures again = cache.take(picture(1));
        cache.close();
        assertThat(cache.use().bytes()).isZero();
        used.close();
        assertThat(again).isSameAs(used);
        assertThat(isOpen(opened.get(0))).isTrue();
        used.close();
        assertAllFreed();
    }

    @Test
    void whatTwoComputedAtOnceIsKeptOnce() {
        try (ReferenceCache cache = new ReferenceCache(1 << 20)) {
            add(cache, picture(1));
            long one = cache.use().bytes();
            add(cache, picture(1));
            assertThat(cache.use().bytes()).isEqualTo(one);
            assertThat(cache.use().misses()).isEqualTo(2);
        }
        assertAllFreed();
    }

    @Test
    void whatNeverFitsIsNotKeptAndPushesNothingOut() {
        ReferenceFeatures sample = features(picture(0));
        long each = sample.bytes();
        sample.close();
        try (ReferenceCache cache = new ReferenceCache(each + 1)) {
            add(cache, picture(1));
            add(cache, new Pixels(64, 64, new byte[3 * 64 * 64]));
            assertThat(isKnown(cache, 1)).isTrue();
            // An entry can grow after it was added: by features from other kernels.
            try (ReferenceFeatures known = Objects.requireNonNull(cache.take(picture(1)))) {
                known.by("others", 1, this::run);
                assertThat(cache.use().bytes()).isGreaterThan(each + 1);
                cache.trim();
                assertThat(cache.use().bytes()).isZero();
            }
        }
        assertAllFreed();
    }

    @Test
    void featuresFromOtherKernelsOrInMoreRowsAreComputedOnce() {
        try (ReferenceFeatures features = features(picture(1))) {
            FeatureBatch plain = Objects.requireNonNull(features.by("plain", 1, this::run));
            assertThat(features.by("plain", 3, this::run)).isSameAs(plain);
            assertThat(opened).hasSize(1);
            features.by("others", 1, this::run);
            assertThat(opened).hasSize(2);
            assertThat(features.bytes())
                    .isEqualTo(
                            plain.bytes() + opened.get(1).bytes() + picture(1).bytes());
        }
        assertAllFreed();
    }

    private void add(ReferenceCache cache, Pixels picture) {
        try (ReferenceFeatures features = features(picture)) {
            cache.add(features);
        }
    }

    private static boolean isKnown(ReferenceCache cache, int seed) {
        try (ReferenceFeatures known = cache.take(picture(seed))) {
            return known != null;
        }
    }

    private ReferenceFeatures features(Pixels picture) {
        return new ReferenceFeatures(List.of(picture), run(List.of(picture)));
    }

    private FeatureBatch run(List<Pixels> pictures) {
        if (lease == null) {
            throw new IllegalStateException("no engine");
        }
        FeatureBatch features = lease.engine().features(pictures);
        opened.add(features);
        return features;
    }

    private static boolean isOpen(FeatureBatch features) {
        return !features.tensor(0).isClosed();
    }

    private void assertAllFreed() {
        assertThat(opened).isNotEmpty().noneMatch(ReferenceCacheTest::isOpen);
    }

    private static Pixels picture(int seed) {
        byte[] rgb = new byte[3 * 16 * 16];
        Arrays.fill(rgb, (byte) seed);
        return new Pixels(16, 16, rgb);
    }
}
