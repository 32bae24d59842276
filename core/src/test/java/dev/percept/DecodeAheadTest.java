package dev.percept;

import static org.assertj.core.api.Assertions.assertThat;

import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DecodeAheadTest {
    private static final PairDecoding.Preparation PREPARATION =
            new PairDecoding.Preparation(Backbone.embedded(), ImageOptions.defaults());

    @TempDir
    Path folder = Path.of("");

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 3, 100})
    void picturesComeInTheirOrderHoweverFarAhead(int most) throws IOException {
        List<PairDecoding> pairs = new ArrayList<>();
        for (int i = 0; i < 25; i++) {
            pairs.add(pair(ImageSource.of(write(16 + i, 16)), ImageSource.of(write(16 + i, 16))));
        }
        try (DecodeAhead ahead = new DecodeAhead(pairs, most)) {
            for (int i = 0; i < 25; i++) {
                DecodedPair decoded = ahead.take();
                assertThat(decoded.error()).isNull();
                assertThat(Objects.requireNonNull(decoded.candidate()).pixels().width())
                        .isEqualTo(16 + i);
            }
        }
    }

    @Test
    void aPictureThatFailsIsAnErrorInItsPlace() throws IOException {
        ImageSource good = ImageSource.of(write(20, 20));
        List<PairDecoding> pairs =
                List.of(pair(good, good), pair(good, ImageSource.of(folder.resolve("missing.png"))), pair(good, good));
        try (DecodeAhead ahead = new DecodeAhead(pairs, 10)) {
            assertThat(ahead.take().error()).isNull();
            assertThat(ahead.take().error()).isInstanceOf(ImageException.class).hasMessageContaining("missing.png");
            assertThat(ahead.take().error()).isNull();
        }
    }

    @Test
    void streamsAreReadByTheThreadThatCalls() throws IOException {
        List<Thread> readers = new ArrayList<>();
        List<PairDecoding> pairs = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            pairs.add(pair(
                    ImageSource.of(new BufferedImage(8, 8, BufferedImage.TYPE_INT_RGB), "r"),
                    ImageSource.of(new ThreadNoting(png(8, 8), readers), "c")));
        }
        try (DecodeAhead ahead = new DecodeAhead(pairs, 10)) {
            for (int i = 0; i < 4; i++) {
                assertThat(ahead.take().error()).isNull();
            }
        }
        assertThat(readers).isNotEmpty().containsOnly(Thread.currentThread());
    }

    @Test
    void filesAreDecodedBeforeTheyAreTaken() throws Exception {
        Path slow = write(8, 8);
        CountDownLatch second = new CountDownLatch(1);
        List<PairDecoding> pairs = List.of(
                pair(ImageSource.of(slow), ImageSource.of(slow)),
                pair(ImageSource.of(slow), ImageSource.of(new Signal(second), "signal")));
        try (DecodeAhead ahead = new DecodeAhead(pairs, 10)) {
            ahead.take();
            assertThat(second.await(30, TimeUnit.SECONDS)).isTrue();
        }
    }

    @Test
    void nothingIsHeldAfterwards() throws Exception {
        ImageSource good = ImageSource.of(write(64, 64));
        List<PairDecoding> pairs = new ArrayList<>();
        for (int i = 0; i < 40; i++) {
            pairs.add(pair(good, i % 7 == 0 ? ImageSource.of(folder.resolve("missing.png")) : good));
        }
        long before = DecodeAhead.held();
        try (DecodeAhead ahead = new DecodeAhead(pairs, 16)) {
            for (int i = 0; i < 20; i++) {
                ahead.take();
            }
        }
        // Those that were being decoded when it was closed are forgotten, too.
        for (int i = 0; i < 200 && DecodeAhead.held() != before; i++) {
            Thread.sleep(10);
        }
        assertThat(DecodeAhead.held()).isEqualTo(before);
    }

    private static PairDecoding pair(ImageSource reference, ImageSource candidate) {
        return new PairDecoding(new ImagePair(reference, candidate), null, PREPARATION);
    }

    private Path write(int width, int height) throws IOException {
        return Files.write(folder.resolve(width + "x" + height + ".png"), png(width, height));
    }

    private static byte[] png(int width, int height) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ImageIO.write(new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB), "png", out);
        return out.toByteArray();
    }

    /** A picture that says when somebody looks at it. */
    private static final class Signal extends BufferedImage {
        private final CountDownLatch seen;

        private Signal(CountDownLatch seen) {
            super(8, 8, BufferedImage.TYPE_INT_RGB);
            this.seen = seen;
        }

        @Override
        public int getWidth() {
            if (seen != null) {
                seen.countDown();
            }
            return super.getWidth();
        }
    }

    /** A stream that notes who reads it. */
    private static final class ThreadNoting extends InputStream {
        private final InputStream bytes;
        private final List<Thread> readers;

        private ThreadNoting(byte[] bytes, List<Thread> readers) {
            this.bytes = new ByteArrayInputStream(bytes);
            this.readers = readers;
        }

        @Override
        public int read() throws IOException {
            readers.add(Thread.currentThread());
            return bytes.read();
        }

        @Override
        public int read(byte[] into, int from, int length) throws IOException {
            readers.add(Thread.currentThread());
            return bytes.read(into, from, length);
        }
    }
}
