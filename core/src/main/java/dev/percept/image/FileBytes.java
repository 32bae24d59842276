package dev.percept.image;

import java.io.EOFException;
import java.io.IOException;
import javax.imageio.stream.ImageInputStreamImpl;

/** A file in memory as decoders read it, until its time is over. Nothing is cached, nothing written. */
final class FileBytes extends ImageInputStreamImpl {
    private final byte[] file;
    private final int end;
    private final Deadline deadline;

    /** @param end of what may be decoded; what follows may be read ahead only */
    FileBytes(byte[] file, int end, Deadline deadline) {
        this.file = file;
        this.end = end;
        this.deadline = deadline;
    }

    @Override
    public int read() throws IOException {
        bitOffset = 0;
        if ((streamPos & 0xfff) == 0) {
            deadline.require();
        }
        return streamPos < file.length ? file[(int) streamPos++] & 0xff : -1;
    }

    @Override
    public int read(byte[] into, int offset, int length) throws IOException {
        deadline.require();
        bitOffset = 0;
        if (streamPos >= file.length) {
            return length == 0 ? 0 : -1;
        }
        int count = (int) Math.min(length, file.length - streamPos);
        System.arraycopy(file, (int) streamPos, into, offset, count);
        streamPos += count;
        return count;
    }

    /** Some readers step on beyond the end, and take what they don't find there for zeros. */
    @Override
    public void seek(long position) throws IOException {
        if (position > end) {
            throw new EOFException();
        }
        super.seek(position);
    }

    @Override
    public long length() {
        return file.length;
    }
}
