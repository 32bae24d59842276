package dev.percept.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.percept.ImageException;
import dev.percept.ImageOptions;
import dev.percept.ImageSource;
import dev.percept.samples.Pictures;
import java.awt.Color;
import java.awt.color.ColorSpace;
import java.awt.color.ICC_Profile;
import java.awt.image.BufferedImage;
import java.awt.image.ComponentColorModel;
import java.awt.image.DataBuffer;
import java.awt.image.IndexColorModel;
import java.awt.image.Raster;
import java.awt.image.WritableRaster;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.zip.CRC32;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DecoderTest {
    private static final BufferedImage PICTURE = Pictures.gradient(40, 30);

    @TempDir
    Path folder = Path.of("");

    @ParameterizedTest
    @ValueSource(strings = {"png", "bmp"})
    void losslessFormatsKeepEveryPixel(String format) throws IOException {
        assertThat(decode(encode(PICTURE, format)).rgb8()).isEqualTo(rgbOf(PICTURE));
    }

    @Test
    void aGifsPaletteIsKept() throws IOException {
        byte[] levels = {0, 85, (byte) 170, (byte) 255};
        BufferedImage palette = new BufferedImage(
                8, 8, BufferedImage.TYPE_BYTE_INDEXED, new IndexColorModel(2, 4, levels, levels, levels));
        for (int pixel = 0; pixel < 64; pixel++) {
            palette.getRaster().setSample(pixel % 8, pixel / 8, 0, pixel % 4);
        }
        assertThat(decode(encode(palette, "gif")).rgb8()).isEqualTo(rgbOf(palette));
    }

    @Test
    void aJpegIsCloseToWhatWasSaved() throws IOException {
        byte[] decoded = decode(encode(PICTURE, "jpeg")).rgb8();
        byte[] original = rgbOf(PICTURE);
        for (int i = 0; i < original.length; i++) {
            assertThat(Math.abs((decoded[i] & 0xff) - (original[i] & 0xff))).isLessThan(24);
        }
    }

    @Test
    void contentDecidesAndNotTheName() throws IOException {
        Path file = Files.write(folder.resolve("picture.txt"), encode(PICTURE, "png"));
        assertThat(decode(ImageSource.of(file)).rgb8()).isEqualTo(rgbOf(PICTURE));
    }

    /** {@code getRGB} reads grey as linear light: 64 would come out as 137. */
    @Test
    void greyValuesAreTakenAsTheyAre() throws IOException {
        BufferedImage grey = new BufferedImage(256, 1, BufferedImage.TYPE_BYTE_GRAY);
        byte[] expected = new byte[256 * 3];
        for (int value = 0; value < 256; value++) {
            grey.getRaster().setSample(value, 0, 0, value);
            Arrays.fill(expected, 3 * value, 3 * value + 3, (byte) value);
        }
        assertThat(decode(encode(grey, "png")).rgb8()).isEqualTo(expected);
        assertThat(decode(ImageSource.of(grey, "grey")).rgb8()).isEqualTo(expected);
    }

    @Test
    void sixteenBitsStaySixteen() throws IOException {
        BufferedImage deep = new BufferedImage(4, 1, BufferedImage.TYPE_USHORT_GRAY);
        int[] values = {0, 257 * 100 + 128, 257 * 100 + 129, 65535};
        for (int x = 0; x < 4; x++) {
            deep.getRaster().setSample(x, 0, 0, values[x]);
        }
        short[] expected = new short[12];
        for (int i = 0; i < 12; i++) {
            expected[i] = (short) values[i / 3];
        }
        assertThat(decode(encode(deep, "png")).rgb16()).isEqualTo(expected);
        assertThat(decode(ImageSource.of(deep, "memory")).rgb16()).isEqualTo(expected);
        byte[] rounded = {0, 0, 0, 100, 100, 100, 101, 101, 101, -1, -1, -1};
        assertThat(decode(encode(deep, "png")).shallow().rgb8()).isEqualTo(rounded);
    }

    @Test
    void sixteenBitColourStaysSixteen() throws IOException {
        var model = new ComponentColorModel(
                ColorSpace.getInstance(ColorSpace.CS_sRGB),
                false,
                false,
                ComponentColorModel.OPAQUE,
                DataBuffer.TYPE_USHORT);
        WritableRaster raster = Raster.createInterleavedRaster(DataBuffer.TYPE_USHORT, 1, 1, 3, null);
        raster.setPixel(0, 0, new int[] {257 * 10, 257 * 20 + 200, 65535});
        BufferedImage deep = new BufferedImage(model, raster, false, null);
        short[] expected = {257 * 10, 257 * 20 + 200, -1};
        assertThat(decode(encode(deep, "png")).rgb16()).isEqualTo(expected);
    }

    /** A picture of 8 bits equals the same one in 16. */
    @Test
    void eightBitsArePromotedByTheSameFactorEverywhere() throws IOException {
        Pixels eight = decode(encode(PICTURE, "png"));

        assertThat(eight.deep().sameAs(eight)).isTrue();
        assertThat(eight.sameAs(eight.deep())).isTrue();
        assertThat(eight.deep().shallow().sameAs(eight)).isTrue();
        short[] other = eight.deep().rgb16().clone();
        other[5]++;
        assertThat(new Pixels(eight.width(), eight.height(), other).sameAs(eight))
                .isFalse();
    }

    /** A profile's colours are converted: half of linear light is 188 of sRGB's 255. */
    @Test
    void otherColourSpacesAreConvertedToSrgb() throws IOException {
        var linear = new ComponentColorModel(
                ColorSpace.getInstance(ColorSpace.CS_LINEAR_RGB),
                false,
                false,
                ComponentColorModel.OPAQUE,
                DataBuffer.TYPE_BYTE);
        BufferedImage image = new BufferedImage(linear, linear.createCompatibleWritableRaster(16, 16), false, null);
        for (int pixel = 0; pixel < 256; pixel++) {
            image.getRaster().setPixel(pixel % 16, pixel / 16, new int[] {0, 128, 255});
        }
        byte[] expected = {0, (byte) 188, (byte) 255};
        assertThat(Arrays.copyOf(decode(ImageSource.of(image, "memory")).rgb8(), 3))
                .isEqualTo(expected);
        // ImageIO writes these values without their profile.
        byte[] file = withProfile(
                encode(image, "jpeg"),
                ICC_Profile.getInstance(ColorSpace.CS_LINEAR_RGB).getData());
        byte[] jpeg = Arrays.copyOf(decode(file).rgb8(), 3);
        for (int channel = 0; channel < 3; channel++) {
            assertThat((jpeg[channel] & 0xff) - (expected[channel] & 0xff)).isBetween(-3, 3);
        }
    }

    @Test
    void transparentPicturesLieOnWhiteAndHiddenColourDoesNotCount() throws IOException {
        BufferedImage image = new BufferedImage(3, 1, BufferedImage.TYPE_INT_ARGB);
        image.setRGB(0, 0, new Color(200, 10, 30, 0).getRGB());
        image.setRGB(1, 0, new Color(0, 0, 0, 51).getRGB());
        image.setRGB(2, 0, new Color(1, 2, 3, 255).getRGB());
        byte[] expected = {-1, -1, -1, (byte) 204, (byte) 204, (byte) 204, 1, 2, 3};
        assertThat(decode(encode(image, "png")).rgb8()).isEqualTo(expected);
        BufferedImage premultiplied = new BufferedImage(3, 1, BufferedImage.TYPE_INT_ARGB_PRE);
        premultiplied.createGraphics().drawImage(image, 0, 0, null);
        assertThat(decode(ImageSource.of(premultiplied, "premultiplied")).rgb8())
                .isEqualTo(expected);
    }

    /** Java's own conversions do for types that no file has. */
    @Test
    void floatingPointPicturesAreRead() {
        var model = new ComponentColorModel(
                ColorSpace.getInstance(ColorSpace.CS_sRGB),
                false,
                false,
                ComponentColorModel.OPAQUE,
                DataBuffer.TYPE_FLOAT);
        BufferedImage image = new BufferedImage(model, model.createCompatibleWritableRaster(1, 1), false, null);
        image.getRaster().setPixel(0, 0, new float[] {0f, 0.2f, 1f});
        assertThat(decode(ImageSource.of(image, "floats")).rgb8()).containsExactly(0, 51, -1);
    }

    @ParameterizedTest
    @ValueSource(strings = {"png", "jpeg", "bmp", "gif"})
    void aPictureCutOffAnywhereIsRefused(String format) throws IOException {
        byte[] whole = encode(PICTURE, format);
        // The last bytes of some formats only say that they are the last.
        for (int length = 0; length < whole.length - 16; length += Math.max(1, whole.length / 64)) {
            byte[] cut = Arrays.copyOf(whole, length);
            assertThatThrownBy(() -> decode(cut))
                    .as("%s cut at %d of %d", format, length, whole.length)
                    .isInstanceOf(ImageException.class)
                    .message()
                    .doesNotContain("\n");
        }
    }

    @Test
    void whatIsNoPictureIsRefusedByName() {
        refused(ImageSource.of(folder), "folder");
        refused(ImageSource.of(folder.resolve("absent.png")), "absent.png", "no such file");
        refused(ImageSource.of(new ByteArrayInputStream(new byte[0]), "in"), "in: it is empty");
        refused(
                ImageSource.of(new ByteArrayInputStream("<svg/>".getBytes(StandardCharsets.UTF_8)), "in"),
                "PNG, JPEG, WebP, TIFF, BMP, GIF, PNM or TGA");
    }

    /** h2non/bimg#394: a few bytes may declare billions of pixels. */
    @Test
    void aHugePictureIsRefusedByItsHeader() throws IOException {
        byte[] png = encode(PICTURE, "png");
        byte[] side = {0, 0, (byte) 0xfa, (byte) 0xfa};
        System.arraycopy(side, 0, png, 16, 4);
        System.arraycopy(side, 0, png, 20, 4);
        refused(ImageSource.of(new ByteArrayInputStream(withCrc(png)), "bomb"), "64250×64250");
    }

    /** A JPEG file with an ICC profile: in an APP2 segment behind the first marker, as the ICC's specification has it. */
    private static byte[] withProfile(byte[] jpeg, byte[] profile) {
        byte[] name = "ICC_PROFILE\0\1\1".getBytes(StandardCharsets.ISO_8859_1);
        return ByteBuffer.allocate(jpeg.length + 4 + name.length + profile.length)
                .put(jpeg, 0, 2)
                .putShort((short) 0xffe2)
                .putShort((short) (2 + name.length + profile.length))
                .put(name)
                .put(profile)
                .put(jpeg, 2, jpeg.length - 2)
                .array();
    }

    private static byte[] withCrc(byte[] png) {
        var crc = new CRC32();
        crc.update(png, 12, 17);
        ByteBuffer.wrap(png).putInt(29, (int) crc.getValue());
        return png;
    }

    private static void refused(ImageSource source, String... words) {
        assertThatThrownBy(() -> decode(source))
                .isInstanceOf(ImageException.class)
                .hasMessageContainingAll(words)
                .message()
                .doesNotContain("\n");
    }

    private static Pixels decode(byte[] file) {
        return decode(ImageSource.of(file, "test"));
    }

    private static Pixels decode(ImageSource source) {
        return new Decoder(ImageOptions.defaults()).decode(source).pixels();
    }

    private static byte[] encode(BufferedImage image, String format) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        assertThat(ImageIO.write(image, format, out)).isTrue();
        return out.toByteArray();
    }

    private static byte[] rgbOf(BufferedImage image) {
        byte[] rgb = new byte[3 * image.getWidth() * image.getHeight()];
        for (int pixel = 0; pixel < rgb.length / 3; pixel++) {
            int value = image.getRGB(pixel % image.getWidth(), pixel / image.getWidth());
            rgb[3 * pixel] = (byte) (value >> 16);
            rgb[3 * pixel + 1] = (byte) (value >> 8);
            rgb[3 * pixel + 2] = (byte) value;
        }
        return rgb;
    }
}
