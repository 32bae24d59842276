package dev.percept.samples;

import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.function.UnaryOperator;
import javax.imageio.IIOImage;
import javax.imageio.ImageIO;
import javax.imageio.ImageWriteParam;
import javax.imageio.ImageWriter;
import javax.imageio.stream.ImageOutputStream;
import javax.imageio.stream.MemoryCacheImageOutputStream;

/**
 * The usual ways to spoil a picture. Each gives a new picture of the same size and of type
 * {@link BufferedImage#TYPE_INT_RGB}, works on the 8-bit values as they are stored (gamma-encoded, without alpha),
 * rounds to the nearest and clamps to 0..255. Places outside the picture hold the nearest pixel of its edge.
 */
public final class Distortions {

    private Distortions() {}

    /** Gaussian blur. {@code sigma} is in pixels, from 0 (no change). */
    public static BufferedImage blur(BufferedImage image, double sigma) {
        require(sigma >= 0, "sigma must be 0 or more");
        int reach = (int) Math.ceil(3 * sigma);
        double[] weights = new double[2 * reach + 1];
        double sum = 0;
        for (int off = -reach; off <= reach; off++) {
            weights[off + reach] = off == 0 ? 1 : StrictMath.exp(-off * off / (2 * sigma * sigma));
            sum += weights[off + reach];
        }
        for (int index = 0; index < weights.length; index++) {
            weights[index] /= sum;
        }
        Raster8 from = Raster8.of(image);
        return from.weighted(weights, 1, 0).weighted(weights, 0, 1).toImage();
    }

    /**
     * Adds normally distributed noise, independent for each pixel and channel.
     *
     * @param sigmaOf255 its standard deviation in 8-bit levels, from 0 (no change) to 255
     * @param seed the same seed gives the same noise
     */
    public static BufferedImage noise(BufferedImage image, double sigmaOf255, int seed) {
        require(sigmaOf255 >= 0 && sigmaOf255 <= 255, "sigma must be from 0 to 255");
        Raster8 from = Raster8.of(image);
        Raster8 to = from.blank();
        for (int y = 0; y < from.height(); y++) {
            for (int x = 0; x < from.width(); x++) {
                Vec speck = new Vec(
                        Noise.normal(3 * x, y, seed),
                        Noise.normal(3 * x + 1, y, seed),
                        Noise.normal(3 * x + 2, y, seed));
                to.set(x, y, from.at(x, y).plus(speck.times(sigmaOf255)));
            }
        }
        return to.toImage();
    }

    /**
     * Writes as baseline JPEG and reads again, with the JDK's own codec and its chroma subsampling of 4:2:0.
     *
     * @param quality from 1 (worst) to 100, as the usual scale of the quantisation tables
     */
    public static BufferedImage jpeg(BufferedImage image, int quality) {
        require(quality >= 1 && quality <= 100, "quality must be from 1 to 100");
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        ImageWriter writer = ImageIO.getImageWritersByFormatName("jpeg").next();
        try (ImageOutputStream output = new MemoryCacheImageOutputStream(bytes)) {
            ImageWriteParam setting = writer.getDefaultWriteParam();
            setting.setCompressionMode(ImageWriteParam.MODE_EXPLICIT);
            setting.setCompressionQuality(quality / 100f);
            writer.setOutput(output);
            writer.write(null, new IIOImage(Raster8.of(image).toImage(), null, null), setting);
            output.flush();
            return Raster8.of(ImageIO.read(new ByteArrayInputStream(bytes.toByteArray())))
                    .toImage();
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        } finally {
            writer.dispose();
        }
    }

    /** Spreads the values about mid-grey 127.5. {@code factor} is from 0 (even grey) over 1 (no change) upwards. */
    public static BufferedImage contrast(BufferedImage image, double factor) {
        require(factor >= 0, "factor must be 0 or more");
        Vec middle = new Vec(127.5, 127.5, 127.5);
        return eachPixel(image, colour -> middle.plus(colour.minus(middle).times(factor)));
    }

    /** Moves colours towards grey of the same BT.601 luma. {@code amount} is from 0 (no change) to 1 (grey). */
    public static BufferedImage desaturate(BufferedImage image, double amount) {
        require(amount >= 0 && amount <= 1, "amount must be from 0 to 1");
        return eachPixel(image, colour -> {
            double luma = luma(colour);
            return colour.mix(new Vec(luma, luma, luma), amount);
        });
    }

