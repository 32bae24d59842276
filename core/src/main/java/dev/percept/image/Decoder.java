package dev.percept.image;

import dev.percept.ImageException;
import dev.percept.ImageSource;
import dev.percept.PerceptException;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Iterator;
import java.util.Locale;
import java.util.Objects;
import javax.imageio.IIOException;
import javax.imageio.ImageIO;
import javax.imageio.ImageReader;
import javax.imageio.event.IIOReadWarningListener;
import javax.imageio.stream.ImageInputStream;
import javax.imageio.stream.MemoryCacheImageInputStream;
import org.jspecify.annotations.Nullable;

/** Reads pictures. Stateless and thread-safe; nothing is written to disk. */
public final class Decoder {
    private static final String FORMATS = "PNG, JPEG, BMP or GIF";

    private Decoder() {}

    /**
     * Reads a picture.
     *
     * @throws ImageException if it is missing, not one of the formats, damaged, or too large
     */
    public static Pixels decode(ImageSource source) {
        if (source instanceof ImageSource.Memory memory) {
            return convert(source.name(), memory.image());
        }
        if (source instanceof ImageSource.Rgb pixels) {
            checkSize(source.name(), pixels.width(), pixels.height());
            return new Pixels(pixels.width(), pixels.height(), pixels.rgb());
        }
        byte[] bytes = bytes(source);
        Format format = Format.of(Arrays.copyOf(bytes, Math.min(bytes.length, Format.SIGNATURE_LENGTH)));
        if (format == null) {
            throw new ImageException(
                    source.name(),
                    bytes.length == 0 ? "it is empty" : "it is not a " + FORMATS + " picture",
                    "convert it to one of these");
        }
        return decode(source.name(), format, bytes);
    }

    private static Pixels convert(String name, BufferedImage image) {
        checkSize(name, image.getWidth(), image.getHeight());
        try {
            return ColourConversion.toSrgb(image);
        } catch (RuntimeException e) {
            throw new ImageException(
                    name,
                    "its type of picture can't be converted (" + PerceptException.reason(e) + ")",
                    "draw it into a BufferedImage of TYPE_INT_ARGB",
                    e);
        } catch (OutOfMemoryError e) {
            throw new ImageException(name, "it does not fit into memory", "give the JVM more memory (-Xmx)", e);
        }
    }

    private static byte[] bytes(ImageSource source) {
        String name = source.name();
        try {
            if (source instanceof ImageSource.Stream stream) {
                return stream.stream().readAllBytes();
            }
            Path path = ((ImageSource.File) source).path();
            if (Files.isDirectory(path)) {
                throw new ImageException(name, "it is a folder", "name the pictures in it");
            }
            return Files.readAllBytes(path);
        } catch (NoSuchFileException e) {
            throw new ImageException(name, "there is no such file", "check the path", e);
        } catch (AccessDeniedException e) {
            throw new ImageException(name, "it may not be read", "check its permissions", e);
        } catch (IOException e) {
            throw new ImageException(
                    name, "it can't be read (" + PerceptException.reason(e) + ")", "check the disk or stream", e);
        } catch (OutOfMemoryError e) {
            throw new ImageException(name, "it is larger than memory", "give the JVM more memory (-Xmx)", e);
        }
    }

    private static Pixels decode(String name, Format format, byte[] bytes) {
        ImageReader reader = reader(format);
        Damage damage = new Damage();
        try (ImageInputStream in = new MemoryCacheImageInputStream(new ByteArrayInputStream(bytes))) {
            reader.setInput(in, false, true);
            checkSize(name, reader.getWidth(0), reader.getHeight(0));
            reader.addIIOReadWarningListener(damage);
            BufferedImage image = reader.read(0);
            if (damage.warning != null) {
                throw new IIOException(damage.warning);
            }
            return ColourConversion.toSrgb(image);
        } catch (ImageException e) {
            throw e;
        } catch (IOException | RuntimeException e) {
            // ImageIO's readers answer damage with all kinds of unchecked exceptions.
            throw new ImageException(
                    name,
                    "it is a damaged or unsupported " + format + " (" + PerceptException.reason(e) + ")",
                    "fetch or save it again",
                    e);
        } catch (OutOfMemoryError e) {
            throw new ImageException(name, "it does not fit into memory", "give the JVM more memory (-Xmx)", e);
        } finally {
            reader.dispose();
        }
    }

    /**
     * The reader for a format: TwelveMonkeys' for JPEG, for CMYK and embedded profiles; the JDK's for the rest, whatever else
     * is on the class path.
     */
    private static ImageReader reader(Format format) {
        String wanted = format == Format.JPEG ? "com.twelvemonkeys." : "com.sun.imageio.";
        Iterator<ImageReader> readers = ImageIO.getImageReadersByFormatName(format.imageIoName());
        while (readers.hasNext()) {
            ImageReader reader = readers.next();
            if (Objects.toString(reader.getOriginatingProvider().getPluginClassName())
                    .startsWith(wanted)) {
                return reader;
            }
        }
        throw new IllegalStateException("no " + wanted + "* reader for " + format + " is registered with ImageIO");
    }

    private static void checkSize(String name, int width, int height) {
        if ((long) width * height > ImageSource.MAXIMUM_PIXELS) {
            throw new ImageException(
                    name,
                    "it declares " + width + "×" + height + " pixels, more than the "
                            + (ImageSource.MAXIMUM_PIXELS >> 20) + " Mi that are read",
                    "scale or crop it");
        }
    }

    /** Some readers only warn of damage and leave the rest of the picture blank; a score of that would be wrong. */
    private static final class Damage implements IIOReadWarningListener {
        private @Nullable String warning;

        @Override
        public void warningOccurred(ImageReader source, String text) {
            String lower = text.toLowerCase(Locale.ROOT);
            if (lower.contains("premature") || lower.contains("truncated") || lower.contains("corrupt")) {
                warning = text;
            }
        }
    }
}
