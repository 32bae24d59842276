package dev.percept.models;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import dev.percept.ModelException;
import dev.percept.PerceptException;
import dev.percept.models.Skeleton.Hole;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/**
 * A safetensors file: a length of eight bytes, little-endian, a JSON header of that length, and raw values. Nothing in it is trusted: what
 * a header says of a tensor must be what the skeleton needs, and within the file.
 */
final class SafetensorsFile {
    private static final int LENGTH_BYTES = 8;
    /** Far above what a header of thousands of tensors takes. */
    private static final int MAXIMUM_HEADER = 1 << 24;

    private static final String REMEDY = "fetch the file again";

    private final String where;
    private final FileChannel file;
    private final long begin;
    private final JsonObject header;

    private SafetensorsFile(String where, FileChannel file, long begin, JsonObject header) {
        this.where = where;
        this.file = file;
        this.begin = begin;
        this.header = header;
    }

    /**
     * Reads the header.
     *
     * @param file stays the caller's
     * @throws ModelException if it is no safetensors file
     */
    static SafetensorsFile read(String where, FileChannel file) throws IOException {
        ByteBuffer length = bytes(where, file, 0, LENGTH_BYTES).order(ByteOrder.LITTLE_ENDIAN);
        long size = length.getLong();
        if (size < 2 || size > MAXIMUM_HEADER || size > file.size() - LENGTH_BYTES) {
            throw new ModelException(
                    where,
                    "it is no safetensors file: its header would take " + Long.toUnsignedString(size) + " bytes",
                    REMEDY);
        }
        String text = StandardCharsets.UTF_8
                .decode(bytes(where, file, LENGTH_BYTES, (int) size))
                .toString();
        try {
            return new SafetensorsFile(
                    where,
                    file,
                    LENGTH_BYTES + size,
                    JsonParser.parseString(text).getAsJsonObject());
        } catch (JsonParseException | IllegalStateException e) {
            throw new ModelException(where, "its header is not JSON (" + PerceptException.reason(e) + ")", REMEDY, e);
        }
    }

    /**
     * Where a tensor's values begin, in bytes from the file's beginning.
     *
     * @throws ModelException if it is missing, of another type or shape, or not where the file has bytes
     */
    long offset(Hole hole) throws IOException {
        JsonElement entry = header.get(hole.tensor());
        if (entry == null) {
            throw bad(hole, "is missing");
        }
        String dtype;
        List<Long> shape = new ArrayList<>();
        long from;
        long to;
        try {
            JsonObject tensor = entry.getAsJsonObject();
            dtype = tensor.get("dtype").getAsString();
            tensor.getAsJsonArray("shape").forEach(side -> shape.add(whole(side)));
            JsonArray offsets = tensor.getAsJsonArray("data_offsets");
            from = whole(offsets.get(0));
            to = whole(offsets.get(1));
        } catch (IllegalStateException
                | NullPointerException
                | NumberFormatException
                | ArithmeticException
                | IndexOutOfBoundsException
                | UnsupportedOperationException
                | ClassCastException e) {
            throw bad(hole, "has no dtype, shape and data_offsets");
        }
        if (!Objects.equals(dtype, "F32")) {
            throw bad(hole, "holds " + dtype + ", not F32");
        }
        if (!shape.equals(hole.shape())) {
            throw bad(hole, "has the shape " + shape + ", not " + hole.shape());
        }
        if (from < 0 || to < from || to - from != hole.bytes() || to > file.size() - begin) {
            throw bad(
                    hole,
                    "has data_offsets [" + from + ", " + to + "] that are not " + hole.bytes()
                            + " bytes within the file");
        }
        return begin + from;
    }

    /** Fractions and numbers beyond 64 bits are none. */
    private static long whole(JsonElement number) {
        return number.getAsBigDecimal().longValueExact();
    }

    private ModelException bad(Hole hole, String problem) {
        return new ModelException(
                where, "tensor '" + hole.tensor() + "' " + problem, "give the weights that the catalogue names");
    }

    private static ByteBuffer bytes(String where, FileChannel file, long from, int count) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(count);
        while (bytes.hasRemaining()) {
            if (file.read(bytes, from + bytes.position()) < 0) {
                throw new ModelException(where, "it ends within its header", REMEDY);
            }
        }
        return bytes.flip();
    }
}
