package dev.percept.onnx;

import dev.percept.image.Pixels;
import dev.percept.kept.KeptFolder;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What earlier processes found out about the sizes of one model's pictures: how many of each ran plainly, for which of them a graph is kept, and
 * of which form. A count that is wrong, since processes overtook each other, does no harm but to make a graph earlier or later.
 * Thread-safe.
 */
final class KeptSizes {
    /** In place of a count: a graph for this size is kept, and proven. */
    static final int KEPT = -1;
    /** In place of a count: nothing is gained at this size. */
    static final int NOTHING_GAINED = -2;

    private static final String FOLDER = "sizes";
    /** Some hundred models' worth. */
    private static final long MOST_BYTES = 100_000;

    private static final int MOST_SIZES = 64;
    private static final int MOST_ENTRY_BYTES = 4096;

    private final KeptFolder folder;
    private final String name;
    /** By height and width, the least recently noted first. */
    private final Map<List<Integer>, Integer> sizes = new LinkedHashMap<>();

    private String kernels = "";

    KeptSizes(Path cache, String name) {
        this.folder = new KeptFolder(cache, FOLDER, MOST_BYTES);
        this.name = name;
        read();
    }

    /** What was noted of a size: a number of pictures, or one of the constants. */
    synchronized int of(Pixels size) {
        return sizes.getOrDefault(key(size), 0);
    }

    /** What kept graphs run on, as {@link Engine.Sums} has it; null if none is kept. */
    @Nullable
    synchronized String kernels() {
        return sizes.containsValue(KEPT) ? kernels : null;
    }

    /**
     * Notes something of a size.
     *
     * @param count of pictures that ran plainly, or one of the constants
     * @param runOn what graphs run on that are kept from now on, or null if that says nothing of it
     */
    synchronized void note(Pixels size, int count, @Nullable String runOn) {
        read();
        kernels = runOn == null ? kernels : runOn;
        sizes.remove(key(size));
        sizes.put(key(size), count);
        forgetOldest();
        StringBuilder text = new StringBuilder(kernels).append('\n');
        sizes.forEach((each, known) -> text.append(each.get(0))
                .append(' ')
                .append(each.get(1))
                .append(' ')
                .append(known)
                .append('\n'));
        byte[] bytes = text.toString().getBytes(StandardCharsets.UTF_8);
        folder.keep(name, bytes.length, file -> Files.write(file, bytes));
    }

    /** Rather those without a graph. */
    private void forgetOldest() {
        Iterator<Integer> oldest = sizes.values().iterator();
        while (sizes.size() > MOST_SIZES && oldest.hasNext()) {
            if (oldest.next() != KEPT) {
                oldest.remove();
            }
        }
    }

    private static List<Integer> key(Pixels size) {
        return List.of(size.height(), size.width());
    }

    /** What isn't as it was written counts as nothing. */
    private void read() {
        Path file = folder.find(name);
        if (file == null) {
            return;
        }
        try {
            if (Files.size(file) > MOST_ENTRY_BYTES) {
                return;
            }
            List<String> lines = Files.readAllLines(file, StandardCharsets.ISO_8859_1);
            sizes.clear();
            kernels = "";
            for (String line : lines) {
                String[] words = line.split(" ", -1);
                if (words.length == 3) {
                    sizes.put(List.of(Integer.valueOf(words[0]), Integer.valueOf(words[1])), Integer.valueOf(words[2]));
                } else if (line.equals(WinogradGraphs.BLOCKED) || line.equals(WinogradGraphs.STANDARD)) {
                    kernels = line;
                }
            }
            if (kernels.isEmpty()) {
                sizes.values().removeIf(count -> count == KEPT);
            }
        } catch (NumberFormatException e) {
            sizes.clear();
        } catch (IOException e) {
            System.getLogger(KeptSizes.class.getName()).log(System.Logger.Level.DEBUG, "can't read " + file, e);
        }
    }
}
