package dev.percept.image;

import java.awt.color.ColorSpace;
import java.awt.image.BufferedImage;
import java.awt.image.ColorConvertOp;
import java.awt.image.ColorModel;
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
        boolean indexed = model instanceof IndexColorModel;
        if (model.getColorSpace().getType() == ColorSpace.TYPE_GRAY && !indexed) {
            copyGrey(image, rgb);
        } else if (indexed || model.getColorSpace().isCS_sRGB()) {
            copyColour(image, rgb);
        } else {
            BufferedImage converted = new BufferedImage(width, height, BufferedImage.TYPE_INT_ARGB);
            copyColour(new ColorConvertOp(null).filter(straight(image), converted), rgb);
        }
        return new Pixels(width, height, rgb);
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
     * Takes grey values as they are: {@code getRGB} would read them as linear light, and be off by up to 73 levels.
     */
    private static void copyGrey(BufferedImage image, byte[] rgb) {
        Raster raster = image.getRaster();
        int bands = raster.getNumBands();
        int depth = image.getColorModel().getComponentSize(0);
        int alphaDepth = bands > 1 ? image.getColorModel().getComponentSize(1) : 0;
        int width = image.getWidth();
        boolean premultiplied = image.isAlphaPremultiplied();
        int[] row = new int[width * bands];
        int to = 0;
        for (int y = 0; y < image.getHeight(); y++) {
            raster.getPixels(0, y, width, 1, row);
            for (int x = 0; x < width; x++) {
                int grey = to8Bit(row[x * bands], depth);
                if (bands > 1) {
                    grey = onWhite(grey, to8Bit(row[x * bands + 1], alphaDepth), premultiplied);
                }
                rgb[to++] = (byte) grey;
                rgb[to++] = (byte) grey;
                rgb[to++] = (byte) grey;
            }
        }
    }

    private static void copyColour(BufferedImage image, byte[] rgb) {
        int width = image.getWidth();
        boolean alpha = image.getColorModel().hasAlpha();
        Raster raster = image.getRaster();
        boolean deep =
                image.getColorModel().getComponentSize(0) > 8 && !(image.getColorModel() instanceof IndexColorModel);
        if (deep) {
            copyDeep(image, raster, rgb);
            return;
        }
        int[] row = new int[width];
        int to = 0;
        for (int y = 0; y < image.getHeight(); y++) {
            // getRGB is exact for sRGB and palettes, and always of straight alpha.
            image.getRGB(0, y, width, 1, row, 0, width);
            for (int argb : row) {
                int opacity = alpha ? argb >>> 24 : 255;
                rgb[to++] = (byte) onWhite(argb >> 16 & 0xff, opacity, false);
                rgb[to++] = (byte) onWhite(argb >> 8 & 0xff, opacity, false);
                rgb[to++] = (byte) onWhite(argb & 0xff, opacity, false);
            }
        }
    }

    private static void copyDeep(BufferedImage image, Raster raster, byte[] rgb) {
        int width = image.getWidth();
        int bands = raster.getNumBands();
        ColorModel model = image.getColorModel();
        boolean premultiplied = image.isAlphaPremultiplied();
        int[] row = new int[width * bands];
        int to = 0;
        for (int y = 0; y < image.getHeight(); y++) {
            raster.getPixels(0, y, width, 1, row);
            for (int x = 0; x < width; x++) {
                int opacity = bands > 3 ? to8Bit(row[x * bands + 3], model.getComponentSize(3)) : 255;
                for (int band = 0; band < 3; band++) {
                    int value = to8Bit(row[x * bands + band], model.getComponentSize(band));
                    rgb[to++] = (byte) onWhite(value, opacity, premultiplied);
                }
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
