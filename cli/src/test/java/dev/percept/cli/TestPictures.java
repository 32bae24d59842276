package dev.percept.cli;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Path;
import javax.imageio.ImageIO;

/** Writes pictures of one grey. */
final class TestPictures {
    static final int SIDE = 16;

    private TestPictures() {}

    static Path grey(Path file, int value) throws IOException {
        return grey(file, value, SIDE);
    }

    static Path grey(Path file, int value, int side) throws IOException {
        BufferedImage image = new BufferedImage(side, side, BufferedImage.TYPE_INT_RGB);
        for (int y = 0; y < side; y++) {
            for (int x = 0; x < side; x++) {
                image.setRGB(x, y, value * 0x010101);
            }
        }
        ImageIO.write(image, "png", file.toFile());
        return file;
    }
}
