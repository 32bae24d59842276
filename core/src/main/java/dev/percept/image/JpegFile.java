package dev.percept.image;

import java.awt.color.ColorSpace;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Reads the segments of a JPEG file (ITU-T T.81) up to its end: a decoder is given tables, frame and scans, and of the
 * applications' segments only those that tell colours (JFIF, Adobe; ICC for CMYK).
 */
final class JpegFile {
    private static final byte[] EXIF = {'E', 'x', 'i', 'f', 0, 0};
    private static final byte[] ICC = {'I', 'C', 'C', '_', 'P', 'R', 'O', 'F', 'I', 'L', 'E', 0};
    /** Progressive pictures have some ten scans, made to measure some sixty; each costs a pass over all pixels. */
    private static final int MOST_SCANS = 200;

    private final byte[] file;
    private final boolean inkProfile;
    private final ByteBuffer bytes;
    private final byte[][] profile = new byte[256][];
    /** Segments that a decoder of pixels has no use for, in order. */
    private final List<Segment> foreign = new ArrayList<>();

    private @Nullable Header frame;
    private int orientation = 1;
    private int scans;

    /** From its first 0xff to the next one's. */
    private record Segment(int from, int to, boolean icc) {}

    private JpegFile(byte[] file, boolean inkProfile) {
        this.file = file;
        this.inkProfile = inkProfile;
        this.bytes = ByteBuffer.wrap(file);
    }

    /** @param inkProfile whether the profile of a CMYK picture is left to the decoder, or dropped */
    static Header read(byte[] file, boolean inkProfile) throws DamagedPictureException {
        return new JpegFile(file, inkProfile).read();
    }

    private Header read() throws DamagedPictureException {
        int at = 2;
        boolean ended = false;
        while (!ended) {
            at = marker(at);
            int marker = bytes.get(at) & 0xff;
            if (marker == 0xd9) {
                ended = true;
                at++;
            } else if ((marker >= 0xd0 && marker <= 0xd8) || marker == 0x01 || marker == 0) {
                throw new DamagedPictureException("it has a marker that is out of place");
            } else {
                int length = Short.toUnsignedInt(shortAt(at + 1));
                if (length < 2 || length > file.length - at - 1) {
                    throw new DamagedPictureException("it ends early");
                }
                segment(marker, at + 3, length - 2);
                int next = at + 1 + length;
                if (isForApplications(marker, at + 3, length - 2)) {
                    foreign.add(new Segment(at - 1, next, marker == 0xe2 && startsWith(ICC, at + 3, length - 2)));
                }
                at = marker == 0xda ? endOfScan(next) : next;
            }
        }
        if (frame == null || scans == 0) {
            throw new DamagedPictureException("it has no pixels");
        }
        Header.Profile found = profile();
        // Inks become colours by their profile, and only the decoder sees inks.
        boolean keepProfile = inkProfile
                && frame.channels() == 4
                && found != null
                && ColourProfile.of(found, ColorSpace.TYPE_CMYK) != null;
        return frame.withOrientation(orientation).withProfile(found).withFile(withoutForeign(at, keepProfile));
    }

    /** Where the byte after the next 0xff, and those that fill, is. */
    private int marker(int at) throws DamagedPictureException {
        int next = at;
        if (next >= file.length || file[next] != (byte) 0xff) {
            throw new DamagedPictureException(
                    next >= file.length ? "it ends early" : "it has rubbish between segments");
        }
        while (next < file.length && file[next] == (byte) 0xff) {
            next++;
        }
        if (next >= file.length) {
            throw new DamagedPictureException("it ends early");
        }
        if (next - at > 1) {
            // Legal, but the JDK's reader calls what fills rubbish.
            foreign.add(new Segment(at, next - 1, false));
        }
        return next;
    }

    /** Where the first marker after a scan's data is. */
    private int endOfScan(int from) throws DamagedPictureException {
        if (++scans > MOST_SCANS) {
            throw new DamagedPictureException("it has more than " + MOST_SCANS + " scans");
        }
        for (int at = from; at < file.length - 1; at++) {
            if (file[at] == (byte) 0xff) {
                int next = file[at + 1] & 0xff;
                // A stuffed zero, or a restart; after a 0xff that fills, the next one decides.
                if (next != 0 && next != 0xff && (next < 0xd0 || next > 0xd7)) {
                    return at;
                }
            }
        }
        throw new DamagedPictureException("it ends early");
    }

