package dev.percept.onnx;

import dev.percept.InputSpec;
import dev.percept.image.Area;
import dev.percept.image.ChangedAreas;
import dev.percept.image.Pixels;
import dev.percept.onnx.GraphValue.Local;
import dev.percept.onnx.WindowAxis.Span;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Divides pictures, or what takes their place in a part of a graph, into windows for the layers of a model, so that what their cores add up to is what the whole picture gives.
 * Immutable.
 */
final class Windows {
    /** What a run costs besides its pixels, in pixels. */
    static final long PIXELS_PER_RUN = 4096;

    /** Where changes lie in more places than this, they are taken as one. */
    private static final int MOST_PLACES = 64;

    private final List<Local> fields;
    private final WindowAxis rows;
    private final WindowAxis columns;

    /**
     * Windows for some layers.
     *
     * @param fields of the layers
     * @param size what the model takes
     * @throws ArithmeticException if the layers' strides have no common multiple in reach
     */
    Windows(List<Local> fields, InputSpec.Size size) {
        this.fields = List.copyOf(fields);
        this.rows = new WindowAxis(fields.stream().map(Local::rows).toList(), size);
        this.columns = new WindowAxis(fields.stream().map(Local::columns).toList(), size);
    }

    /** A layer's field: they are in the order of the layers. */
    Local field(int layer) {
        return fields.get(layer);
    }

    /** Bytes of one picture's features, as 32-bit floats, for each pixel. */
    double featureBytesPerPixel() {
        return fields.stream().mapToDouble(Local::bytesPerPixel).sum();
    }

    /** The number of values of a layer in a picture of this size. */
    long values(int layer, Extent picture, long channels) {
        Local field = fields.get(layer);
        return channels * field.rows().cells(picture.height()) * field.columns().cells(picture.width());
    }

    /** Whether every layer has cells in a picture of this size. */
    boolean fit(Extent picture) {
        return rows.hasCells(picture.height()) && columns.hasCells(picture.width());
    }

    /** The window over all of a picture. */
    Window whole(Extent picture) {
        return new Window(WindowAxis.whole(picture.height()), WindowAxis.whole(picture.width()));
    }

    /** Where windows may begin and end from top to bottom. */
    WindowAxis rows() {
        return rows;
    }

    /** What windows cost, in pixels. */
    static long cost(List<Window> windows) {
        return windows.stream().mapToLong(Window::pixels).sum() + PIXELS_PER_RUN * windows.size();
    }

    /**
     * Divides a window's core, as cheaply as can be.
     *
     * @param most pixels of a window; exceeded where the receptive fields leave no other way
     */
    List<Window> divided(Window window, long most, Extent picture) {
        if (window.pixels() <= most) {
            return List.of(window);
        }
        @Nullable Grid best = null;
        for (int count = 1; ; count++) {
            Span core = window.columns();
            int narrow = (core.coreTo() - core.coreFrom() + count - 1) / count + columns.halo();
            List<Span> across = columns.evenly(core, narrow, picture.width());
            int height = (int) Math.min(Integer.MAX_VALUE, most / longest(across));
            Grid grid = new Grid(rows.evenly(window.rows(), height, picture.height()), across);
            boolean fits = grid.largest() <= most;
            if (best == null || best.largest() > most || (fits && grid.cost() < best.cost())) {
                best = grid;
            }
            boolean narrowest = narrow - columns.halo() <= columns.alignment();
            if (narrowest || (fits && grid.cost() > 2 * best.cost())) {
                return best.windows();
            }
        }
    }

    private static int longest(List<Span> spans) {
        return spans.stream().mapToInt(Span::length).max().orElseThrow();
    }

    /** Windows in rows and columns. */
    private record Grid(List<Span> down, List<Span> across) {
        long largest() {
            return (long) longest(down) * longest(across);
        }

        /** As {@link Windows#cost}. */
        long cost() {
            long height = down.stream().mapToLong(Span::length).sum();
            long width = across.stream().mapToLong(Span::length).sum();
            return height * width + PIXELS_PER_RUN * down.size() * across.size();
        }

        List<Window> windows() {
            List<Window> windows = new ArrayList<>();
            for (Span row : down) {
                across.forEach(column -> windows.add(new Window(row, column)));
            }
            return windows;
        }
    }

    /**
     * Windows around what differs between two pictures, in as many places as is cheapest. What no core holds is the same in both
     * features.
     *
     * @return empty if nothing differs
     */
    List<Window> changed(Pixels reference, Pixels candidate) {
        List<Area> places = new ArrayList<>(ChangedAreas.of(reference, candidate));
        mergeNeighbours(places);
        Extent size = Extent.of(reference);
        while (places.size() > 1 && mergedOne(places, size)) {
            // Until no two are cheaper as one.
        }
        return places.stream().map(place -> around(place, size)).toList();
    }

    private Window around(Area place, Extent picture) {
        return new Window(
                rows.seeing(place.top(), place.bottom() - 1, picture.height()),
                columns.seeing(place.left(), place.right() - 1, picture.width()));
    }

    /** Joins what is nearer than a halo, where two windows hardly pay; where much is left, all of it. */
    private void mergeNeighbours(List<Area> places) {
        int high = rows.halo() / 2;
        int wide = columns.halo() / 2;
        List<Area> merged = new ArrayList<>();
        for (Area place : places) {
            Area all = place;
            for (int i = merged.size() - 1; i >= 0; i--) {
                Area other = merged.get(i);
                boolean near = all.top() - high < other.bottom()
                        && other.top() - high < all.bottom()
                        && all.left() - wide < other.right()
                        && other.left() - wide < all.right();
                if (near) {
                    all = all.with(other);
                    merged.remove(i);
                    // What is larger now may be near to others that weren't.
                    i = merged.size();
                }
            }
            merged.add(all);
        }
        places.clear();
        if (merged.size() > MOST_PLACES) {
            places.add(merged.stream().reduce(Area::with).orElseThrow());
        } else {
            places.addAll(merged);
        }
    }

    /** Makes one of two places whose windows have cells in common, or would cost no more as one. */
    private boolean mergedOne(List<Area> places, Extent picture) {
        for (int i = 0; i < places.size(); i++) {
            Window left = around(places.get(i), picture);
            for (int j = 0; j < i; j++) {
                Window right = around(places.get(j), picture);
                Area both = places.get(i).with(places.get(j));
                if (left.coreMeets(right) || cost(List.of(around(both, picture))) <= cost(List.of(left, right))) {
                    places.set(j, both);
                    places.remove(i);
                    return true;
                }
            }
        }
        return false;
    }
}
