package dev.percept.server;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import javax.imageio.ImageIO;

/** Pictures for the page, drawn into files. */
final class TestPictures {
    static final int WIDTH = 320;
    static final int HEIGHT = 240;

    private TestPictures() {}

    /** A smooth picture, with a chequered square of 32 × 32 pixels in it unless its place is negative. */
    static Path draw(Path file, int squareX, int squareY) throws IOException {
        BufferedImage image = new BufferedImage(WIDTH, HEIGHT, BufferedImage.TYPE_INT_RGB);
        for (int y = 0; y < HEIGHT; y++) {
            for (int x = 0; x < WIDTH; x++) {
                boolean inside = squareX >= 0 && x >= squareX && x < squareX + 32 && y >= squareY && y < squareY + 32;
                int chequered = (x / 4 + y / 4) % 2 == 0 ? 0xFFFFFF : 0;
                image.setRGB(x, y, inside ? chequered : (x * 255 / WIDTH) << 16 | (y * 255 / HEIGHT) << 8 | 0x60);
            }
        }
        ImageIO.write(image, "png", file.toFile());
        return file;
    }

    /** The first bytes of a picture: a file as it is when a copy was cut off. */
    static Path cut(Path file, Path picture) throws IOException {
        byte[] whole = Files.readAllBytes(picture);
        return Files.write(file, Arrays.copyOf(whole, whole.length / 2));
    }
}
