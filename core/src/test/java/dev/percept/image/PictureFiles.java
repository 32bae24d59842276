package dev.percept.image;

import java.awt.color.ColorSpace;
import java.awt.color.ICC_Profile;
import java.awt.image.BufferedImage;
import java.awt.image.ComponentColorModel;
import java.awt.image.DataBuffer;
import java.awt.image.WritableRaster;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.zip.CRC32;
import java.util.zip.Deflater;
import javax.imageio.ImageIO;

/** Makes picture files for tests. */
public final class PictureFiles {
    private static final int BEHIND_IHDR = 33;

    private PictureFiles() {}

    /** A PNG file. */
    public static byte[] png(BufferedImage picture) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ImageIO.write(picture, "png", out);
        return out.toByteArray();
    }

    /** A PNG file whose EXIF notes an orientation. */
    public static byte[] pngWithOrientation(BufferedImage picture, int orientation) throws IOException {
        ByteBuffer exif = ByteBuffer.allocate(26);
        exif.put("MM\0*".getBytes(StandardCharsets.ISO_8859_1)).putInt(8).putShort((short) 1);
        exif.putShort((short) 0x112).putShort((short) 3).putInt(1).putShort((short) orientation);
        return pngWith(picture, "eXIf", exif.array());
    }

    /** A PNG file with an ICC profile. */
    public static byte[] pngWithProfile(BufferedImage picture, byte[] icc) throws IOException {
        Deflater deflater = new Deflater();
        deflater.setInput(icc);
        deflater.finish();
        byte[] deflated = new byte[icc.length + 100];
        int length = deflater.deflate(deflated);
        deflater.end();
        ByteBuffer chunk = ByteBuffer.allocate(6 + length);
        chunk.put("test\0\0".getBytes(StandardCharsets.ISO_8859_1)).put(deflated, 0, length);
        return pngWith(picture, "iCCP", chunk.array());
    }

    /** A PNG file with one more chunk behind its header. */
    public static byte[] pngWith(BufferedImage picture, String type, byte[] content) throws IOException {
        byte[] png = png(picture);
        ByteBuffer chunk = ByteBuffer.allocate(12 + content.length);
        chunk.putInt(content.length)
                .put(type.getBytes(StandardCharsets.ISO_8859_1))
                .put(content);
        CRC32 sum = new CRC32();
        sum.update(chunk.array(), 4, 4 + content.length);
        chunk.putInt((int) sum.getValue());
        return ByteBuffer.allocate(png.length + chunk.capacity())
                .put(png, 0, BEHIND_IHDR)
                .put(chunk.array())
                .put(png, BEHIND_IHDR, png.length - BEHIND_IHDR)
                .array();
    }

    /** The JDK's profile of linear light. */
    public static byte[] linear() {
        return ICC_Profile.getInstance(ColorSpace.CS_LINEAR_RGB).getData();
    }

    /** The JDK's profile of sRGB. */
    public static byte[] srgb() {
        return ICC_Profile.getInstance(ColorSpace.CS_sRGB).getData();
    }

    /** The same picture with 16 bits, its red changed by so much where there is room. */
    public static BufferedImage deep(BufferedImage picture, int more) {
        var model = new ComponentColorModel(
                ColorSpace.getInstance(ColorSpace.CS_sRGB),
                false,
                false,
                ComponentColorModel.OPAQUE,
                DataBuffer.TYPE_USHORT);
        WritableRaster raster = model.createCompatibleWritableRaster(picture.getWidth(), picture.getHeight());
        for (int y = 0; y < picture.getHeight(); y++) {
            for (int x = 0; x < picture.getWidth(); x++) {
                int rgb = picture.getRGB(x, y);
                int red = Math.min(65535, 257 * (rgb >> 16 & 0xff) + more);
                raster.setPixel(x, y, new int[] {red, 257 * (rgb >> 8 & 0xff), 257 * (rgb & 0xff)});
            }
        }
        return new BufferedImage(model, raster, false, null);
    }
}
