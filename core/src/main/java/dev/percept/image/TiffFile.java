package dev.percept.image;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Reads the first directory of a TIFF file (TIFF 6.0), checks every count in it against the file, and takes out of it, in place,
 * what a decoder has no use for: further pages, EXIF, texts.
 */
final class TiffFile {
    private static final int ENTRY = 12;
    private static final int SHORT = 3;
    private static final int[] TYPE_BYTES = {0, 1, 1, 2, 4, 8, 1, 1, 2, 4, 8, 4, 8};

    private static final int WIDTH = 256;
    private static final int HEIGHT = 257;
    private static final int BITS = 258;
    private static final int COMPRESSION = 259;
    private static final int PHOTOMETRIC = 262;
    private static final int STRIP_OFFSETS = 273;
    private static final int SAMPLES = 277;
    private static final int ROWS_PER_STRIP = 278;
    private static final int STRIP_BYTES = 279;
    private static final int PLANAR = 284;
    private static final int COLOUR_MAP = 320;
    private static final int TILE_WIDTH = 322;
    private static final int TILE_HEIGHT = 323;
    private static final int TILE_OFFSETS = 324;
    private static final int TILE_BYTES = 325;
    private static final int EXTRA_SAMPLES = 338;
    private static final int SAMPLE_FORMAT = 339;
    private static final int PROFILE = 34675;

    /** What a decoder is left with: besides the above fill order, predictor, fax options, extra samples, JPEG's and YCbCr's. */
    private static final Set<Integer> NEEDED = Set.of(
            WIDTH,
            HEIGHT,
            BITS,
            COMPRESSION,
            PHOTOMETRIC,
            266,
            STRIP_OFFSETS,
            SAMPLES,
            ROWS_PER_STRIP,
            STRIP_BYTES,
            PLANAR,
            292,
            293,
            317,
            COLOUR_MAP,
            TILE_WIDTH,
            TILE_HEIGHT,
            TILE_OFFSETS,
            TILE_BYTES,
            332,
            334,
            EXTRA_SAMPLES,
            SAMPLE_FORMAT,
            347,
            512,
            513,
            514,
            515,
            517,
            518,
            519,
            520,
            521,
            529,
            530,
            531,
            532);

    /** None, fax (2 to 4), LZW, JPEG (6, 7), deflate (8, 32946), PackBits. */
    private static final Set<Long> COMPRESSIONS = Set.of(1L, 2L, 3L, 4L, 5L, 6L, 7L, 8L, 32773L, 32946L);
    /** White or black is zero, RGB, palette, YCbCr. */
    private static final Set<Long> PHOTOMETRICS = Set.of(0L, 1L, 2L, 3L, 6L);

    private final byte[] file;
    private final ByteBuffer bytes;
    private final Map<Integer, Entry> entries = new HashMap<>();
    /** Values that lie in the directory itself, which is about to change. */
    private long[] small = {};

    private boolean multiplied;

    private record Entry(int type, int count, int at) {}

    private TiffFile(byte[] file) {
        this.file = file;
        this.bytes = ByteBuffer.wrap(file);
    }

    /** @param file which is changed */
    static Header read(byte[] file) throws DamagedPictureException {
        return new TiffFile(file).read();
    }

