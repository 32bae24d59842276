package dev.percept.image;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import java.util.zip.CRC32;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;
import org.jspecify.annotations.Nullable;

/**
 * Reads the chunks of a PNG file (W3C's PNG specification, third edition): all checksums are verified, and a decoder is given only
 * those that hold pixels. Texts and profiles, which may inflate to any size, never reach it.
 */
final class PngFile {
    private static final int SIGNATURE = 8;
    private static final int FRAMING = 12;
    /** No profile is nearly as large. */
    private static final int MOST_PROFILE_BYTES = 4 << 20;
    /** The gamma of sRGB, as files state it, and how far from it still means sRGB: libpng's threshold. */
    private static final double SRGB_GAMMA = 0.45455;

    private static final double GAMMA_THRESHOLD = 0.05;

    private static final Set<String> PIXELS = Set.of("IHDR", "PLTE", "IDAT", "IEND");

    private final byte[] file;
    private final ByteBuffer bytes;
    private final ByteArrayOutputStream kept = new ByteArrayOutputStream();

    private int width;
    private int height;
    private int depth;
    private int colourType;
    private boolean palette;
    private boolean data;
    private boolean dataEnded;
    private boolean srgb;
    private double gamma;
    private int orientation = 1;
    private int @Nullable [] transparent;
    private Header.@Nullable Profile profile;
    /** Where the run of kept chunks that was not yet copied begins, or -1. */
    private int keptFrom = -1;

    private PngFile(byte[] file) {
        this.file = file;
        this.bytes = ByteBuffer.wrap(file);
    }

    static Header read(byte[] file) throws DamagedPictureException {
        return new PngFile(file).read();
    }

    private Header read() throws DamagedPictureException {
        int at = SIGNATURE;
        boolean allKept = true;
        for (String type = ""; !type.equals("IEND"); ) {
            if (at > file.length - FRAMING) {
                throw new DamagedPictureException(
                        at == file.length ? "it ends without an IEND chunk" : "it ends early");
            }
            long length = Integer.toUnsignedLong(bytes.getInt(at));
            if (length > file.length - FRAMING - at) {
                throw new DamagedPictureException("it ends early");
            }
            type = new String(file, at + 4, 4, StandardCharsets.ISO_8859_1);
            if (!type.matches("[A-Za-z]{4}")) {
                throw new DamagedPictureException("it has a chunk without a name");
            }
            if (at == SIGNATURE && !type.equals("IHDR")) {
                throw new DamagedPictureException("it does not begin with IHDR");
            }
            int next = at + FRAMING + (int) length;
            checkSum(at + 4, next - 4);
            chunk(type, at + 8, (int) length);
            // Of colours, one that is transparent is left to us: the JDK's reader gets it wrong for grey.
            if (PIXELS.contains(type) || (type.equals("tRNS") && colourType == 3)) {
                keptFrom = keptFrom < 0 ? at : keptFrom;
            } else {
                allKept = false;
                keepUntil(at);
            }
            at = next;
        }
        if (!data) {
            throw new DamagedPictureException("it has no IDAT chunk");
        }
        if (!allKept) {
            keepUntil(at);
        }
        return new Header(
                width,
                height,
                depth,
                switch (colourType) {
                    case 2, 3 -> 3;
                    case 4 -> 2;
                    case 6 -> 4;
                    default -> 1;
                },
                orientation,
                profile(),
                transparent,
                false,
                null,
                allKept ? file : kept.toByteArray());
    }

    private void keepUntil(int end) {
        if (kept.size() == 0) {
            kept.write(file, 0, SIGNATURE);
        }
        if (keptFrom >= 0) {
            kept.write(file, keptFrom, end - keptFrom);
            keptFrom = -1;
        }
    }

    private void checkSum(int from, int to) throws DamagedPictureException {
        CRC32 sum = new CRC32();
        sum.update(file, from, to - from);
        if ((int) sum.getValue() != bytes.getInt(to)) {
            throw new DamagedPictureException("the checksum of its chunk "
                    + new String(file, from, 4, StandardCharsets.ISO_8859_1) + " is wrong");
        }
    }

