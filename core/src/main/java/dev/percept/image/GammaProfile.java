package dev.percept.image;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/**
 * Builds the ICC profile of a picture that states its gamma only: sRGB's primaries, or grey (ICC.1:2022, matrix/TRC and monochrome
 * profiles).
 */
final class GammaProfile {
    private static final int HEADER = 128;
    private static final int CURVE_BYTES = 16;
    private static final int XYZ_BYTES = 20;
    /** D50, to which profiles relate. */
    private static final double[] WHITE = {0.9642, 1, 0.8249};
    /** sRGB's primaries, adapted to D50, as IEC 61966-2-1's profile has them. */
    private static final double[][] PRIMARIES = {
        {0.4360747, 0.2225045, 0.0139322}, {0.3850649, 0.7168786, 0.0971045}, {0.1430804, 0.0606169, 0.7141733}
    };

    private GammaProfile() {}

    /**
     * A profile in which a value v, 0 to 1, stands for the intensity v^exponent.
     *
     * @param exponent above 0; what the profile can't hold is cut off
     */
    static byte[] of(double exponent, boolean grey) {
        int tags = grey ? 2 : 7;
        int curve = HEADER + 4 + 12 * tags;
        int white = curve + CURVE_BYTES;
        ByteBuffer profile = ByteBuffer.allocate(white + (grey ? 1 : 4) * XYZ_BYTES);
        profile.putInt(profile.capacity()).putInt(0).putInt(0x02400000);
        put(profile, "mntr").position(16);
        put(profile, grey ? "GRAY" : "RGB ");
        put(profile, "XYZ ").position(36);
        put(profile, "acsp").position(68);
        xyz(profile, WHITE).position(HEADER);
        profile.putInt(tags);
        tag(profile, "wtpt", white, XYZ_BYTES);
        if (grey) {
            tag(profile, "kTRC", curve, CURVE_BYTES);
        } else {
            for (int channel = 0; channel < 3; channel++) {
                String name = "rgb".substring(channel, channel + 1);
                tag(profile, name + "TRC", curve, CURVE_BYTES);
                tag(profile, name + "XYZ", white + (channel + 1) * XYZ_BYTES, XYZ_BYTES);
            }
        }
        put(profile, "curv").putInt(0).putInt(1);
        profile.putShort((short) Math.min(0xffff, Math.round(exponent * 256))).putShort((short) 0);
        xyz(put(profile, "XYZ ").putInt(0), WHITE);
        for (int channel = 0; channel < 3 && !grey; channel++) {
            xyz(put(profile, "XYZ ").putInt(0), PRIMARIES[channel]);
        }
        return profile.array();
    }

    private static void tag(ByteBuffer profile, String name, int offset, int size) {
        put(profile, name).putInt(offset).putInt(size);
    }

    private static ByteBuffer xyz(ByteBuffer profile, double[] values) {
        for (double value : values) {
            profile.putInt((int) Math.round(value * 65536));
        }
        return profile;
    }

    private static ByteBuffer put(ByteBuffer profile, String text) {
        return profile.put(text.getBytes(StandardCharsets.US_ASCII));
    }
}
