package dev.percept.image;

import dev.percept.IccProfile;
import dev.percept.ImageException;
import dev.percept.ImageFacts;
import dev.percept.ImageFacts.ProfileUse;
import dev.percept.ImageLimits;
import dev.percept.ImageOptions;
import dev.percept.ImageSource;
import dev.percept.Orientation;
import dev.percept.PerceptException;
import java.awt.color.ColorSpace;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Reads pictures as options say. Thread-safe; nothing is written to disk. */
public final class Decoder {
    private static final String MEMORY = "memory";

    private final ImageOptions options;
    private final ImageLimits limits;

    /** A decoder that reads every picture in the same way. */
    public Decoder(ImageOptions options) {
        this.options = options;
        this.limits = options.limits();
    }

    /** Looks at a picture's size before it is decoded, turned as it will be, and throws what is to be thrown. */
    public interface SizeCheck {
        /** Looks at a width and a height in pixels. */
        void check(int width, int height);
    }

    /** {@link #decode(ImageSource, SizeCheck)} of any size. */
    public Picture decode(ImageSource source) {
        return decode(source, (width, height) -> {});
    }

    /**
     * Reads a picture.
     *
     * @throws ImageException if it is missing, not one of the formats, damaged, or beyond a limit
     */
    public Picture decode(ImageSource source, SizeCheck wanted) {
        String name = source.name();
        try {
            if (source instanceof ImageSource.Memory memory) {
                wanted.check(memory.image().getWidth(), memory.image().getHeight());
                return decode(name, memory.image());
            }
            if (source instanceof ImageSource.Rgb raw) {
                checkSize(name, raw.width(), raw.height());
                wanted.check(raw.width(), raw.height());
                ImageFacts facts = new ImageFacts(MEMORY, raw.width(), raw.height(), 8, 1, null, null, false);
                return new Picture(List.of(new Pixels(raw.width(), raw.height(), raw.rgb())), facts);
            }
            return decode(name, SourceBytes.of(source, limits.bytes()), wanted);
        } catch (OutOfMemoryError e) {
            throw new ImageException(
                    name, "it does not fit into memory", "give the JVM more memory (-Xmx), or scale it", e);
        }
    }

    /**
     * How many pixels a picture has as stored, by its header alone.
     *
     * @throws ImageException if it is missing, not one of the formats, damaged there, or beyond a limit
     */
    public long pixels(ImageSource source) {
        String name = source.name();
        if (source instanceof ImageSource.Memory memory) {
            return pixels(name, memory.image().getWidth(), memory.image().getHeight());
        }
        if (source instanceof ImageSource.Rgb raw) {
            return pixels(name, raw.width(), raw.height());
        }
        byte[] file = SourceBytes.of(source, limits.bytes());
        Format format = format(name, file);
        return reading(name, format, new Deadline(limits.time()), () -> {
            Header header = format.header(file, options.icc());
            return pixels(name, header.width(), header.height());
        });
    }

    private long pixels(String name, int width, int height) {
        checkSize(name, width, height);
        return (long) width * height;
    }

    private Picture decode(String name, byte[] file, SizeCheck wanted) {
        Format format = format(name, file);
        Deadline deadline = new Deadline(limits.time());
        return reading(name, format, deadline, () -> {
            Header header = format.header(file, options.icc());
            checkSize(name, header.width(), header.height());
            boolean sideways = options.orientation() == Orientation.APPLY && header.orientation() >= 5;
            wanted.check(sideways ? header.height() : header.width(), sideways ? header.width() : header.height());
            return Memory.with(decodedBytes(header), () -> {
                Unpacked raw = format.decode(header, deadline);
                return picture(name, format, header, header.multiplied() ? raw.divided() : raw);
            });
        });
    }

    private static Format format(String name, byte[] file) {
        Format format = Format.of(file);
        if (format == null) {
            throw new ImageException(
                    name,
                    file.length == 0 ? "it is empty" : "it is not a " + Format.names() + " picture",
                    "convert it to one of these");
        }
        return format;
    }

    /** Does what may find that a file is damaged, and says so. */
    private <T> T reading(String name, Format format, Deadline deadline, Memory.Work<T> work) {
        try {
            return work.done();
        } catch (IOException | RuntimeException | StackOverflowError e) {
            if (e instanceof ImageException refused) {
                throw refused;
            }
            if (deadline.isOver()) {
                throw new ImageException(
                        name,
                        "decoding it takes longer than " + limits.time().toMillis() + " ms",
                        "scale it, or raise the limit (--decode-timeout)",
                        e);
            }
            // ImageIO's readers answer damage with all kinds of unchecked exceptions.
            String reason = e instanceof IndexOutOfBoundsException ? "it ends early" : PerceptException.reason(e);
            throw new ImageException(
                    name,
                    "it is a damaged or unsupported " + format + " (" + reason + ")",
                    "fetch or save it again",
                    e);
        }
    }

