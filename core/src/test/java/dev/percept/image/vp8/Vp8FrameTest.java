package dev.percept.image.vp8;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.util.Arrays;
import java.util.Base64;
import java.util.Random;
import java.util.zip.CRC32;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Compares with Pillow 12 (libwebp 1.6). The pictures are drawn and saved by Python:
 *
 * <pre>
 * def picture(w, h): return Image.frombytes("RGB", (w, h), bytes(
 *     (x * (7 + c) ^ y * (5 + 3 * c)) * 3 &amp; 255 for y in range(h) for x in range(w) for c in range(3)))
 * </pre>
 *
 * <p>The checksums are {@code zlib.crc32(Image.open("a.webp").convert("RGB").tobytes())}.
 */
class Vp8FrameTest {
    private static final Vp8Frame.Interruption NONE = () -> {};

    /** {@code picture(37, 21).save("a.webp", quality=40, method=6)}: segments and the normal filter. */
    private static final String NORMAL =
            "UklGRlICAABXRUJQVlA4IEYCAADQDACdASolABUAPu1kp1AppSMiqqoBMB2JbDuF4DfG8nwtiG0i82CcYkSCEB5ZPQA5jv9Vfc"
                    + "B6AH+Z6gD0Fv1N9KH9rvgX/a39nfaZuUvPseG7vdtgw30xf/heXU1A32u1NvbwR8WQTtvL931kJAAA/trYL/9lZ/zlv/8759wL"
                    + "gjNm6mIF6FuKi1BG7Lzg/kPCMDFjiH1FX5fpS699opJqfsWtTiIWiiPsI/ql5e+0PmVL2HMg0BEYXgM8cCtLz9v6aOdIOQzDvG"
                    + "w3N8CbvZwcJaGdm7pznrlsni4tE5rmCRM1HaIJW8ZD0EPlzWKGmMNkge68uPC09Ha09o1YIQmXDrvExWXopQE09HHPoUoDtXeY"
                    + "kw6r6BpQDnQwca0iPAHMRjZgRcN+L8irkHsIQu3D85/YjhN2J0QOkUqwcds0zDPoiOI2v3yOpHVllH8d8t5Bbb4rS7D/wKqVkj"
                    + "NVReq3hb+N3Fa3/7gnH/BFX9bCCFGHtb/6tM9vKnBPG39LVqHoz3uMKZSt/TYJaw2p8o+wg+Wh/zW+faNFv4CbD31Igk7YvMzO"
                    + "yrcOv+eONVzwMqJ7wiI2ZhIdcEN5iTCN9XjwsGhwnmTAS+OkjrXHsmI9FQjQTV4gIpvnX9l7a9Lc7gewthuAEq8XdAtTXgrj7M"
                    + "W9zRSMSxL6tJk9hO2/Js3Vq+iimJYkzsl2bTZ58ga+7ehimCSNSUnKe0dTEohLWR/4tnHIUFonfMSTd7K9FWDt/+rY8TTYVc+L"
                    + "3r/+nFr5stNK8EmOgAA=";

    /** How many bytes of that frame are needed; the last is none. */
    private static final int NEEDED = 581;

    /**
     * {@code picture(34, 20).save("a.png")}, then {@code cwebp -q 10 -nostrong -f 60 -sharpness 3 -segments 4 a.png -o a.webp}
     * (1.2.4): the simple filter.
     */
    private static final String SIMPLE =
            "UklGRk4BAABXRUJQVlA4IEIBAAByCACdASoiABQAP3Gkw1u0q6ckKqwGli4JbDuAGMeQpgO2MrMxJ/VfT/iUHn/76T+s3VfNyF"
                    + "3YGHaB4Aj8aL/YpvajSyaIS6G3REsgAP69tR6NExpDiFs4TkVnalxIj+C/WN7FhmQX8wvoZpOmIVX1982wxyTYQgz4ZCcMiTpH"
                    + "7ceihNoY0GzvqjdRImA0Fe526ACmUMZ1Csf76MZ0X9O/AnGO6M7NS7AfAF17ySnCYOpgk5uVo+5kaP5ytDoIVYgGYPrHhwcXnQ"
                    + "uAN4Cucdr5qmzWzlxMJaPXLfA7+UhSY/lKhKZGm7Fn7/2KygzoBNMR7srWCJBFlgWMMQJ20QWqq34fX39jUw01yuqF/I7XPHjP"
                    + "2jUmR5qxdXEP0Z3DeFSN4kvGdzk/QAgJAZayB8ltZSPQw9ZnX51fFU+pni8m2AAA";

    /** {@code picture(3, 5).save("a.webp", quality=90, method=4)}. */
    private static final String SMALL =
            "UklGRmYAAABXRUJQVlA4IFoAAAAwAgCdASoDAAUAAMASJbACdLoB+AADIEBbkAD+/6kJZ/a7faKkcX47ARS73sidlIUP/mhhvu"
                    + "nHo6rX8Gz5r4OuC9xfXz/+Yh3CWT8TWx/+QTlM/o67KVvzggA=";

    /** {@code picture(1, 1).save("a.webp")}. */
    private static final String ONE_PIXEL = "UklGRiQAAABXRUJQVlA4IBgAAAAwAQCdASoBAAEAAUAmJaQAA3AA/v02aAA=";

