package dev.percept.image;

import java.awt.color.ColorSpace;
import java.awt.image.BufferedImage;
import java.awt.image.ColorConvertOp;
import java.awt.image.ColorModel;
import java.awt.image.DataBuffer;
import java.awt.image.IndexColorModel;
import java.awt.image.Raster;

/** Turns pictures of any type into 8-bit sRGB, composited on white. */
final class ColourConversion {
    private ColourConversion() {}

    static Pixels toSrgb(BufferedImage image) {
        int width = image.getWidth();
        int height = image.getHeight();
        byte[] rgb = new byte[Math.multiplyExact(Math.multiplyExact(width, height), 3)];
        ColorModel model = image.getColorModel();
        ColorSpace space = model.getColorSpace();
        if (model instanceof IndexColorModel
                || (space.isCS_sRGB() && (model.getComponentSize(0) <= 8 || !isInteger(model)))) {
            copyRgb(image, rgb);
        } else if (isInteger(model) && (space.isCS_sRGB() || space.getType() == ColorSpace.TYPE_GRAY)) {
            copySamples(image, rgb);
        } else {
            BufferedImage converted = new BufferedImage(width, height, BufferedImage.TYPE_INT_ARGB);
            copyRgb(new ColorConvertOp(null).filter(straight(image), converted), rgb);
        }
        return new Pixels(width, height, rgb);
    }

    /** Whether samples are whole numbers from 0; floats are left to Java's own conversions. */
    private static boolean isInteger(ColorModel model) {
        int type = model.getTransferType();
        return type == DataBuffer.TYPE_BYTE || type == DataBuffer.TYPE_USHORT || type == DataBuffer.TYPE_INT;
    }

    /** The picture with straight alpha: a profile's curves must not see colours darkened by it. */
    private static BufferedImage straight(BufferedImage image) {
        if (!image.isAlphaPremultiplied()) {
            return image;
        }
        BufferedImage copy = new BufferedImage(image.getColorModel(), image.copyData(null), true, null);
        copy.coerceData(false);
        return copy;
    }

    /**
     * Takes grey values, and those of more than 8 bits, as they are: {@code getRGB} would read grey as linear light, and be off by
     * up to 73 levels.
     */
    private static void copySamples(BufferedImage image, byte[] rgb) {
        Raster raster = image.getRaster();
        ColorModel model = image.getColorModel();
        int width = image.getWidth();
        int bands = raster.getNumBands();
        int colours = model.getNumColorComponents();
        boolean premultiplied = image.isAlphaPremultiplied();
        int[] row = new int[width * bands];
        int to = 0;
        for (int y = 0; y < image.getHeight(); y++) {
            raster.getPixels(0, y, width, 1, row);
            for (int x = 0; x < width; x++) {
                int at = x * bands;
                int opacity = bands > colours ? to8Bit(row[at + colours], model.getComponentSize(colours)) : 255;
                for (int channel = 0; channel < 3; channel++) {
                    int band = Math.min(channel, colours - 1);
                    int value = to8Bit(row[at + band], model.getComponentSize(band));
                    rgb[to++] = (byte) onWhite(value, opacity, premultiplied);
                }
            }
        }
    }

    /** Takes 8-bit sRGB and palettes, for which {@code getRGB} is exact and always of straight alpha. */
    private static void copyRgb(BufferedImage image, byte[] rgb) {
        int width = image.getWidth();
        int[] row = new int[width];
        int to = 0;
        for (int y = 0; y < image.getHeight(); y++) {
            image.getRGB(0, y, width, 1, row, 0, width);
            for (int argb : row) {
                int opacity = argb >>> 24;
                rgb[to++] = (byte) onWhite(argb >> 16 & 0xff, opacity, false);
                rgb[to++] = (byte) onWhite(argb >> 8 & 0xff, opacity, false);
                rgb[to++] = (byte) onWhite(argb & 0xff, opacity, false);
            }
        }
    }

    /** Rescales a value of some depth to 8 bits, rounding to the nearest. */
    private static int to8Bit(int value, int depth) {
        if (depth == 8) {
            return value;
        }
        int maximum = (1 << depth) - 1;
        return (int) ((value * 255L + maximum / 2) / maximum);
    }

    /** Composites a value on white, rounding to the nearest. */
    private static int onWhite(int value, int opacity, boolean premultiplied) {
        if (opacity == 255) {
            return value;
        }
        int coloured = premultiplied ? value * 255 : value * opacity;
        return Math.min(255, (coloured + 255 * (255 - opacity) + 127) / 255);
    }
}
