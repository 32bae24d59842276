package dev.percept.benchmarks.gpu;

import dev.percept.ImagePair;
import dev.percept.ImageSource;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import javax.imageio.ImageIO;

/** Seeded pictures: waves and patches, and the same with noise. */
public final class Pictures {
    private Pictures() {}

    /** Smooth bytes, RGB, interleaved. Another seed gives another picture. */
    public static byte[] smooth(int width, int height, long seed) {
        Random random = new Random(seed);
        double[] waves = random.doubles(18, 0.02, 0.25).toArray();
        byte[] rgb = new byte[3 * width * height];
        int at = 0;
        for (int y = 0; y < height; y++) {
            for (int x = 0; x < width; x++) {
                double patch = ((x >> 4) * 31 + (y >> 4) * 17 + seed) % 7 * 9;
                for (int channel = 0; channel < 3; channel++) {
                    int from = channel * 6;
                    double value = 110
                            + 45 * Math.sin(waves[from] * x + waves[from + 1] * y)
                            + 30 * Math.sin(waves[from + 2] * x - waves[from + 3] * y)
                            + patch;
                    rgb[at++] = clamp(value);
                }
            }
        }
        return rgb;
    }

    /** The same with normal noise of a standard deviation, in levels of 255. */
    public static byte[] noisy(byte[] rgb, double sigma, long seed) {
        Random random = new Random(seed);
        byte[] noisy = new byte[rgb.length];
        for (int i = 0; i < rgb.length; i++) {
            noisy[i] = clamp((rgb[i] & 0xff) + sigma * random.nextGaussian());
        }
        return noisy;
    }

    private static byte clamp(double value) {
        return (byte) Math.max(0, Math.min(255, Math.round(value)));
    }

    /** A pair in memory whose candidate has noise of σ = 4. */
    static ImagePair pair(int width, int height, long seed) {
        byte[] reference = smooth(width, height, seed);
        return new ImagePair(
                ImageSource.ofRgb(reference, width, height, "reference " + seed),
                ImageSource.ofRgb(noisy(reference, 4, seed), width, height, "candidate " + seed));
    }

    static List<ImagePair> pairs(int count, int width, int height) {
        List<ImagePair> pairs = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            pairs.add(pair(width, height, i));
        }
        return pairs;
    }

    /** Writes a picture as a JPEG file. */
    static Path jpeg(byte[] rgb, int width, int height, Path file) throws IOException {
        return Files.write(file, file(rgb, width, height, "jpeg"));
    }

    /** A picture file's bytes, in a format that ImageIO writes. */
    public static byte[] file(byte[] rgb, int width, int height, String format) throws IOException {
        BufferedImage image = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
        for (int pixel = 0; pixel < width * height; pixel++) {
            int value = (rgb[3 * pixel] & 0xff) << 16 | (rgb[3 * pixel + 1] & 0xff) << 8 | (rgb[3 * pixel + 2] & 0xff);
            image.setRGB(pixel % width, pixel / width, value);
        }
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        if (!ImageIO.write(image, format, out)) {
            throw new IOException("this Java writes no " + format);
        }
        return out.toByteArray();
    }
}
