package dev.percept.image;

import java.awt.color.ColorSpace;
import java.awt.color.ICC_Profile;
import java.awt.image.ColorConvertOp;
import java.awt.image.DataBuffer;
import java.awt.image.Raster;
import java.awt.image.WritableRaster;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** Converts colours of an ICC profile to sRGB, with perceptual intent, by the LittleCMS in the JDK. For one thread. */
final class ColourProfile {
    private static final int HEADER = 128;
    private static final int MOST_TAGS = 200;
    private static final int INTENT = 64;
    /** Samples that are converted at once. */
    private static final int STRIP = 1 << 16;
    /** A grid of colours that tells whether a profile is sRGB: so many values of each channel. */
    private static final int GRID = 9;

    private final String name;
    private final int channels;
    private final ColorConvertOp conversion;

    private ColourProfile(String name, int channels, ICC_Profile profile) {
        this.name = name;
        this.channels = channels;
        this.conversion =
                new ColorConvertOp(new ICC_Profile[] {profile, ICC_Profile.getInstance(ColorSpace.CS_sRGB)}, null);
    }

    /**
     * A profile that was found in a file.
     *
     * @param space of the picture: {@link ColorSpace#TYPE_GRAY}, {@code TYPE_RGB} or {@code TYPE_CMYK}
     * @return null if it is damaged, or not for such a picture
     */
    static @Nullable ColourProfile of(Header.Profile found, int space) {
        byte[] icc = found.icc();
        if (!isSound(icc, space)) {
            return null;
        }
        byte[] perceptual = icc.clone();
        Arrays.fill(perceptual, INTENT, INTENT + 4, (byte) 0);
        try {
            ICC_Profile profile = ICC_Profile.getInstance(perceptual);
            return new ColourProfile(name(found), profile.getNumComponents(), profile);
        } catch (RuntimeException e) {
            // CMMException is one of several that the JDK answers damage with.
            return null;
        }
    }

    /** What people call it: as the file does, or the profile itself. */
    static String name(Header.Profile found) {
        String name = found.name() == null ? description(found.icc()) : found.name();
        String clean = name.replaceAll("[\\s\\p{Cntrl}\\p{Cf}]+", " ").strip();
        return clean.isEmpty() ? "unnamed" : clean.substring(0, Math.min(80, clean.length()));
    }

    String name() {
        return name;
    }

    private static boolean isSound(byte[] icc, int space) {
        if (icc.length < HEADER + 4 || !signature(icc, 36).equals("acsp")) {
            return false;
        }
        String wanted =
                switch (space) {
                    case ColorSpace.TYPE_GRAY -> "GRAY";
                    case ColorSpace.TYPE_CMYK -> "CMYK";
                    default -> "RGB ";
                };
        String kind = signature(icc, 12);
        boolean usable = kind.equals("mntr") || kind.equals("scnr") || kind.equals("prtr") || kind.equals("spac");
        ByteBuffer bytes = ByteBuffer.wrap(icc);
        long size = Integer.toUnsignedLong(bytes.getInt(0));
        long tags = Integer.toUnsignedLong(bytes.getInt(HEADER));
        if (!usable
                || !signature(icc, 16).equals(wanted)
                || size > icc.length
                || tags > MOST_TAGS
                || HEADER + 4 + 12 * tags > size) {
            return false;
        }
        for (int tag = 0; tag < tags; tag++) {
            int at = HEADER + 4 + 12 * tag;
            long offset = Integer.toUnsignedLong(bytes.getInt(at + 4));
            if (offset + Integer.toUnsignedLong(bytes.getInt(at + 8)) > size) {
                return false;
            }
        }
        return true;
    }

    private static String signature(byte[] icc, int at) {
        return new String(icc, at, 4, StandardCharsets.ISO_8859_1);
    }

    /** The text of the profile's description tag, of version 2's or 4's type; empty where there is none. */
    private static String description(byte[] icc) {
        ByteBuffer bytes = ByteBuffer.wrap(icc);
        for (int at = HEADER + 4; at + 12 <= icc.length && at < HEADER + 4 + 12 * MOST_TAGS; at += 12) {
            if (signature(icc, at).equals("desc")) {
                int from = bytes.getInt(at + 4);
                int length = bytes.getInt(at + 8);
                if (from < 0 || length < 28 || length > icc.length - from) {
                    return "";
                }
                boolean unicode = signature(icc, from).equals("mluc");
                long start = from + (unicode ? Integer.toUnsignedLong(bytes.getInt(from + 24)) : 12);
                long count = Integer.toUnsignedLong(bytes.getInt(from + (unicode ? 20 : 8)));
                boolean inside = start + count <= icc.length && count < 1000;
                return inside
                        ? new String(
                                icc,
                                (int) start,
                                (int) count,
                                unicode ? StandardCharsets.UTF_16BE : StandardCharsets.ISO_8859_1)
                        : "";
            }
        }
        return "";
    }

    /** Whether colours stay as they are, to within a level. */
    boolean isSrgb() {
        byte[] grid = new byte[channels == 1 ? 256 : GRID * GRID * GRID * channels];
        for (int i = 0; i < grid.length; i++) {
            int colour = i / channels;
            int digit = i % channels == 0 ? colour / GRID / GRID : i % channels == 1 ? colour / GRID : colour;
            grid[i] = (byte) (channels == 1 ? i : digit % GRID * 255 / (GRID - 1));
        }
        Samples before = Samples.of(grid);
        Samples after = toSrgb(Samples.of(grid.clone()));
        for (int i = 0; i < after.length(); i++) {
            if (Math.abs(after.get(i) - before.get(channels == 1 ? i / 3 : i)) > 1) {
                return false;
            }
        }
        return true;
    }

    /**
     * Converts colours.
     *
     * @param values interleaved, of the profile's channels; overwritten where they have three
     * @return sRGB of the same depth, interleaved
     * @throws RuntimeException if the JDK can't convert by this profile
     */
    Samples toSrgb(Samples values) {
        int pixels = values.length() / channels;
        Samples rgb = channels == 3 ? values : values.another(3 * pixels);
        int strip = Math.min(pixels, STRIP);
        int type = values.isDeep() ? DataBuffer.TYPE_USHORT : DataBuffer.TYPE_BYTE;
        WritableRaster from = Raster.createInterleavedRaster(type, strip, 1, channels, null);
        WritableRaster to = Raster.createInterleavedRaster(type, strip, 1, 3, null);
        Samples source = Unpacked.interleaved(from.getDataBuffer());
        Samples target = Unpacked.interleaved(to.getDataBuffer());
        for (int pixel = 0; pixel < pixels; pixel += strip) {
            int count = Math.min(strip, pixels - pixel);
            values.copy(channels * pixel, source, 0, channels * count);
            conversion.filter(from, to);
            target.copy(0, rgb, 3 * pixel, 3 * count);
        }
        return rgb;
    }
}
