package dev.percept.image;

import dev.percept.IccProfile;
import java.awt.color.ColorSpace;
import java.awt.image.BufferedImage;
import java.awt.image.ColorConvertOp;
import java.awt.image.ColorModel;
import java.awt.image.DataBuffer;
import java.awt.image.IndexColorModel;

/** Unpacks pictures that a program made: of any type and colour space that Java has. */
final class MemoryPicture {
    private MemoryPicture() {}

    static Unpacked unpack(BufferedImage image, IccProfile icc) {
        ColorModel model = image.getColorModel();
        ColorSpace space = model.getColorSpace();
        boolean whole = model.getTransferType() == DataBuffer.TYPE_BYTE
                || model.getTransferType() == DataBuffer.TYPE_USHORT
                || model.getTransferType() == DataBuffer.TYPE_INT;
        boolean asIs = model instanceof IndexColorModel
                || space.isCS_sRGB()
                || space.getType() == ColorSpace.TYPE_GRAY
                || (icc == IccProfile.IGNORE && space.getType() == ColorSpace.TYPE_RGB);
        if (asIs && whole) {
            return Unpacked.of(image, false);
        }
        // Java's own conversions, which give 8 bits.
        BufferedImage converted = new BufferedImage(image.getWidth(), image.getHeight(), BufferedImage.TYPE_INT_ARGB);
        if (space.isCS_sRGB()) {
            for (int y = 0; y < image.getHeight(); y++) {
                for (int x = 0; x < image.getWidth(); x++) {
                    converted.setRGB(x, y, image.getRGB(x, y));
                }
            }
        } else {
            new ColorConvertOp(null).filter(Unpacked.straight(image, false), converted);
        }
        return Unpacked.of(converted, true);
    }
}