    /** About what the decoder and what follows allocate at most at one time. */
    private static long decodedBytes(Header header) {
        long pixels = (long) header.width() * header.height();
        int bytes = header.bits() > 8 ? Short.BYTES : 1;
        // The decoder's raster, colours, and, where it is turned or composited, colours once more.
        boolean twice = header.orientation() != 1 || header.channels() % 2 == 0 || header.transparent() != null;
        return pixels * bytes * (header.channels() + (twice ? 7 : 3));
    }

    private Picture picture(String name, Format format, Header header, Unpacked raw) {
        int[] transparent = header.transparent();
        Unpacked decoded = transparent == null ? raw : raw.withTransparent(transparent, header.bits());
        Header.Profile found = header.profile();
        ProfileUse use = null;
        if (found != null) {
            // Decoders turn inks into colours themselves, by the profile if it was left to them.
            boolean inks = format == Format.JPEG && header.channels() == 4;
            // Making a conversion takes longer than decoding a small picture does: not where it is ignored.
            boolean ignored = options.icc() == IccProfile.IGNORE;
            ColourProfile profile = ignored ? null : ColourProfile.of(found, space(header, inks));
            use = ignored ? ProfileUse.IGNORED : use(profile, inks);
            if (profile != null && use == ProfileUse.CONVERTED && !inks) {
                decoded = decoded.withColours(profile.toSrgb(coloursFor(header, decoded)));
            }
        }
        Unpacked colours = decoded.rgb();
        Header.Frame frame = header.frame();
        Unpacked whole = frame == null ? colours : colours.inside(header.width(), header.height(), frame);
        Unpacked upright = options.orientation() == Orientation.APPLY ? whole.turned(header.orientation()) : whole;
        ImageFacts facts = new ImageFacts(
                format.id(),
                header.width(),
                header.height(),
                upright.colours().isDeep() ? 16 : 8,
                header.orientation(),
                found == null ? null : ColourProfile.name(found),
                use,
                upright.isTransparent());
        return onBackground(name, upright, facts);
    }

    private static int space(Header header, boolean inks) {
        return inks ? ColorSpace.TYPE_CMYK : header.channels() <= 2 ? ColorSpace.TYPE_GRAY : ColorSpace.TYPE_RGB;
    }

    private static Samples coloursFor(Header header, Unpacked decoded) {
        return header.channels() <= 2 ? decoded.grey().colours() : decoded.rgb().colours();
    }

    private static ProfileUse use(@Nullable ColourProfile profile, boolean inks) {
        if (profile == null) {
            return ProfileUse.UNUSABLE;
        }
        try {
            return !inks && profile.isSrgb() ? ProfileUse.SRGB : ProfileUse.CONVERTED;
        } catch (RuntimeException e) {
            // The JDK's colour management refuses some profiles only when they are used.
            return ProfileUse.UNUSABLE;
        }
    }

    private Picture decode(String name, BufferedImage image) {
        checkSize(name, image.getWidth(), image.getHeight());
        try {
            Unpacked unpacked = MemoryPicture.unpack(image, options.icc());
            ImageFacts facts = new ImageFacts(
                    MEMORY,
                    image.getWidth(),
                    image.getHeight(),
                    unpacked.colours().isDeep() ? 16 : 8,
                    1,
                    null,
                    null,
                    unpacked.isTransparent());
            return onBackground(name, unpacked.rgb(), facts);
        } catch (ImageException e) {
            throw e;
        } catch (RuntimeException e) {
            throw new ImageException(
                    name,
                    "its type of picture can't be converted (" + PerceptException.reason(e) + ")",
                    "draw it into a BufferedImage of TYPE_INT_ARGB",
                    e);
        }
    }

    private Picture onBackground(String name, Unpacked picture, ImageFacts facts) {
        if (!facts.alpha()) {
            return new Picture(List.of(new Pixels(picture.width(), picture.height(), picture.colours())), facts);
        }
        List<Pixels> views = new ArrayList<>();
        switch (options.alpha()) {
            case WHITE -> views.add(Background.WHITE.under(picture));
            case BLACK -> views.add(Background.BLACK.under(picture));
            case CHECKERBOARD -> views.add(Background.CHECKERBOARD.under(picture));
            case WORST -> {
                views.add(Background.WHITE.under(picture));
                views.add(Background.BLACK.under(picture));
            }
            case ERROR ->
                throw new ImageException(
                        name,
                        "it has transparent pixels",
                        "save it without, or say what is behind them: --alpha white");
        }
        return new Picture(views, facts);
    }

    private void checkSize(String name, int width, int height) {
        boolean longSide = Math.max(width, height) > limits.side();
        if (longSide || (long) width * height > limits.pixels()) {
            throw new ImageException(
                    name,
                    "it declares " + width + "×" + height + " pixels, more than the "
                            + (longSide ? limits.side() + " a side" : limits.pixels() + " in all") + " that are read",
                    "scale or crop it, or raise the limit (" + (longSide ? "--max-side" : "--max-pixels") + ")");
        }
    }
}