    private short shortAt(int at) throws DamagedPictureException {
        if (at > file.length - 2) {
            throw new DamagedPictureException("it ends early");
        }
        return bytes.getShort(at);
    }

    private void segment(int marker, int from, int length) throws DamagedPictureException {
        if (marker == 0xe1 && startsWith(EXIF, from, length)) {
            orientation = Exif.orientation(file, from + EXIF.length, length - EXIF.length);
        } else if (marker == 0xe2 && startsWith(ICC, from, length) && length > ICC.length + 2) {
            profile[file[from + ICC.length] & 0xff] = Arrays.copyOfRange(file, from + ICC.length + 2, from + length);
        } else if (marker >= 0xc0 && marker <= 0xcf && marker != 0xc4 && marker != 0xc8 && marker != 0xcc) {
            frame(marker, from, length);
        } else if (marker == 0xda) {
            scan(from, length);
        } else if (marker == 0xdc || marker == 0xde || marker == 0xdf) {
            throw new DamagedPictureException(
                    "it is hierarchical or has its height after its pixels, which is not read");
        }
    }

    private void frame(int marker, int from, int length) throws DamagedPictureException {
        if (frame != null) {
            throw new DamagedPictureException("it has two frames");
        }
        if (marker > 0xc2) {
            throw new DamagedPictureException("its coding (lossless, hierarchical or arithmetic) is not read");
        }
        if (length < 9) {
            throw new DamagedPictureException("its frame is too short");
        }
        int precision = file[from];
        int height = Short.toUnsignedInt(bytes.getShort(from + 1));
        int width = Short.toUnsignedInt(bytes.getShort(from + 3));
        int components = file[from + 5];
        if (precision != 8) {
            throw new DamagedPictureException("its samples have " + precision + " bits, and only those of 8 are read");
        }
        if (width == 0 || height == 0) {
            throw new DamagedPictureException("it declares no pixels");
        }
        if ((components != 1 && components != 3 && components != 4) || length != 6 + 3 * components) {
            throw new DamagedPictureException("its frame has " + components + " components");
        }
        for (int i = 0; i < components; i++) {
            int horizontal = file[from + 7 + 3 * i] >> 4 & 0xf;
            int vertical = file[from + 7 + 3 * i] & 0xf;
            if (horizontal < 1 || horizontal > 4 || vertical < 1 || vertical > 4) {
                throw new DamagedPictureException("its sampling factors are wrong");
            }
        }
        frame = Header.plain(width, height, precision, components, file);
    }

    private void scan(int from, int length) throws DamagedPictureException {
        if (frame == null) {
            throw new DamagedPictureException("its scan comes before its frame");
        }
        int components = length == 0 ? 0 : file[from];
        if (components < 1 || components > 4 || length != 4 + 2 * components) {
            throw new DamagedPictureException("its scan has " + components + " components");
        }
        for (int i = 1; i < components; i++) {
            if (file[from + 1 + 2 * i] == file[from - 1 + 2 * i]) {
                throw new DamagedPictureException("its scan has a component twice");
            }
        }
    }

    private boolean startsWith(byte[] name, int from, int length) {
        return length >= name.length && Arrays.equals(file, from, from + name.length, name, 0, name.length);
    }

    /** Whether a decoder of pixels has no use for a segment. */
    private boolean isForApplications(int marker, int from, int length) {
        if (marker == 0xfe) {
            return true;
        }
        if (marker < 0xe0 || marker > 0xef) {
            return false;
        }
        boolean jfif = marker == 0xe0 && startsWith(new byte[] {'J', 'F', 'I', 'F', 0}, from, length);
        boolean adobe = marker == 0xee && startsWith(new byte[] {'A', 'd', 'o', 'b', 'e'}, from, length);
        return !jfif && !adobe;
    }

    private byte[] withoutForeign(int end, boolean keepProfile) {
        ByteArrayOutputStream kept = new ByteArrayOutputStream(end);
        int copied = 0;
        for (Segment segment : foreign) {
            if (!(segment.icc && keepProfile)) {
                kept.write(file, copied, segment.from - copied);
                copied = segment.to;
            }
        }
        if (copied == 0 && end == file.length) {
            return file;
        }
        kept.write(file, copied, end - copied);
        return kept.toByteArray();
    }

    private Header.@Nullable Profile profile() {
        ByteArrayOutputStream whole = new ByteArrayOutputStream();
        for (byte[] part : profile) {
            if (part != null) {
                whole.writeBytes(part);
            }
        }
        return whole.size() == 0 ? null : new Header.Profile(null, whole.toByteArray());
    }
}