    private Header read() throws DamagedPictureException {
        if (file.length < 8 || !Exif.setOrder(bytes)) {
            throw new DamagedPictureException("it ends early");
        }
        if (bytes.getShort(2) != 42) {
            throw new DamagedPictureException("BigTIFF is not read");
        }
        directory(Integer.toUnsignedLong(bytes.getInt(4)));
        long width = one(WIDTH, 0);
        long height = one(HEIGHT, 0);
        if (width < 1 || height < 1) {
            throw new DamagedPictureException("it declares no pixels");
        }
        if (width > Integer.MAX_VALUE || height > Integer.MAX_VALUE) {
            throw new DamagedPictureException("it declares " + width + "×" + height + " pixels");
        }
        long samples = one(SAMPLES, 1);
        long bits = one(BITS, 1);
        checkSamples(samples, bits);
        if (!COMPRESSIONS.contains(one(COMPRESSION, 1))) {
            throw new DamagedPictureException("its compression (" + one(COMPRESSION, 1) + ") is not read");
        }
        if (!PHOTOMETRICS.contains(one(PHOTOMETRIC, -1))) {
            throw new DamagedPictureException(
                    "its colours (photometric interpretation " + one(PHOTOMETRIC, -1) + ") are not read");
        }
        Header header = Header.plain((int) width, (int) height, (int) bits, (int) samples, file);
        checkPlaces(header);
        if (one(PHOTOMETRIC, -1) == 3) {
            // A palette's colours.
            header = Header.plain((int) width, (int) height, (int) bits, 3, file);
        }
        return header.withOrientation(Exif.valid((int) one(Exif.ORIENTATION, 1)))
                .withProfile(profile())
                .withMultiplied(multiplied);
    }

    private void directory(long offset) throws DamagedPictureException {
        if (offset < 8 || offset > file.length - 6) {
            throw new DamagedPictureException("its directory lies outside of the file");
        }
        int from = (int) offset;
        int count = Short.toUnsignedInt(bytes.getShort(from));
        if (count == 0 || from + 6L + (long) ENTRY * count > file.length) {
            throw new DamagedPictureException("its directory lies outside of the file");
        }
        int kept = 0;
        for (int i = 0; i < count; i++) {
            int at = from + 2 + ENTRY * i;
            int tag = Short.toUnsignedInt(bytes.getShort(at));
            boolean needed = NEEDED.contains(tag);
            if (tag == EXTRA_SAMPLES) {
                straighten(at);
            }
            if (needed || tag == Exif.ORIENTATION || tag == PROFILE) {
                entry(tag, at);
            }
            if (needed) {
                System.arraycopy(file, at, file, from + 2 + ENTRY * kept++, ENTRY);
            }
        }
        bytes.putShort(from, (short) kept);
        bytes.putInt(from + 2 + ENTRY * kept, 0);
    }

    /** Has a decoder take colours as they are stored: not all that are multiplied are divided again. */
    private void straighten(int entry) {
        multiplied =
                bytes.getShort(entry + 2) == SHORT && bytes.getInt(entry + 4) == 1 && bytes.getShort(entry + 8) == 1;
        if (multiplied) {
            bytes.putShort(entry + 8, (short) 2);
        }
    }

    private void entry(int tag, int at) throws DamagedPictureException {
        int type = Short.toUnsignedInt(bytes.getShort(at + 2));
        long count = Integer.toUnsignedLong(bytes.getInt(at + 4));
        if (type < 1 || type >= TYPE_BYTES.length || count == 0) {
            throw new DamagedPictureException("its entry " + tag + " has an unknown type or no value");
        }
        long size = count * TYPE_BYTES[type];
        long place = size <= 4 ? at + 8 : Integer.toUnsignedLong(bytes.getInt(at + 8));
        if (place + size > file.length) {
            throw new DamagedPictureException("its entry " + tag + " reaches beyond the end of the file");
        }
        Entry entry = new Entry(type, (int) count, (int) place);
        // Entries that are kept move towards the front: their values are read before, where they lie inside.
        if (entries.put(tag, size <= 4 ? inline(entry) : entry) != null) {
            throw new DamagedPictureException("its entry " + tag + " is there twice");
        }
    }

    /** Remembers small values, which lie where other entries will be. */
    private Entry inline(Entry entry) {
        int index = small.length;
        small = Arrays.copyOf(small, index + entry.count);
        for (int i = 0; i < entry.count; i++) {
            small[index + i] = number(entry.type, entry.at, i);
        }
        return new Entry(-entry.type, entry.count, index);
    }

    private long value(Entry entry, int index) {
        return entry.type < 0 ? small[entry.at + index] : number(entry.type, entry.at, index);
    }

