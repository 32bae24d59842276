package dev.percept.image;

import java.io.IOException;

/**
 * Reads a GIF file (GIF89a) up to the end of its first frame; nothing after that is looked at. Its pixels are decoded here as well:
 * the JDK's reader loses rows of interlaced pictures, and makes up those that are missing.
 */
final class GifFile {
    private static final int HEADER = 13;
    private static final int EXTENSION = 0x21;
    private static final int FRAME = 0x2c;
    private static final int TRAILER = 0x3b;
    private static final int GRAPHIC_CONTROL = 0xf9;

    private final byte[] file;
    private int at = HEADER;
    private int palette = -1;
    private int colours;
    private int transparent = -1;

    private GifFile(byte[] file) {
        this.file = file;
    }

    static Header read(byte[] file) throws DamagedPictureException {
        return new GifFile(file).read();
    }

    /** Decodes the first frame. */
    static Unpacked decode(Header header, Deadline deadline) throws IOException {
        GifFile gif = new GifFile(header.file());
        gif.read();
        return gif.pixels(header.decodedWidth(), header.decodedHeight(), deadline);
    }

    private Header read() throws DamagedPictureException {
        require(HEADER);
        int width = short16(6);
        int height = short16(8);
        palette(HEADER, file[10]);
        while (true) {
            require(at + 1);
            switch (file[at] & 0xff) {
                case EXTENSION -> extension();
                case FRAME -> {
                    return frame(width, height);
                }
                case TRAILER -> throw new DamagedPictureException("it has no pixels");
                default -> throw new DamagedPictureException("it has an unknown block");
            }
        }
    }

    /** Notes a palette that flags announce, and goes on behind it. */
    private void palette(int from, int flags) throws DamagedPictureException {
        at = from;
        if ((flags & 0x80) != 0) {
            palette = from;
            colours = 2 << (flags & 7);
            at = from + 3 * colours;
        }
        require(at);
    }

    private void extension() throws DamagedPictureException {
        require(at + 3);
        if ((file[at + 1] & 0xff) == GRAPHIC_CONTROL && file[at + 2] == 4) {
            require(at + 7);
            transparent = (file[at + 3] & 1) != 0 ? file[at + 6] & 0xff : -1;
        }
        at += 2;
        skipBlocks();
    }

    private Header frame(int screenWidth, int screenHeight) throws DamagedPictureException {
        int descriptor = at;
        require(descriptor + 10);
        int left = short16(descriptor + 1);
        int top = short16(descriptor + 3);
        int width = short16(descriptor + 5);
        int height = short16(descriptor + 7);
        boolean interlaced = (file[descriptor + 9] & 0x40) != 0;
        if (width == 0 || height == 0) {
            throw new DamagedPictureException("it declares no pixels");
        }
        palette(descriptor + 10, file[descriptor + 9]);
        require(at + 1);
        if (palette < 0) {
            throw new DamagedPictureException("it has no palette");
        }
        if (file[at] < 2 || file[at] > 8) {
            throw new DamagedPictureException("its code size is " + (file[at] & 0xff));
        }
        // Browsers enlarge the screen where a frame doesn't fit; so does this.
        int wholeWidth = Math.max(screenWidth, left + width);
        int wholeHeight = Math.max(screenHeight, top + height);
        return Header.plain(wholeWidth, wholeHeight, 8, 3, file)
                .withFrame(new Header.Frame(left, top, width, height, interlaced));
    }

    private Unpacked pixels(int width, int height, Deadline deadline) throws IOException {
        byte[] indices = new GifCodes(file, at).indices(Math.multiplyExact(width, height), deadline);
        Samples rgb = Samples.of(new byte[Math.multiplyExact(3, indices.length)]);
        Samples opacity = transparent < 0 ? null : rgb.another(indices.length);
        for (int pixel = 0; pixel < indices.length; pixel++) {
            int index = indices[pixel] & 0xff;
            // Beyond the palette is black, as in browsers.
            for (int channel = 0; channel < 3 && index < colours; channel++) {
                rgb.set(3 * pixel + channel, file[palette + 3 * index + channel]);
            }
            if (opacity != null) {
                opacity.set(pixel, index == transparent ? 0 : 255);
            }
        }
        return new Unpacked(width, height, 3, rgb, opacity);
    }

    private void skipBlocks() throws DamagedPictureException {
        while (true) {
            require(at + 1);
            int length = file[at] & 0xff;
            at += 1 + length;
            if (length == 0) {
                return;
            }
        }
    }

    private int short16(int from) {
        return (file[from] & 0xff) | (file[from + 1] & 0xff) << 8;
    }

    private void require(int length) throws DamagedPictureException {
        if (length > file.length) {
            throw new DamagedPictureException("it ends early");
        }
    }
}
