package dev.percept.image;

import java.awt.image.BufferedImage;
import java.awt.image.ColorModel;
import java.awt.image.DataBuffer;
import java.awt.image.DataBufferByte;
import java.awt.image.DataBufferUShort;
import java.awt.image.IndexColorModel;
import java.awt.image.PixelInterleavedSampleModel;
import java.awt.image.Raster;
import org.jspecify.annotations.Nullable;

/**
 * A decoded picture as plain arrays, its values as they are: {@code getRGB} would read grey as linear light, and be off by up to
 * 73 levels.
 *
 * @param width in pixels
 * @param height in pixels
 * @param channels of the colours: 1 or 3
 * @param colours interleaved, with straight alpha
 * @param opacity one sample for each pixel, or null where all are opaque
 */
record Unpacked(
        int width,
        int height,
        int channels,
        Samples colours,
        @Nullable Samples opacity) {

    /**
     * Unpacks a picture of grey, RGB, or palette.
     *
     * @param owned whether the picture's own array may be used, and changed
     * @throws IllegalArgumentException if its values aren't whole numbers of up to 16 bits
     */
    static Unpacked of(BufferedImage image, boolean owned) {
        BufferedImage straight = straight(image, owned);
        ColorModel model = straight.getColorModel();
        Raster raster = straight.getRaster();
        if (model instanceof IndexColorModel palette) {
            return ofPalette(raster, palette);
        }
        int colours = model.getNumColorComponents();
        int type = model.getTransferType();
        if ((colours != 1 && colours != 3) || raster.getNumBands() != colours + (model.hasAlpha() ? 1 : 0)) {
            throw new IllegalArgumentException("pictures of " + colours + " colours can't be unpacked");
        }
        if (type != DataBuffer.TYPE_BYTE && type != DataBuffer.TYPE_USHORT && type != DataBuffer.TYPE_INT) {
            throw new IllegalArgumentException("its values are not whole numbers from 0");
        }
        Unpacked plain = owned && !model.hasAlpha() ? ofArray(raster, model) : null;
        return plain == null ? ofBands(raster, model) : plain;
    }

    /** The array behind a buffer that was made for an interleaved raster. */
    static Samples interleaved(DataBuffer buffer) {
        return buffer instanceof DataBufferUShort shorts
                ? Samples.of(shorts.getData())
                : Samples.of(((DataBufferByte) buffer).getData());
    }

    /** The picture with straight alpha: a profile's curves must not see colours darkened by it. */
    static BufferedImage straight(BufferedImage image, boolean owned) {
        if (!image.isAlphaPremultiplied()) {
            return image;
        }
        BufferedImage copy = owned ? image : new BufferedImage(image.getColorModel(), image.copyData(null), true, null);
        copy.coerceData(false);
        return copy;
    }

    /** The picture's own array, with red first; null if that is not how it is stored. */
    private static @Nullable Unpacked ofArray(Raster raster, ColorModel model) {
        int bands = raster.getNumBands();
        int width = raster.getWidth();
        DataBuffer buffer = raster.getDataBuffer();
        boolean plain = raster.getSampleModel() instanceof PixelInterleavedSampleModel interleaved
                && interleaved.getPixelStride() == bands
                && interleaved.getScanlineStride() == bands * width
                && raster.getParent() == null
                && buffer.getNumBanks() == 1
                && buffer.getOffset() == 0
                && buffer.getSize() == bands * width * raster.getHeight()
                && model.getComponentSize(0) == DataBuffer.getDataTypeSize(buffer.getDataType());
        if (!plain) {
            return null;
        }
        Samples samples = interleaved(buffer);
        int[] offsets = ((PixelInterleavedSampleModel) raster.getSampleModel()).getBandOffsets();
        if (bands == 3 && offsets[1] == 1 && offsets[0] == 2) {
            for (int i = 0; i < samples.length(); i += 3) {
                int blue = samples.get(i);
                samples.set(i, samples.get(i + 2));
                samples.set(i + 2, blue);
            }
        } else if (bands == 3 && (offsets[0] != 0 || offsets[1] != 1)) {
            return null;
        }
        return new Unpacked(width, raster.getHeight(), bands, samples, null);
    }

    private static Unpacked ofBands(Raster raster, ColorModel model) {
        int width = raster.getWidth();
        int height = raster.getHeight();
        int bands = raster.getNumBands();
        int colours = model.getNumColorComponents();
        boolean deep = model.getComponentSize(0) > 8;
        Samples values = Samples.ofDepth(deep, Math.multiplyExact(Math.multiplyExact(width, height), colours));
        Samples opacity = bands > colours ? values.another(width * height) : null;
        int[] depths = model.getComponentSize();
        int[] row = new int[width * bands];
        int to = 0;
        for (int y = 0; y < height; y++) {
            raster.getPixels(raster.getMinX(), raster.getMinY() + y, width, 1, row);
            for (int x = 0; x < width; x++) {
                int at = x * bands;
                for (int band = 0; band < colours; band++) {
                    values.set(to++, rescaled(row[at + band], depths[band], values.maximum()));
                }
                if (opacity != null) {
                    opacity.set(y * width + x, rescaled(row[at + colours], depths[colours], values.maximum()));
                }
            }
        }
        return new Unpacked(width, height, colours, values, opacity);
    }

    private static Unpacked ofPalette(Raster raster, IndexColorModel palette) {
        int width = raster.getWidth();
        int height = raster.getHeight();
        int[] table = new int[palette.getMapSize()];
        palette.getRGBs(table);
        Samples values = Samples.of(new byte[Math.multiplyExact(Math.multiplyExact(width, height), 3)]);
        Samples opacity = palette.hasAlpha() ? values.another(width * height) : null;
        int[] row = new int[width];
        for (int y = 0; y < height; y++) {
            raster.getSamples(raster.getMinX(), raster.getMinY() + y, width, 1, 0, row);
            for (int x = 0; x < width; x++) {
                int pixel = y * width + x;
                // Beyond the palette is black, as in browsers.
                int argb = row[x] < table.length ? table[row[x]] : 0xff000000;
                values.set(3 * pixel, argb >> 16 & 0xff);
                values.set(3 * pixel + 1, argb >> 8 & 0xff);
                values.set(3 * pixel + 2, argb & 0xff);
                if (opacity != null) {
                    opacity.set(pixel, argb >>> 24);
                }
            }
        }
        return new Unpacked(width, height, 3, values, opacity);
    }

    /** A value of some depth on the scale from 0 to {@code maximum}, rounded to the nearest. */
    private static int rescaled(int value, int depth, int maximum) {
        int own = (1 << depth) - 1;
        return own == maximum ? value : (int) (((long) value * maximum + own / 2) / own);
    }

    /** The red of each pixel, for pictures that are grey. */
    Unpacked grey() {
        if (channels == 1) {
            return this;
        }
        Samples values = colours.another(width * height);
        for (int i = 0; i < values.length(); i++) {
            values.set(i, colours.get(3 * i));
        }
        return new Unpacked(width, height, 1, values, opacity);
    }

    /** With three channels. */
    Unpacked rgb() {
        if (channels == 3) {
            return this;
        }
        Samples values = colours.another(Math.multiplyExact(3, colours.length()));
        for (int i = 0; i < values.length(); i++) {
            values.set(i, colours.get(i / 3));
        }
        return withColours(values);
    }

    /** With these colours, of three channels. */
    Unpacked withColours(Samples rgb) {
        return new Unpacked(width, height, 3, rgb, opacity);
    }

    /** With one colour transparent, if nothing is yet. */
    Unpacked withTransparent(int[] colour, int depth) {
        if (opacity != null) {
            return this;
        }
        Samples found = colours.another(width * height);
        for (int pixel = 0; pixel < found.length(); pixel++) {
            boolean same = true;
            for (int channel = 0; channel < channels; channel++) {
                int wanted = rescaled(colour[Math.min(channel, colour.length - 1)], depth, colours.maximum());
                same &= colours.get(channels * pixel + channel) == wanted;
            }
            found.set(pixel, same ? 0 : colours.maximum());
        }
        return new Unpacked(width, height, channels, colours, found);
    }

    /** Put where a frame lies in its picture; around it is nothing. */
    Unpacked inside(int wholeWidth, int wholeHeight, Header.Frame frame) {
        boolean all = frame.width() == wholeWidth && frame.height() == wholeHeight;
        if (all && !frame.interlaced()) {
            return this;
        }
        Samples whole = colours.another(Math.multiplyExact(channels, Math.multiplyExact(wholeWidth, wholeHeight)));
        Samples opaque = all && opacity == null ? null : colours.another(wholeWidth * wholeHeight);
        for (int y = 0; y < height; y++) {
            int row = frame.interlaced() ? rowOf(y, height) : y;
            int to = (frame.top() + row) * wholeWidth + frame.left();
            colours.copy(channels * y * width, whole, channels * to, channels * width);
            for (int x = 0; opaque != null && x < width; x++) {
                opaque.set(to + x, opacity == null ? colours.maximum() : opacity.get(y * width + x));
            }
        }
        return new Unpacked(wholeWidth, wholeHeight, channels, whole, opaque);
    }

    /** Where the row that comes so late belongs, in GIF's four passes. */
    private static int rowOf(int order, int height) {
        int[][] passes = {{0, 8}, {4, 8}, {2, 4}, {1, 2}};
        int left = order;
        for (int[] pass : passes) {
            int rows = (height - pass[0] + pass[1] - 1) / pass[1];
            if (left < rows) {
                return pass[0] + left * pass[1];
            }
            left -= Math.max(0, rows);
        }
        throw new IllegalArgumentException("there is no row " + order + " of " + height);
    }

    /** Turned as EXIF's orientation says, 1 to 8. */
    Unpacked turned(int orientation) {
        if (orientation == 1) {
            return this;
        }
        boolean sideways = orientation >= 5;
        int newWidth = sideways ? height : width;
        int newHeight = sideways ? width : height;
        Samples values = colours.another(colours.length());
        Samples opaque = opacity == null ? null : opacity.another(opacity.length());
        for (int y = 0; y < newHeight; y++) {
            for (int x = 0; x < newWidth; x++) {
                int from = source(orientation, x, y);
                int to = y * newWidth + x;
                for (int channel = 0; channel < channels; channel++) {
                    values.set(channels * to + channel, colours.get(channels * from + channel));
                }
                if (opaque != null && opacity != null) {
                    opaque.set(to, opacity.get(from));
                }
            }
        }
        return new Unpacked(newWidth, newHeight, channels, values, opaque);
    }

    /** The stored pixel that is seen at a place. */
    private int source(int orientation, int x, int y) {
        int right = width - 1;
        int bottom = height - 1;
        return switch (orientation) {
            case 2 -> y * width + right - x;
            case 3 -> (bottom - y) * width + right - x;
            case 4 -> (bottom - y) * width + x;
            case 5 -> x * width + y;
            case 6 -> (bottom - x) * width + y;
            case 7 -> (bottom - x) * width + right - y;
            case 8 -> x * width + right - y;
            default -> throw new IllegalArgumentException("there is no orientation " + orientation);
        };
    }

    /** With colours that were multiplied by their opacity divided by it again. */
    Unpacked divided() {
        Samples opaque = opacity;
        if (opaque == null) {
            return this;
        }
        for (int i = 0; i < colours.length(); i++) {
            int own = opaque.get(i / channels);
            long full = own == 0 ? 0 : ((long) colours.get(i) * colours.maximum() + own / 2) / own;
            colours.set(i, (int) Math.min(full, colours.maximum()));
        }
        return this;
    }

    /** Whether a pixel is not fully opaque. */
    boolean isTransparent() {
        for (int i = 0; opacity != null && i < opacity.length(); i++) {
            if (opacity.get(i) != opacity.maximum()) {
                return true;
            }
        }
        return false;
    }
}
