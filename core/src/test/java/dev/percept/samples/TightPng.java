package dev.percept.samples;

import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.CRC32;
import java.util.zip.Deflater;
import java.util.zip.DeflaterOutputStream;

/**
 * Writes 8-bit RGB as PNG. The JDK's own writer never filters rows of RGB, so that its files are a third larger than
 * they need be, and the samples go into every clone of the repository.
 */
final class TightPng {

    private static final byte[] SIGNATURE = {(byte) 0x89, 'P', 'N', 'G', '\r', '\n', 0x1A, '\n'};
    private static final int BYTES_PER_PIXEL = 3;
    private static final int FILTERS = 5;

    private TightPng() {}

    static void write(BufferedImage image, Path file) throws IOException {
        ByteArrayOutputStream header = new ByteArrayOutputStream();
        DataOutputStream fields = new DataOutputStream(header);
        fields.writeInt(image.getWidth());
        fields.writeInt(image.getHeight());
        // 8 bits, RGB, and the only compression, filtering and order of rows there is but for interlacing.
        fields.write(new byte[] {8, 2, 0, 0, 0});

        try (DataOutputStream output = new DataOutputStream(Files.newOutputStream(file))) {
            output.write(SIGNATURE);
            chunk(output, "IHDR", header.toByteArray());
            chunk(output, "IDAT", packed(image));
            chunk(output, "IEND", new byte[0]);
        }
    }

    private static void chunk(DataOutputStream output, String name, byte[] content) throws IOException {
        byte[] type = name.getBytes(StandardCharsets.US_ASCII);
        CRC32 sum = new CRC32();
        sum.update(type);
        sum.update(content);
        output.writeInt(content.length);
        output.write(type);
        output.write(content);
        output.writeInt((int) sum.getValue());
    }

    private static byte[] packed(BufferedImage image) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        Deflater deflater = new Deflater(Deflater.BEST_COMPRESSION);
        deflater.setStrategy(Deflater.FILTERED);
        try (DeflaterOutputStream output = new DeflaterOutputStream(bytes, deflater)) {
            int[] above = new int[image.getWidth() * BYTES_PER_PIXEL];
            for (int y = 0; y < image.getHeight(); y++) {
                int[] row = row(image, y);
                output.write(smallest(row, above));
                above = row;
            }
        } finally {
            deflater.end();
        }
        return bytes.toByteArray();
    }

    private static int[] row(BufferedImage image, int y) {
        int[] row = new int[image.getWidth() * BYTES_PER_PIXEL];
        for (int x = 0; x < image.getWidth(); x++) {
            int pixel = image.getRGB(x, y);
            row[BYTES_PER_PIXEL * x] = pixel >> 16 & 255;
            row[BYTES_PER_PIXEL * x + 1] = pixel >> 8 & 255;
            row[BYTES_PER_PIXEL * x + 2] = pixel & 255;
        }
        return row;
    }

    /** The row under the filter that leaves the smallest differences, which is the usual guess at what packs best. */
    private static byte[] smallest(int[] row, int[] above) {
        byte[] best = new byte[0];
        long least = Long.MAX_VALUE;
        for (int filter = 0; filter < FILTERS; filter++) {
            byte[] filtered = new byte[row.length + 1];
            filtered[0] = (byte) filter;
            long sum = 0;
            for (int at = 0; at < row.length; at++) {
                int left = at < BYTES_PER_PIXEL ? 0 : row[at - BYTES_PER_PIXEL];
                int aboveLeft = at < BYTES_PER_PIXEL ? 0 : above[at - BYTES_PER_PIXEL];
                filtered[at + 1] = (byte) (row[at] - guess(filter, left, above[at], aboveLeft));
                sum += Math.abs(filtered[at + 1]);
            }
            if (sum < least) {
                least = sum;
                best = filtered;
            }
        }
        return best;
    }

    /** What the PNG filter of this number expects in a place, from its neighbours. */
    private static int guess(int filter, int left, int above, int aboveLeft) {
        return switch (filter) {
            case 1 -> left;
            case 2 -> above;
            case 3 -> (left + above) / 2;
            case 4 -> {
                int slope = left + above - aboveLeft;
                int offLeft = Math.abs(slope - left);
                int offAbove = Math.abs(slope - above);
                int offBoth = Math.abs(slope - aboveLeft);
                if (offLeft <= offAbove && offLeft <= offBoth) {
                    yield left;
                }
                yield offAbove <= offBoth ? above : aboveLeft;
            }
            default -> 0;
        };
    }
}