    @ParameterizedTest
    @CsvSource({
        NORMAL + ", 37, 21, 6b7c8f55",
        SIMPLE + ", 34, 20, 4a23d694",
        SMALL + ", 3, 5, 885c2e65",
        ONE_PIXEL + ", 1, 1, ff41d912",
    })
    void everyPixelIsTheReferences(String base64, int width, int height, String crc) throws IOException {
        byte[] file = Base64.getDecoder().decode(base64);
        byte[] rgb = Vp8Frame.rgb(file, 20, file.length - 20, width, height, NONE);
        assertThat(rgb).hasSize(3 * width * height);
        assertThat(crc(rgb)).isEqualTo(crc);
    }

    /**
     * Encoders use little of the standard; random bits use all: partitions, versions, both filters, relative segments, adjustments. The
     * reference reads them as the chunk {@code "VP8 "} of a file.
     */
    @ParameterizedTest
    @CsvSource(textBlock = """
        2, 99ed8e8c
        5, 1e86b266
        19, a95fd571
        22, 2a1a3106
        25, 332855b4
        45, bd1cbd1a
        57, ec6aeb16
        86, 5c36eae5
        88, 4ffe4a64
        93, 532d97d5
        121, 63bb7c84
        260, 02cd0a50
        415, a1f79479
        458, 66120446
        """)
    void randomBitsAreThePixelsOfTheReference(int seed, String crc) throws IOException {
        byte[] frame = randomFrame(seed, 50, 70);
        assertThat(crc(Vp8Frame.rgb(frame, 0, frame.length, 50, 70, NONE))).isEqualTo(crc);
    }

    @Test
    void everyTruncationIsRefused() throws IOException {
        byte[] frame = normal();
        Vp8Frame.rgb(frame, 0, NEEDED, 37, 21, NONE);
        for (int length = 0; length < NEEDED; length++) {
            byte[] cut = Arrays.copyOf(frame, length);
            assertThatThrownBy(() -> Vp8Frame.rgb(cut, 0, cut.length, 37, 21, NONE))
                    .isInstanceOf(IOException.class)
                    .hasMessage("its VP8 frame ends early");
        }
    }

    @Test
    void nothingBehindTheFrameIsRead() {
        byte[] frame = normal();
        assertThatThrownBy(() -> Vp8Frame.rgb(frame, 0, NEEDED - 1, 37, 21, NONE))
                .isInstanceOf(IOException.class);
    }

    @Test
    void anyByteMayBeDamaged() {
        byte[] frame = normal();
        int refused = 0;
        for (int i = 0; i < 8 * frame.length; i++) {
            byte[] damaged = frame.clone();
            damaged[i / 8] = (byte) (damaged[i / 8] ^ (1 << (i % 8)));
            // Anything but an IOException fails.
            refused += decodes(damaged) ? 0 : 1;
        }
        assertThat(refused).isBetween(1, 8 * frame.length - 1);
    }

    private static boolean decodes(byte[] frame) {
        try {
            return Vp8Frame.rgb(frame, 0, frame.length, 37, 21, NONE).length == 3 * 37 * 21;
        } catch (IOException e) {
            return false;
        }
    }

    @ParameterizedTest
    @CsvSource({
        "0, 1, its VP8 frame is no key frame",
        "0, 8, its VP8 frame is of an unknown version",
        "0, 16, its VP8 frame is not to be shown",
        "2, 128, its VP8 frame ends early",
        "3, 1, its VP8 frame does not begin as one",
        "6, 1, its VP8 frame is of another size",
        "9, 32, its VP8 frame is of another size",
    })
    void aHeaderThatIsNoneIsRefused(int at, int bits, String message) {
        byte[] frame = normal();
        frame[at] = (byte) (frame[at] ^ bits);
        assertThatThrownBy(() -> Vp8Frame.rgb(frame, 0, frame.length, 37, 21, NONE))
                .isInstanceOf(IOException.class)
                .hasMessage(message);
    }

    @Test
    void aPartitionBeyondTheFrameIsRefused() {
        // Has four partitions.
        byte[] frame = randomFrame(2, 50, 70);
        frame[10 + 1500 + 2] = 1;
        assertThatThrownBy(() -> Vp8Frame.rgb(frame, 0, frame.length, 50, 70, NONE))
                .hasMessage("its VP8 frame ends early");
    }

    @Test
    void itIsInterruptedBetweenRows() {
        int[] rows = {0};
        byte[] frame = normal();
        assertThatThrownBy(() -> Vp8Frame.rgb(frame, 0, frame.length, 37, 21, () -> {
                    rows[0]++;
                    if (rows[0] == 2) {
                        throw new IOException("enough");
                    }
                }))
                .hasMessage("enough");
        assertThat(rows).containsExactly(2);
    }

    private static byte[] normal() {
        byte[] file = Base64.getDecoder().decode(NORMAL);
        return Arrays.copyOfRange(file, 20, file.length);
    }

    /** A header, and bits that are what they may be. */
    private static byte[] randomFrame(int seed, int width, int height) {
        byte[] frame = new byte[24_000];
        new Random(seed).nextBytes(frame);
        int firstPartition = 1500;
        int tag = (firstPartition << 5) | 16 | ((seed & 3) << 1);
        int[] header = {tag, tag >> 8, tag >> 16, 0x9d, 0x01, 0x2a, width, width >> 8, height, height >> 8};
        for (int i = 0; i < header.length; i++) {
            frame[i] = (byte) header[i];
        }
        // The sizes of as many partitions as there may be but the last.
        for (int i = 0; i < 7; i++) {
            int at = header.length + firstPartition + 3 * i;
            frame[at] = (byte) 2800;
            frame[at + 1] = (byte) (2800 >> 8);
            frame[at + 2] = 0;
        }
        return frame;
    }

    private static String crc(byte[] rgb) {
        CRC32 crc = new CRC32();
        crc.update(rgb);
        return String.format("%08x", crc.getValue());
    }
}
