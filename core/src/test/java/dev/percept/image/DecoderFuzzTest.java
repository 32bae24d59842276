package dev.percept.image;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.percept.Alpha;
import dev.percept.ImageException;
import dev.percept.ImageLimits;
import dev.percept.ImageOptions;
import dev.percept.ImageSource;
import dev.percept.samples.Pictures;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Whatever a file holds, it is a picture or refused by an {@link ImageException}. The build runs the seeds, and what fuzzing found
 * once, from {@code src/test/resources}; {@code benchmarks/fuzz/run} searches for more.
 */
class DecoderFuzzTest {
    /** Small, since a fuzzer makes files of a few kilobytes and wants thousands of answers a second. */
    private static final ImageOptions OPTIONS = ImageOptions.defaults()
            .withAlpha(Alpha.WORST)
            .withLimits(ImageLimits.defaults().withPixels(1 << 16).withTime(Duration.ofSeconds(5)));

    /** A lossless WebP of 4×4 pixels, made by Pillow from a picture of this kind: {@code save(…, lossless=True)}. */
    private static final String WEBP =
            "UklGRjoAAABXRUJQVlA4TC0AAAAvA8AAAH8gFkz8bWfQmcJAKAQQAAXN/GfoDgQBEAtatGjRokWLFh0R/Q9QTncA";

    static Stream<byte[]> seeds() throws IOException {
        BufferedImage picture = Pictures.gradient(9, 7);
        return Stream.of(
                encoded(picture, "png"),
                PictureFiles.pngWithOrientation(picture, 6),
                PictureFiles.pngWithProfile(picture, PictureFiles.linear()),
                encoded(PictureFiles.deep(picture, 1), "png"),
                encoded(picture, "jpeg"),
                encoded(picture, "bmp"),
                encoded(picture, "gif"),
                encoded(picture, "tiff"),
                Base64.getDecoder().decode(WEBP),
                "P3\n# plain\n2 1\n255\n1 2 3 4 5 6\n".getBytes(StandardCharsets.US_ASCII),
                "P5 2 2 1000\n\1\2\1\2\1\2\1\2".getBytes(StandardCharsets.ISO_8859_1),
                new byte[] {0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 1, 0, 24, 32, 1, 2, 3});
    }

    private static byte[] encoded(BufferedImage picture, String format) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ImageIO.write(picture, format, out);
        return out.toByteArray();
    }

    @MethodSource("seeds")
    @FuzzTest(maxDuration = "10m")
    void aFileIsAPictureOrRefused(byte[] file) {
        if (file == null) {
            return;
        }
        try {
            new Decoder(OPTIONS).decode(ImageSource.of(file, "fuzz"));
        } catch (ImageException e) {
            if (String.valueOf(e.getMessage()).contains("\n")) {
                throw new AssertionError("more than a line: " + e.getMessage(), e);
            }
        }
    }
}
