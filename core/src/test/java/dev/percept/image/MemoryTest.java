package dev.percept.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.percept.ImageException;
import dev.percept.ImageLimits;
import dev.percept.ImageOptions;
import dev.percept.ImageSource;
import dev.percept.samples.Pictures;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.zip.CRC32;
import org.junit.jupiter.api.Test;

class MemoryTest {
    @Test
    void whatFitsIsDone() throws IOException {
        assertThat(Memory.with(1 << 20, () -> "done")).isEqualTo("done");
    }

    @Test
    void whatCannotFitIsRefusedBeforehand() {
        long tooMuch = Runtime.getRuntime().maxMemory() + 1;

        assertThatThrownBy(() -> Memory.with(tooMuch, () -> {
                    throw new IllegalStateException("it was begun");
                }))
                .isInstanceOf(OutOfMemoryError.class);
    }

    @Test
    void whatWasGrantedIsGivenBack() throws IOException {
        long most = Runtime.getRuntime().maxMemory() / 4;
        for (int i = 0; i < 100; i++) {
            assertThat(Memory.with(most, () -> true)).isTrue();
        }
        assertThatThrownBy(() -> Memory.with(most, () -> {
                    throw new IOException("damaged");
                }))
                .hasMessage("damaged");
        assertThat(Memory.with(most, () -> true)).isTrue();
    }

    /** A header may declare more than the heap has; nothing is allocated to find that out. */
    @Test
    void aPictureThatTheHeapCannotHoldIsRefusedByItsHeader() throws IOException {
        byte[] png = PictureFiles.png(Pictures.gradient(8, 8));
        ByteBuffer.wrap(png).putInt(16, 40_000).putInt(20, 12_000);
        CRC32 sum = new CRC32();
        sum.update(png, 12, 17);
        ByteBuffer.wrap(png).putInt(29, (int) sum.getValue());
        ImageOptions large =
                ImageOptions.defaults().withLimits(ImageLimits.defaults().withPixels(500_000_000));

        assertThatThrownBy(() -> new Decoder(large).decode(ImageSource.of(png, "huge")))
                .isInstanceOf(ImageException.class)
                .hasMessageContainingAll("huge", "memory");
    }
}
