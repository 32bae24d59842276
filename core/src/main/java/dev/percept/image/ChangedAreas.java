package dev.percept.image;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Where two pictures differ. */
public final class ChangedAreas {
    /** A picture is looked at in so many blocks along its longer side, at most. */
    private static final int BLOCKS = 32;

    /** The smallest side of a block: receptive fields worth the trouble are larger. */
    private static final int SMALLEST = 32;

    private ChangedAreas() {}

    /**
     * For each block of a grid in which something differs, the smallest rectangle around that.
     *
     * @param candidate of the reference's size and depth
     */
    public static List<Area> of(Pixels reference, Pixels candidate) {
        int width = reference.width();
        int side = Math.max(SMALLEST, (Math.max(width, reference.height()) + BLOCKS - 1) / BLOCKS);
        int across = (width + side - 1) / side;
        List<Area> areas = new ArrayList<>();
        @Nullable Area[] row = new Area[across];
        for (int y = 0; y < reference.height(); y++) {
            if (y % side == 0) {
                collect(row, areas);
            }
            if (mismatch(reference, candidate, y, 0, width) < 0) {
                continue;
            }
            for (int block = 0; block < across; block++) {
                int from = block * side;
                int to = Math.min(width, from + side);
                int first = mismatch(reference, candidate, y, from, to);
                if (first >= 0) {
                    Area found = new Area(y, first, y + 1, last(reference, candidate, y, first, to) + 1);
                    Area known = row[block];
                    row[block] = known == null ? found : known.with(found);
                }
            }
        }
        collect(row, areas);
        return areas;
    }

    private static void collect(@Nullable Area[] row, List<Area> areas) {
        for (Area area : row) {
            if (area != null) {
                areas.add(area);
            }
        }
        Arrays.fill(row, null);
    }

    /** The first column in a part of a row that differs, or −1. */
    private static int mismatch(Pixels reference, Pixels candidate, int y, int from, int to) {
        int start = Pixels.CHANNELS * (y * reference.width() + from);
        int end = start + Pixels.CHANNELS * (to - from);
        int found = reference.isDeep()
                ? Arrays.mismatch(reference.rgb16(), start, end, candidate.rgb16(), start, end)
                : Arrays.mismatch(reference.rgb8(), start, end, candidate.rgb8(), start, end);
        return found < 0 ? -1 : from + found / Pixels.CHANNELS;
    }

    /** The last column before {@code to} that differs; {@code from} does. */
    private static int last(Pixels reference, Pixels candidate, int y, int from, int to) {
        int last = to - 1;
        while (last > from && mismatch(reference, candidate, y, last, last + 1) < 0) {
            last--;
        }
        return last;
    }
}
