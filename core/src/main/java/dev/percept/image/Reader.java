package dev.percept.image;

import java.awt.image.BufferedImage;
import java.io.EOFException;
import java.io.IOException;
import java.util.Iterator;
import java.util.List;
import javax.imageio.IIOException;
import javax.imageio.ImageReader;
import javax.imageio.event.IIOReadWarningListener;
import javax.imageio.spi.IIORegistry;
import javax.imageio.spi.ImageReaderSpi;
import org.jspecify.annotations.Nullable;

/** Decodes through ImageIO's readers: for each format a known one, whatever else is on the class path. */
final class Reader {
    private Reader() {}

    /** {@link #read(Format, Header, int, Deadline)} of a whole file. */
    static Unpacked read(Format format, Header header, Deadline deadline) throws IOException {
        return read(format, header, header.file().length, deadline);
    }

    /**
     * Decodes a file.
     *
     * @param end of what may be decoded; what follows may be read ahead only
     * @throws IOException if it is damaged, or the time is over
     */
    static Unpacked read(Format format, Header header, int end, Deadline deadline) throws IOException {
        ImageReader reader = provider(format).createReaderInstance(null);
        Damage damage = new Damage();
        try (FileBytes in = new FileBytes(header.file(), end, deadline)) {
            reader.setInput(in, true, true);
            if (reader.getWidth(0) != header.decodedWidth() || reader.getHeight(0) != header.decodedHeight()) {
                throw new DamagedPictureException("it states two sizes");
            }
            reader.addIIOReadWarningListener(damage);
            reader.addIIOReadProgressListener(deadline);
            BufferedImage image = reader.read(0);
            deadline.require();
            if (damage.warning != null) {
                throw new IIOException(damage.warning);
            }
            return Unpacked.of(image, true);
        } catch (EOFException e) {
            throw new DamagedPictureException("it ends early");
        } finally {
            reader.dispose();
        }
    }

    private static ImageReaderSpi provider(Format format) throws IOException {
        Iterator<ImageReaderSpi> all = IIORegistry.getDefaultInstance()
                .getServiceProviders(ImageReaderSpi.class, provider -> isFor(format, (ImageReaderSpi) provider), true);
        if (!all.hasNext()) {
            throw new IllegalStateException(
                    "no reader " + format.readers() + "* for " + format + " is registered with ImageIO");
        }
        return all.next();
    }

    private static boolean isFor(Format format, ImageReaderSpi provider) {
        if (!provider.getPluginClassName().startsWith(format.readers())) {
            return false;
        }
        for (String name : provider.getFormatNames()) {
            if (name.equals(format.id())) {
                return true;
            }
        }
        return false;
    }

    /**
     * Some readers only warn of damage and leave the rest of the picture blank; a score of that would be wrong. What they warn of besides is in
     * metadata, which they aren't given.
     */
    private static final class Damage implements IIOReadWarningListener {
        /** That inks have no profile, and a count of bytes that {@link TiffFile} has checked, of the last strip too. */
        private static final List<String> HARMLESS = List.of("No embedded ICC color profile", "strip/tileByteCount <");

        private @Nullable String warning;

        @Override
        public void warningOccurred(ImageReader source, String text) {
            if (HARMLESS.stream().noneMatch(text::startsWith)) {
                warning = text;
            }
        }
    }
}
