package dev.percept;

import java.util.Locale;

/** What options, specs and results call by a word of its own. Enums implement it. */
public interface Identified {
    /** The name in code, as enums have it. */
    String name();

    /** The word: the name in lower case with hyphens, as in {@code same-as-requested}. */
    default String id() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
