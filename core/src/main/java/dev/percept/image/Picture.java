package dev.percept.image;

import dev.percept.Alpha;
import dev.percept.ImageFacts;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;

/**
 * A picture as it is compared: once, or on white and on black.
 *
 * @param views of the same size; two where {@link Alpha#WORST} has something to choose from, else one
 * @param facts what was found
 */
public record Picture(List<Pixels> views, ImageFacts facts) {
    public Picture {
        views = List.copyOf(views);
    }

    /** The first view, and for everything but {@link Alpha#WORST} the only one. */
    public Pixels pixels() {
        return views.get(0);
    }

    /** The view on a background; the only one where nothing is transparent. */
    public Pixels view(int background) {
        return views.get(Math.min(background, views.size() - 1));
    }

    /** The same picture, each view changed. */
    public Picture map(UnaryOperator<Pixels> change) {
        List<Pixels> changed = new ArrayList<>();
        views.forEach(view -> changed.add(change.apply(view)));
        return new Picture(changed, facts);
    }
}
