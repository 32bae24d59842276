package dev.percept.image;

import java.io.IOException;
import java.time.Duration;
import javax.imageio.ImageReader;
import javax.imageio.event.IIOReadProgressListener;

/** When decoding one picture must be done. Asked between rows, and when a decoder reads on. */
final class Deadline implements IIOReadProgressListener {
    private final long end;

    Deadline(Duration time) {
        this.end = System.nanoTime() + time.toNanos();
    }

    boolean isOver() {
        return System.nanoTime() - end > 0;
    }

    /** @throws IOException if it is over; decoders hand that on */
    void require() throws IOException {
        if (isOver()) {
            throw new IOException("decoding takes too long");
        }
    }

    @Override
    public void imageProgress(ImageReader source, float percentageDone) {
        if (isOver()) {
            source.abort();
        }
    }

    @Override
    public void sequenceStarted(ImageReader source, int minIndex) {}

    @Override
    public void sequenceComplete(ImageReader source) {}

    @Override
    public void imageStarted(ImageReader source, int imageIndex) {}

    @Override
    public void imageComplete(ImageReader source) {}

    @Override
    public void thumbnailStarted(ImageReader source, int imageIndex, int thumbnailIndex) {}

    @Override
    public void thumbnailProgress(ImageReader source, float percentageDone) {}

    @Override
    public void thumbnailComplete(ImageReader source) {}

    @Override
    public void readAborted(ImageReader source) {}
}
