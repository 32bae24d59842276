package dev.percept;

import java.util.Locale;

/** How a pair was evaluated. The score is the same each time, but for rounding. */
public enum Evaluation {
    /** Not at all, since both pictures are the same to the last bit: the score is 0 by definition. */
    IDENTICAL,
    /** Both pictures as a whole. */
    WHOLE,
    /** Window by window, each with the halo that its receptive fields need: the whole would have taken too much memory. */
    WINDOWS,
    /** Only where something differs, with the halo that this needs: elsewhere features are the same. */
    CHANGED_REGIONS;

    /** The name in results: {@code identical}, {@code whole}, {@code windows} or {@code changed-regions}. */
    public String id() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
