package dev.percept.samples;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/** Draws the sample pictures of the repository: a reference, and the same spoilt in the usual ways. */
public final class DrawSamples {

    private static final int WIDTH = 384;
    private static final int HEIGHT = 256;

    private DrawSamples() {}

    /** Writes the pictures to the folder named by the first argument, which is made if it is missing. */
    public static void main(String[] args) throws IOException {
        if (args.length != 1) {
            throw new IllegalArgumentException("expected one argument: the folder to write to");
        }
        Path folder = Files.createDirectories(Path.of(args[0]));
        for (Map.Entry<String, BufferedImage> picture : pictures().entrySet()) {
            TightPng.write(picture.getValue(), folder.resolve(picture.getKey()));
        }
    }

    /** The pictures by file name, the reference first. */
    static Map<String, BufferedImage> pictures() {
        BufferedImage reference = Pictures.stillLife(WIDTH, HEIGHT);
        Map<String, BufferedImage> pictures = new LinkedHashMap<>();
        pictures.put("reference.png", reference);
        pictures.put("blur-1.png", Distortions.blur(reference, 1));
        pictures.put("blur-3.png", Distortions.blur(reference, 3));
        pictures.put("noise-5.png", Distortions.noise(reference, 5, 1));
        pictures.put("noise-20.png", Distortions.noise(reference, 20, 2));
        pictures.put("jpeg-50.png", Distortions.jpeg(reference, 50));
        pictures.put("jpeg-10.png", Distortions.jpeg(reference, 10));
        pictures.put("contrast.png", Distortions.contrast(reference, 0.7));
        pictures.put("desaturated.png", Distortions.desaturate(reference, 0.6));
        pictures.put("hue-30.png", Distortions.hue(reference, 30));
        pictures.put("shift-2.png", Distortions.shift(reference, 2, 1));
        pictures.put("downscaled.png", Distortions.downUp(reference, 3));
        return pictures;
    }
}
