package dev.percept.samples;

import static org.assertj.core.api.Assertions.assertThat;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Path;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TightPngTest {

    @Test
    void writesWhatImageIoReadsBack(@TempDir Path folder) throws IOException {
        BufferedImage smooth = Pictures.gradient(70, 33);
        BufferedImage rough = Distortions.noise(smooth, 40, 5);

        for (BufferedImage image : new BufferedImage[] {smooth, rough}) {
            Path file = folder.resolve("picture.png");
            TightPng.write(image, file);
            assertThat(pixels(ImageIO.read(file.toFile()))).isEqualTo(pixels(image));
        }
    }

    private static int[] pixels(BufferedImage image) {
        return image.getRGB(0, 0, image.getWidth(), image.getHeight(), null, 0, image.getWidth());
    }
}
