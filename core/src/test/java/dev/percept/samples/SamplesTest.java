package dev.percept.samples;

import static org.assertj.core.api.Assertions.assertThat;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The checked-in samples are what the code draws; after a change to it, {@code samples/draw} draws them anew. */
class SamplesTest {

    private static final Path SAMPLES = Path.of("..", "samples");

    /** Below what makes a clone slow, and a page with all of them. */
    private static final long LARGEST_FILE = 290_000;

    private static final long LARGEST_FOLDER = 2_500_000;

    @Test
    void checkedInSamplesAreWhatTheCodeDraws(@TempDir Path drawn) throws IOException {
        DrawSamples.main(new String[] {drawn.toString()});

        assertThat(pictures(SAMPLES)).isEqualTo(pictures(drawn));
        for (String name : pictures(drawn)) {
            assertThat(pixels(SAMPLES.resolve(name))).as(name).isEqualTo(pixels(drawn.resolve(name)));
        }
    }

    @Test
    void samplesAreSmall() throws IOException {
        long sum = 0;
        for (String name : pictures(SAMPLES)) {
            long size = Files.size(SAMPLES.resolve(name));
            assertThat(size).as(name).isLessThan(LARGEST_FILE);
            sum += size;
        }
        assertThat(sum).isLessThan(LARGEST_FOLDER);
    }

    private static List<String> pictures(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(file -> file.getFileName().toString())
                    .filter(name -> name.endsWith(".png"))
                    .sorted()
                    .toList();
        }
    }

    private static int[] pixels(Path file) throws IOException {
        BufferedImage image = ImageIO.read(file.toFile());
        return image.getRGB(0, 0, image.getWidth(), image.getHeight(), null, 0, image.getWidth());
    }
}
