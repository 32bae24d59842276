package dev.percept;

import dev.percept.image.Picture;
import java.awt.image.BufferedImage;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.Objects;

/**
 * Where a picture comes from: a file, a stream, or memory.
 *
 * <p>PNG, JPEG, WebP, TIFF, BMP, GIF, PNM and TGA are recognised by content, not by name; of animations and documents the first
 * picture counts. {@link ImageOptions} say what becomes of transparency, orientation and profiles. Nothing is read before a score
 * is asked for.
 */
public sealed interface ImageSource {
    /** What messages and reports call it. */
    String name();

    /** A file; its name is the path as given. Can be used again and again. */
    static ImageSource of(Path file) {
        return new File(file);
    }

    /**
     * A stream, read to its end once, by the first score that needs it. The caller closes it.
     *
     * @param name what messages call it
     */
    static ImageSource of(InputStream stream, String name) {
        return new Stream(stream, name);
    }

    /**
     * A picture file's bytes. Not copied: they must not change while it is scored.
     *
     * @param name what messages call it
     */
    static ImageSource of(byte[] bytes, String name) {
        return new Bytes(bytes, name);
    }

    /**
     * A picture in memory, of any type. It must not change while it is scored.
     *
     * @param name what messages call it
     */
    static ImageSource of(BufferedImage image, String name) {
        return new Memory(image, name);
    }

    /**
     * Pixels in memory: 8-bit sRGB, without transparency.
     *
     * @param rgb {@code 3 · width · height} bytes, unsigned, interleaved, row by row from the top left. Not copied: it must not
     *     change while it is scored.
     * @param width in pixels
     * @param height in pixels
     * @param name what messages call it
     * @throws IllegalArgumentException if a side is below 1, or the array is not as long as it must be
     */
    static ImageSource ofRgb(byte[] rgb, int width, int height, String name) {
        return new Rgb(rgb, width, height, name);
    }

    /**
     * A picture file.
     *
     * @param path of the file
     */
    record File(Path path) implements ImageSource {
        public File {
            Objects.requireNonNull(path, "path");
        }

        @Override
        public String name() {
            return path.toString();
        }
    }

    /**
     * A picture file's bytes, from a stream.
     *
     * @param stream that is read to its end
     * @param name what messages call it
     */
    record Stream(InputStream stream, String name) implements ImageSource {
        public Stream {
            Objects.requireNonNull(stream, "stream");
            Objects.requireNonNull(name, "name");
        }
    }

    /**
     * A picture file's bytes.
     *
     * @param bytes of the whole file
     * @param name what messages call it
     */
    @SuppressWarnings("ArrayRecordComponent") // Handed on, never compared.
    record Bytes(byte[] bytes, String name) implements ImageSource {
        public Bytes {
            Objects.requireNonNull(bytes, "bytes");
            Objects.requireNonNull(name, "name");
        }
    }

    /**
     * A decoded picture.
     *
     * @param image of any type
     * @param name what messages call it
     */
    record Memory(BufferedImage image, String name) implements ImageSource {
        public Memory {
            Objects.requireNonNull(image, "image");
            Objects.requireNonNull(name, "name");
        }
    }

    /**
     * Pixels in memory.
     *
     * @param rgb 8-bit sRGB, interleaved
     * @param width in pixels
     * @param height in pixels
     * @param name what messages call it
     */
    @SuppressWarnings("ArrayRecordComponent") // Handed on, never compared.
    record Rgb(byte[] rgb, int width, int height, String name) implements ImageSource {
        public Rgb {
            Objects.requireNonNull(name, "name");
            if (width < 1 || height < 1 || rgb.length != 3L * width * height) {
                throw new IllegalArgumentException(
                        name + ": " + width + "×" + height + " pixels can't have " + rgb.length + " bytes");
            }
        }
    }

    /**
     * A picture that {@link PerceptualLoss#decode(ImageSource)} or {@link PerceptualLoss#decode(ImagePair)} has read: its pixels, as that
     * loss compares them. Only that loss takes it. Immutable and thread-safe, as long as nobody writes into an array or image that it was
     * made from; it can be used again and again.
     */
    final class Decoded implements ImageSource {
        private final String name;
        private final Picture picture;
        private final Object preparation;

        /**
         * A picture that was read.
         *
         * @param preparation that read it
         */
        Decoded(String name, Picture picture, Object preparation) {
            this.name = name;
            this.picture = picture;
            this.preparation = preparation;
        }

        @Override
        public String name() {
            return name;
        }

        /** In pixels, as it is scored: turned, resized and cropped. */
        public int width() {
            return picture.pixels().width();
        }

        /** In pixels, as it is scored: turned, resized and cropped. */
        public int height() {
            return picture.pixels().height();
        }

        Picture picture() {
            return picture;
        }

        boolean isOf(Object other) {
            return preparation == other;
        }

        @Override
        public String toString() {
            return name + " (" + width() + "×" + height() + ")";
        }
    }
}