    private long number(int type, int at, int index) {
        return switch (TYPE_BYTES[type]) {
            case 1 -> file[at + index] & 0xff;
            case 2 -> Short.toUnsignedLong(bytes.getShort(at + 2 * index));
            case 4 -> Integer.toUnsignedLong(bytes.getInt(at + 4 * index));
            default -> Integer.toUnsignedLong(bytes.getInt(at + 8 * index));
        };
    }

    /** The first value of an entry, or what stands for it where there is none. */
    private long one(int tag, long absent) {
        Entry entry = entries.get(tag);
        return entry == null ? absent : value(entry, 0);
    }

    private void checkSamples(long samples, long bits) throws DamagedPictureException {
        if (samples < 1 || samples > 5) {
            throw new DamagedPictureException("it has " + samples + " samples for each pixel");
        }
        if (bits != 1 && bits != 2 && bits != 4 && bits != 8 && bits != 16) {
            throw new DamagedPictureException(
                    "its samples have " + bits + " bits, and only those of up to 8, or 16, are read");
        }
        for (int tag : new int[] {BITS, SAMPLE_FORMAT}) {
            Entry all = entries.get(tag);
            long wanted = tag == BITS ? bits : 1;
            for (int i = 0; all != null && i < all.count; i++) {
                if (value(all, i) != wanted || i >= samples) {
                    throw new DamagedPictureException("its samples differ in depth, or are signed or floating-point");
                }
            }
        }
        Entry map = entries.get(COLOUR_MAP);
        if (one(PHOTOMETRIC, -1) == 3 && (map == null || bits > 8 || map.count != 3L << bits || samples != 1)) {
            throw new DamagedPictureException("it has no palette, or one of a wrong length");
        }
    }

    /** Checks that strips or tiles cover the picture and lie in the file. */
    private void checkPlaces(Header header) throws DamagedPictureException {
        boolean tiled = entries.containsKey(TILE_OFFSETS);
        long width = tiled ? one(TILE_WIDTH, 0) : header.width();
        long height = tiled ? one(TILE_HEIGHT, 0) : Math.min(one(ROWS_PER_STRIP, header.height()), header.height());
        // Nothing is gained by tiles that are much larger than the picture, but memory lost.
        if (width < 1 || height < 1 || width > header.width() + 1024L || height > header.height() + 1024L) {
            throw new DamagedPictureException("its strips or tiles have a wrong size");
        }
        long planes = one(PLANAR, 1) == 2 ? header.channels() : 1;
        long parts = (header.width() + width - 1) / width * ((header.height() + height - 1) / height) * planes;
        Entry offsets = entries.get(tiled ? TILE_OFFSETS : STRIP_OFFSETS);
        Entry sizes = entries.get(tiled ? TILE_BYTES : STRIP_BYTES);
        boolean oldJpeg = one(COMPRESSION, 1) == 6;
        if (offsets == null || offsets.count < parts || (sizes == null ? parts > 1 || oldJpeg : sizes.count < parts)) {
            throw new DamagedPictureException("it lacks strips or tiles");
        }
        long rowBytes = (width * header.bits() * (planes > 1 ? 1 : header.channels()) + 7) / 8;
        for (int i = 0; i < parts; i++) {
            long from = value(offsets, i);
            long size = sizes == null ? 0 : value(sizes, i);
            boolean lastStrip = !tiled && (i + 1) % (parts / planes) == 0;
            long rows = lastStrip ? header.height() - (parts / planes - 1) * height : height;
            boolean plain = one(COMPRESSION, 1) == 1 && one(PHOTOMETRIC, -1) != 6;
            long least = plain ? rowBytes * rows : 1;
            if (from == 0 || from + Math.max(size, least) > file.length || (sizes != null && size < least)) {
                throw new DamagedPictureException("it ends early, or a strip or tile lies outside of the file");
            }
        }
    }

    private Header.@Nullable Profile profile() {
        Entry entry = entries.get(PROFILE);
        return entry == null || entry.type < 0
                ? null
                : new Header.Profile(null, Arrays.copyOfRange(file, entry.at, entry.at + entry.count));
    }
}