    /** Turns the chroma in the Cb-Cr plane of BT.601 by any number of {@code degrees}, from Cb towards Cr. */
    public static BufferedImage hue(BufferedImage image, double degrees) {
        double cosine = StrictMath.cos(Math.toRadians(degrees));
        double sine = StrictMath.sin(Math.toRadians(degrees));
        return eachPixel(image, colour -> {
            double luma = luma(colour);
            double cb = (colour.z() - luma) / 1.772;
            double cr = (colour.x() - luma) / 1.402;
            double red = luma + 1.402 * (cosine * cr + sine * cb);
            double blue = luma + 1.772 * (cosine * cb - sine * cr);
            return new Vec(red, (luma - 0.299 * red - 0.114 * blue) / 0.587, blue);
        });
    }

    /** Moves the picture right by {@code dx} and down by {@code dy} pixels, either of which may be negative. */
    public static BufferedImage shift(BufferedImage image, int dx, int dy) {
        Raster8 from = Raster8.of(image);
        Raster8 to = from.blank();
        for (int y = 0; y < from.height(); y++) {
            for (int x = 0; x < from.width(); x++) {
                to.set(x, y, from.at(x - dx, y - dy));
            }
        }
        return to.toImage();
    }

    /** Enlarges about the centre, bilinearly. {@code factor} is above 0; below 1 the picture shrinks. */
    public static BufferedImage scale(BufferedImage image, double factor) {
        require(factor > 0, "factor must be above 0");
        return turned(image, 1 / factor, 0);
    }

    /** Turns about the centre, bilinearly. {@code degrees} count counter-clockwise. */
    public static BufferedImage rotate(BufferedImage image, double degrees) {
        double turn = Math.toRadians(degrees);
        return turned(image, StrictMath.cos(turn), StrictMath.sin(turn));
    }

    /** Replaces squares of {@code size} by {@code size} pixels, from 1 (no change), by their means. */
    public static BufferedImage pixelate(BufferedImage image, int size) {
        Raster8 small = Raster8.of(image).shrunk(size);
        Raster8 to = Raster8.of(image).blank();
        for (int y = 0; y < to.height(); y++) {
            for (int x = 0; x < to.width(); x++) {
                to.set(x, y, small.at(x / size, y / size));
            }
        }
        return to.toImage();
    }

    /** Scales down by {@code factor}, from 1 (no change), by the means of squares, and up again bilinearly. */
    public static BufferedImage downUp(BufferedImage image, int factor) {
        Raster8 small = Raster8.of(image).shrunk(factor);
        Raster8 to = Raster8.of(image).blank();
        for (int y = 0; y < to.height(); y++) {
            for (int x = 0; x < to.width(); x++) {
                to.set(x, y, small.between((x + 0.5) / factor - 0.5, (y + 0.5) / factor - 0.5));
            }
        }
        return to.toImage();
    }

    /** The BT.601 luma of a colour. */
    static double luma(Vec colour) {
        return 0.299 * colour.x() + 0.587 * colour.y() + 0.114 * colour.z();
    }

    private static BufferedImage eachPixel(BufferedImage image, UnaryOperator<Vec> change) {
        Raster8 from = Raster8.of(image);
        Raster8 to = from.blank();
        for (int y = 0; y < from.height(); y++) {
            for (int x = 0; x < from.width(); x++) {
                to.set(x, y, change.apply(from.at(x, y)));
            }
        }
        return to.toImage();
    }

    /** For each pixel looks up the place that lies, seen from the centre, in the direction turned and stretched so. */
    private static BufferedImage turned(BufferedImage image, double along, double across) {
        Raster8 from = Raster8.of(image);
        Raster8 to = from.blank();
        double middleX = (from.width() - 1) / 2.0;
        double middleY = (from.height() - 1) / 2.0;
        for (int y = 0; y < from.height(); y++) {
            for (int x = 0; x < from.width(); x++) {
                double right = x - middleX;
                double down = y - middleY;
                to.set(
                        x,
                        y,
                        from.between(middleX + along * right - across * down, middleY + along * down + across * right));
            }
        }
        return to.toImage();
    }

    private static void require(boolean holds, String rule) {
        if (!holds) {
            throw new IllegalArgumentException(rule);
        }
    }
}
