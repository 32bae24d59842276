package dev.percept.image;

/**
 * A picture's pixels: sRGB of 8 or 16 bits, interleaved, row by row from the top left, without transparency. Immutable, as long
 * as nobody writes into its array.
 */
public final class Pixels {
    /** Red, green and blue. */
    public static final int CHANNELS = 3;

    private final int width;
    private final int height;
    private final Samples rgb;

    Pixels(int width, int height, Samples rgb) {
        if (rgb.length() != (long) CHANNELS * width * height) {
            throw new IllegalArgumentException(
                    width + "×" + height + " pixels can't have " + rgb.length() + " samples");
        }
        this.width = width;
        this.height = height;
        this.rgb = rgb;
    }

    /**
     * Pixels of 8 bits.
     *
     * @param rgb {@code 3 · width · height} unsigned samples; not copied, not to be changed
     */
    public Pixels(int width, int height, byte[] rgb) {
        this(width, height, Samples.of(rgb));
    }

    /**
     * Pixels of 16 bits.
     *
     * @param rgb {@code 3 · width · height} unsigned samples; not copied, not to be changed
     */
    public Pixels(int width, int height, short[] rgb) {
        this(width, height, Samples.of(rgb));
    }

    /** In pixels. */
    public int width() {
        return width;
    }

    /** In pixels. */
    public int height() {
        return height;
    }

    /** Whether samples have 16 bits. */
    public boolean isDeep() {
        return rgb.isDeep();
    }

    /** The samples of a picture of 8 bits; not to be changed. */
    public byte[] rgb8() {
        return ((Samples.Bytes) rgb).values();
    }

    /** The samples of a picture of 16 bits; not to be changed. */
    public short[] rgb16() {
        return ((Samples.Shorts) rgb).values();
    }

    Samples samples() {
        return rgb;
    }

    /** Bytes that the samples take. */
    public long bytes() {
        return rgb.bytes();
    }

    /** The same picture with 16 bits: a value v becomes 257 · v. */
    public Pixels deep() {
        return isDeep() ? this : atDepth(Samples.of(new short[rgb.length()]));
    }

    /** The same picture with 8 bits, rounded to the nearest. */
    public Pixels shallow() {
        return isDeep() ? atDepth(Samples.of(new byte[rgb.length()])) : this;
    }

    private Pixels atDepth(Samples other) {
        for (int i = 0; i < rgb.length(); i++) {
            other.set(i, other.isDeep() ? 257 * rgb.get(i) : (rgb.get(i) + 128) / 257);
        }
        return new Pixels(width, height, other);
    }

    /** The part at the top left. */
    public Pixels cropped(int newWidth, int newHeight) {
        if (newWidth == width && newHeight == height) {
            return this;
        }
        return part(new Area(0, 0, newHeight, newWidth));
    }

    /** The same with samples of its own, which nobody else can change. */
    public Pixels copy() {
        return part(new Area(0, 0, height, width));
    }

    /** A copy of a part. */
    public Pixels part(Area area) {
        int newWidth = area.right() - area.left();
        int newHeight = area.bottom() - area.top();
        Samples part = rgb.another(CHANNELS * newWidth * newHeight);
        for (int y = 0; y < newHeight; y++) {
            int from = CHANNELS * ((area.top() + y) * width + area.left());
            rgb.copy(from, part, CHANNELS * y * newWidth, CHANNELS * newWidth);
        }
        return new Pixels(newWidth, newHeight, part);
    }

    /** True if both have the same width and height. */
    public boolean sameSizeAs(Pixels other) {
        return width == other.width && height == other.height;
    }

    /** True if every pixel is the same; 8 bits equal 257 times their value in 16. */
    public boolean sameAs(Pixels other) {
        return sameSizeAs(other) && rgb.sameAs(other.rgb);
    }

    /** Width and height, as messages write them. */
    public String size() {
        return width + "×" + height;
    }
}