    private void chunk(String type, int from, int length) throws DamagedPictureException {
        dataEnded |= data && !type.equals("IDAT");
        switch (type) {
            case "IHDR" -> header(from, length);
            case "PLTE" -> {
                if (palette || data || length == 0 || length > 768 || length % 3 != 0 || colourType % 4 == 0) {
                    throw new DamagedPictureException("its palette is out of place or has a wrong length");
                }
                palette = true;
            }
            case "IDAT" -> {
                if (dataEnded || (colourType == 3 && !palette)) {
                    throw new DamagedPictureException(dataEnded ? "its pixels are in pieces" : "it has no palette");
                }
                data = true;
            }
            case "tRNS" -> transparency(from, length);
            case "sRGB" -> srgb = true;
            case "gAMA" -> gamma = length == 4 ? Integer.toUnsignedLong(bytes.getInt(from)) / 100_000.0 : 0;
            case "iCCP" -> profile = embedded(from, length);
            case "eXIf" -> orientation = Exif.orientation(file, from, length);
            default -> {
                if (Character.isUpperCase(type.charAt(0)) && !type.equals("IEND")) {
                    throw new DamagedPictureException("it has an unknown critical chunk");
                }
            }
        }
    }

    private void header(int from, int length) throws DamagedPictureException {
        if (width != 0 || length != 13) {
            throw new DamagedPictureException("it has a wrong IHDR chunk");
        }
        width = bytes.getInt(from);
        height = bytes.getInt(from + 4);
        depth = bytes.get(from + 8);
        colourType = bytes.get(from + 9);
        boolean legal =
                switch (colourType) {
                    case 0 -> depth == 1 || depth == 2 || depth == 4 || depth == 8 || depth == 16;
                    case 3 -> depth == 1 || depth == 2 || depth == 4 || depth == 8;
                    case 2, 4, 6 -> depth == 8 || depth == 16;
                    default -> false;
                };
        int interlace = bytes.get(from + 12);
        if (width < 1 || height < 1) {
            throw new DamagedPictureException("it declares no pixels");
        }
        if (!legal || bytes.getShort(from + 10) != 0 || interlace < 0 || interlace > 1) {
            throw new DamagedPictureException("its IHDR chunk states a colour type, depth or method that PNG has not");
        }
    }

    private void transparency(int from, int length) throws DamagedPictureException {
        if (data || (colourType == 3 && !palette)) {
            throw new DamagedPictureException("its transparency is out of place");
        }
        int channels = colourType == 0 ? 1 : colourType == 2 ? 3 : 0;
        if (length != 2 * channels && channels > 0) {
            throw new DamagedPictureException("its transparency has a wrong length");
        }
        if (channels > 0) {
            int[] values = new int[channels];
            for (int channel = 0; channel < channels; channel++) {
                values[channel] = Short.toUnsignedInt(bytes.getShort(from + 2 * channel)) & ((1 << depth) - 1);
            }
            transparent = values;
        }
    }

    /** What says most of the colours, in the order that the specification has. */
    private Header.@Nullable Profile profile() {
        if (profile != null || srgb || gamma == 0 || Math.abs(gamma / SRGB_GAMMA - 1) <= GAMMA_THRESHOLD) {
            return profile;
        }
        boolean grey = colourType % 4 == 0;
        return new Header.Profile("gamma", GammaProfile.of(1 / gamma, grey));
    }

    private Header.Profile embedded(int from, int length) {
        int end = from;
        while (end < from + length && end < from + 80 && file[end] != 0) {
            end++;
        }
        String name = new String(file, from, end - from, StandardCharsets.ISO_8859_1);
        // A zero, and the method of compression.
        int start = Math.min(end + 2, from + length);
        return new Header.Profile(name, inflated(start, from + length - start));
    }

    /** What these bytes inflate to, or nothing if they are damaged or inflate to too much. */
    private byte[] inflated(int from, int length) {
        Inflater inflater = new Inflater();
        try {
            inflater.setInput(file, from, length);
            ByteArrayOutputStream out = new ByteArrayOutputStream();
            byte[] chunk = new byte[8192];
            while (!inflater.finished()) {
                int count = inflater.inflate(chunk);
                if ((count == 0 && !inflater.finished()) || out.size() > MOST_PROFILE_BYTES) {
                    return new byte[0];
                }
                out.write(chunk, 0, count);
            }
            return out.toByteArray();
        } catch (DataFormatException e) {
            return new byte[0];
        } finally {
            inflater.end();
        }
    }
}
