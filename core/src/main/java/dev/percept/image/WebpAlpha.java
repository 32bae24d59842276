package dev.percept.image;

/** The opacity of a lossy WebP picture where it is not compressed (RFC 9649, 2.7.1.2), which ImageIO's reader leaves out. */
final class WebpAlpha {
    private WebpAlpha() {}

    /**
     * Undoes the filter.
     *
     * @param from where the chunk's content begins
     * @param length of the content
     * @throws DamagedPictureException if there are fewer values than pixels
     */
    static Samples uncompressed(byte[] file, int from, int length, int width, int height)
            throws DamagedPictureException {
        int pixels = Math.multiplyExact(width, height);
        if (length - 1 < pixels) {
            throw new DamagedPictureException("it ends early");
        }
        int filter = file[from] >> 2 & 3;
        Samples opacity = Samples.of(new byte[pixels]);
        for (int at = 0; at < pixels; at++) {
            int value = file[from + 1 + at] + (filter == 0 ? 0 : predicted(filter, opacity, at, width));
            opacity.set(at, value & 0xff);
        }
        return opacity;
    }

    private static int predicted(int filter, Samples opacity, int at, int width) {
        if (at == 0) {
            return 0;
        }
        boolean first = at < width;
        int left = at % width == 0 ? opacity.get(first ? 0 : at - width) : opacity.get(at - 1);
        int above = first ? left : opacity.get(at - width);
        if (first || at % width == 0) {
            // The first row is predicted from the left, and the first column from above.
            return first ? left : above;
        }
        return switch (filter) {
            case 1 -> left;
            case 2 -> above;
            default -> Math.max(0, Math.min(255, left + above - opacity.get(at - width - 1)));
        };
    }
}
