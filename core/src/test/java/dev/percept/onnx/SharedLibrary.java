package dev.percept.onnx;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Writes Linux libraries that hold nothing but what they need: enough for everything that only looks at them. */
final class SharedLibrary {
    private static final long ADDRESS = 0x10_000;
    private static final int SEGMENTS = 64;
    private static final int DYNAMIC = SEGMENTS + 2 * 56;

    private SharedLibrary() {}

    static Path write(Path file, String runPath, String... needed) throws IOException {
        return Files.write(file, bytes(ElfFile.MACHINE, runPath, needed));
    }

    static byte[] bytes(int machine, String runPath, String... needed) {
        List<long[]> entries = new ArrayList<>();
        StringBuilder strings = new StringBuilder("\0");
        for (String name : needed) {
            entries.add(new long[] {1, strings.length()});
            strings.append(name).append('\0');
        }
        if (!runPath.isEmpty()) {
            entries.add(new long[] {29, strings.length()});
            strings.append(runPath).append('\0');
        }
        int table = DYNAMIC + 16 * (entries.size() + 2);
        entries.add(new long[] {5, ADDRESS + table});
        entries.add(new long[] {0, 0});

        byte[] text = strings.toString().getBytes(StandardCharsets.UTF_8);
        int size = table + text.length;
        ByteBuffer out = ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
        out.putInt(0, 0x464c457f).put(4, (byte) 2).put(5, (byte) 1).put(6, (byte) 1);
        out.putShort(16, (short) 3).putShort(18, (short) machine).putInt(20, 1);
        out.putLong(32, SEGMENTS)
                .putShort(52, (short) 64)
                .putShort(54, (short) 56)
                .putShort(56, (short) 2);
        segment(out, SEGMENTS, 1, 0, size);
        segment(out, SEGMENTS + 56, 2, DYNAMIC, 16L * entries.size());
        for (int i = 0; i < entries.size(); i++) {
            out.putLong(DYNAMIC + 16 * i, entries.get(i)[0]).putLong(DYNAMIC + 16 * i + 8, entries.get(i)[1]);
        }
        out.put(table, text);
        return out.array();
    }

    private static void segment(ByteBuffer out, int at, int type, long offset, long size) {
        out.putInt(at, type).putInt(at + 4, 4).putLong(at + 8, offset).putLong(at + 16, ADDRESS + offset);
        out.putLong(at + 32, size).putLong(at + 40, size);
    }
}
