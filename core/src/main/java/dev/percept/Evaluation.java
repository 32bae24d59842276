package dev.percept;

/** How a pair was evaluated. The score is the same each time, but for rounding. */
public enum Evaluation implements Identified {
    /** Not at all, since both pictures are the same to the last bit: the score is 0 by definition. */
    IDENTICAL,
    /** Both pictures as a whole. */
    WHOLE,
    /** Window by window, each with the halo that its receptive fields need: the whole would have taken too much memory. */
    WINDOWS,
    /**
     * In two stages: window by window up to a value in the middle of the graph, and the rest of the graph on that, as a whole or
     * in bands. That is cheaper than windows, whose halos are those of the whole graph.
     */
    TWO_STAGES,
    /** Only where something differs, with the halo that this needs: elsewhere features are the same. */
    CHANGED_REGIONS
}
